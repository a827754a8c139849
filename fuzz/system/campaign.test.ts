import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createIntravisor } from "../../impl/intravisor/intravisor.ts";
import { createSystemModel } from "../../model/intravisor/system.ts";
import { assembleProgram } from "../../model/isa/index.ts";
import { runSystemCampaign, type SystemCampaignOptions } from "./campaign.ts";
import { isScriptText, loadScriptOrFinding, type SystemFinding, storeSystemFinding } from "./finding.ts";
import { scriptOf } from "./generate.ts";
import { compareSystems, stepsOf } from "./lockstep.ts";
import { JudgedSystem } from "./oracle/judged.ts";
import { mistakenAt } from "./stand-in.ts";
import { storyOf } from "./story.ts";

/** Oracles to whom somebody makes a call that they have never heard of. */
class DeafJudge extends JudgedSystem {
  override get unfollowed(): ReadonlyMap<string, number> {
    return new Map([["whatever", 2]]);
  }
}

type Found = Omit<SystemFinding, "story">;

function options(more: Partial<SystemCampaignOptions>): SystemCampaignOptions {
  return {
    seed: "campaign",
    budget: { runs: 12 },
    findingsMax: 10,
    model: createSystemModel(),
    system: createSystemModel(),
    judged: null,
    compares: true,
    pairs: { twin: createSystemModel(), share: "some" },
    clock: () => 0,
    isInterrupted: () => false,
    onScript: async () => {},
    onFinding: () => {},
    ...more,
  };
}

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "system-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe("a campaign", () => {
  test("holds where the systems agree, and says what it reached", async () => {
    const result = await runSystemCampaign(options({}));
    expect(result).toMatchObject({ verdict: "holds", scripts: 12, signatures: [], undeclared: [] });
    expect(result.reach.find(({ name }) => name === "cp_call")!.outcomes[0]!.count).toBeGreaterThan(0);
  });

  test("is unknown where its oracles lost the thread", async () => {
    const assemble = (text: string, capabilityMode: boolean) =>
      assembleProgram(text, { capabilityMode }).words;
    const system = createIntravisor({ assemble });
    const judged = new DeafJudge(system, ["S"]);
    const result = await runSystemCampaign(options({ budget: { runs: 1 }, system, judged, pairs: null }));
    expect(result.unfollowed).toEqual([{ call: "whatever", scripts: 2 }]);
    expect(result).toMatchObject({
      verdict: "unknown",
      reason: expect.stringContaining("whatever (2 scripts)"),
    });
  });

  test("is the same for the same seed", async () => {
    const [one, other] = [await runSystemCampaign(options({})), await runSystemCampaign(options({}))];
    expect(one).toEqual(other);
  });

  test("misses nothing of slices where no oracle runs any", async () => {
    const alone = await runSystemCampaign(options({ budget: { runs: 1 }, compares: false }));
    const compared = await runSystemCampaign(options({ budget: { runs: 1 } }));
    const isOfSlices = (missed: string) => missed.startsWith("slice: ");
    expect(alone.never.some(isOfSlices)).toBe(false);
    expect(compared.never.some(isOfSlices)).toBe(true);
  });

  test("ends early by request", async () => {
    const result = await runSystemCampaign(options({ isInterrupted: () => true }));
    expect(result).toMatchObject({ scripts: 1, isInterrupted: true });
  });

  test("finds a mistake, makes it as small as can be, and stores it once", async () => {
    const found: Found[] = [];
    const system = mistakenAt("cp_file_revoke");
    const budget = { runs: 40 };
    const result = await runSystemCampaign(options({ system, budget, onFinding: (one) => found.push(one) }));
    expect(result.verdict).toBe("broken");
    expect(result.signatures[0]!.times).toBeGreaterThan(1);
    const [finding] = found as [Found];
    // A cVM, a buffer, and the call: with no key that is not zero, and one byte.
    expect(stepsOf(finding.script).length).toBe(3);
    expect(finding.shrunk).toBe(true);
    for (const gone of stepsOf(finding.script).keys()) {
      const less = scriptOf(stepsOf(finding.script).filter((_, at) => at !== gone));
      expect(compareSystems(less, createSystemModel(), system)).toBeNull();
    }

    const failure = { kind: "difference", difference: finding } as const;
    const told = (path: string) => ({
      ...finding,
      story: storyOf(finding.script, failure, { model: createSystemModel(), system }, path),
    });
    const path = storeSystemFinding(folder, told);
    expect(storeSystemFinding(folder, told)).toBe(path);
    expect(isScriptText(readFileSync(path, "utf8"))).toBe(true);
    expect(loadScriptOrFinding(path)).toEqual({ script: finding.script, finding: told(path) });
    expect(told(path).story.at(-1)).toBe(`again: capwright replay ${path}`);
    expect(told(path).story.join("\n")).toContain("cp_file_revoke(handle=");
  });
});
