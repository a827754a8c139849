import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Command } from "commander";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { PageData } from "../../reports/page-data.ts";
import { BadInput } from "../bad-input.ts";
import * as report from "./report.ts";

const samples = join(import.meta.dirname, "../../reports/samples");

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "capwright-report-cli-"));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
  process.exitCode = undefined;
});

/** Runs the command as the command line does; what it prints, and the exit code it asks for. */
async function run(...args: string[]): Promise<{ out: string; code: unknown }> {
  let out = "";
  const program = new Command().exitOverride().configureOutput({ writeOut: (text) => (out += text) });
  report.register(program);
  process.exitCode = undefined;
  await program.parseAsync(["report", ...args], { from: "user" });
  return { out, code: process.exitCode };
}

function dataOf(page: string): PageData {
  const json = /<script type="application\/json" id="data">(.*?)<\/script>/.exec(
    readFileSync(page, "utf8"),
  )![1]!;
  return JSON.parse(json) as PageData;
}

describe("report", () => {
  test("writes one page that has everything in it and needs nothing else", async () => {
    const page = join(folder, "deep/report.html");
    const { out, code } = await run(samples, "--out", page);
    expect(out).toBe(
      "campaign: 2, campaign of cVMs: 1, campaign of object files: 1, judgement by laws: 1, finding: 2, " +
        "finding of cVMs: 3, object file: 1, zoo: 1, run of cVMs: 1\n" +
        `written to ${page}\n`,
    );
    expect(code).toBeUndefined();
    expect(readdirSync(join(folder, "deep"))).toEqual(["report.html"]);
    const html = readFileSync(page, "utf8");
    expect(
      /<(link|img|iframe)|@import|url\((?!"?#)|https?:(?!\/\/www\.w3\.org)/.exec(html)?.[0] ?? null,
    ).toBeNull();
    expect(dataOf(page).findings[0]!.record.signature).toBe("csetboundsimm: register.value.tag");
  });

  test("keeps hostile strings as text", async () => {
    const signature = "</script><script>document.title = 'hacked'</script><!--";
    const finding = JSON.parse(readFileSync(join(samples, "planted/csetboundsimm.json"), "utf8")) as object;
    writeFileSync(join(folder, "finding.json"), JSON.stringify({ ...finding, signature, story: signature }));
    const page = join(folder, "report.html");
    await run(folder, "--out", page);
    expect(readFileSync(page, "utf8").match(/<\/script/gi)).toHaveLength(2);
    expect(dataOf(page).findings[0]!.record).toMatchObject({ signature, story: signature });
  });

  test("writes nothing where there is something wrong", async () => {
    writeFileSync(join(folder, "campaign.json"), '{"format": "capwright-campaign"}');
    const page = join(folder, "report.html");
    await expect(run(folder, "--out", page)).rejects.toThrow(/campaign\.json: version: .*\(and \d+ more\)/);
    expect(existsSync(page)).toBe(false);
    await expect(run(samples, "--out", join(folder, "campaign.json/report.html"))).rejects.toThrow(BadInput);
  });
});

describe("report --compare", () => {
  test("of the same folder holds", async () => {
    const { out, code } = await run("--compare", samples, samples);
    expect(out).toContain("verdict: holds (0 better, 0 worse within limits, 0 beyond)");
    expect(code).toBe(0);
  });

  test("tells what became worse, with exit code 1, and in a page if there is to be one", async () => {
    const page = join(folder, "report.html");
    const { out, code } = await run(
      "--compare",
      join(samples, "machine"),
      join(samples, "planted"),
      "--out",
      page,
    );
    expect(out).toMatch(/regression {2}finding csetboundsimm: register\.value\.tag +unknown +-> +found\n/);
    expect(out).toMatch(/verdict: broken /);
    expect(code).toBe(1);
    expect(dataOf(page).comparison!.changes.some(({ kind }) => kind === "regression")).toBe(true);
  });

  test("wants two folders", async () => {
    await expect(run("--compare", samples)).rejects.toThrow(
      "--compare: expected two folders, OLD and NEW, found 1",
    );
    await expect(run("--compare", samples, samples, samples)).rejects.toThrow(BadInput);
  });
});
