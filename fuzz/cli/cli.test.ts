import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Command } from "commander";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { BadInput } from "../bad-input.ts";
import { injectedProgram, saveProgram } from "../program/index.ts";
import * as asm from "./asm.ts";
import * as disasm from "./disasm.ts";
import * as replay from "./replay.ts";
import * as run from "./run.ts";

const corpora = join(import.meta.dirname, "../../corpora");
let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "capwright-"));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
  process.exitCode = undefined;
});

function file(name: string, content: string): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

/** Runs a command as the command line does; what it prints, and the exit code it asks for. */
async function capwright(...args: string[]): Promise<{ out: string; code: number }> {
  let out = "";
  const program = new Command()
    .exitOverride()
    .configureOutput({ writeOut: (text) => (out += text), writeErr: () => {} });
  for (const { register } of [asm, disasm, replay, run]) register(program);
  process.exitCode = undefined;
  await program.parseAsync(args, { from: "user" });
  return { out, code: exitCode() };
}

/** Starts `capwright serve` in a process of its own, and tells where it listens. */
async function serve(...more: string[]): Promise<{ child: ChildProcess; url: string }> {
  const main = join(import.meta.dirname, "../../dist/fuzz/cli/main.js");
  const args = [main, "serve", "--machine", "impl", "--port", "0", ...more];
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
  const line = await new Promise<string>((resolve) =>
    child.stdout.once("data", (text) => resolve(String(text))),
  );
  return { child, url: /rvfi:\S+/.exec(line)![0] };
}

function exitCode(): number {
  return Number(process.exitCode ?? 0);
}

describe("asm", () => {
  test("words, one a line", async () => {
    const path = file("x.s", "  addi x1, x0, 1  # one\nloop:\n  c.li x2, -1\n  jal x0, loop\n");
    expect(await capwright("asm", path)).toEqual({ out: "0x00100093\n0x517d\n0xfffff06f\n", code: 0 });
  });

  test("names the line of an error", async () => {
    const path = file("x.s", "  addi x1, x0, 1\n  addi x1, x0\n");
    await expect(capwright("asm", path)).rejects.toThrow(
      `${path}: line 2: addi: expected rd, rs1, imm, got x1, x0`,
    );
    await expect(capwright("asm", path)).rejects.toThrow(BadInput);
    await expect(capwright("asm", join(folder, "none.s"))).rejects.toThrow(
      /none\.s: cannot be read \(ENOENT\)/,
    );
  });

  test("writes an ELF file", async () => {
    const out = join(folder, "pass.elf");
    await capwright("asm", join(corpora, "elf/pass.s"), "--elf", out);
    expect(readFileSync(out).equals(readFileSync(join(corpora, "elf/pass.elf")))).toBe(true);
  });
});

describe("disasm", () => {
  test("text that assembles to the same words", async () => {
    const words = "0x00100093\n0x517d\n0xfe4280db\n0x00000000\n";
    const { out } = await capwright("disasm", file("x.hex", `${words}# end`));
    expect(out).toBe("addi x1, x0, 1\nc.li x2, -1\ncgettag x1, c5\n.2byte 0x0000\n");
    expect((await capwright("asm", file("x.s", out))).out).toBe(words.replace("0x00000000", "0x0000"));
  });

  test("reads words as capability mode does when asked", async () => {
    const path = file("x.hex", "00050067");
    expect((await capwright("disasm", path)).out).toBe("jalr x0, 0(x10)\n");
    expect((await capwright("disasm", path, "--capability-mode")).out).toBe("cjalr c0, 0(c10)\n");
  });

  test("names the line of an error", async () => {
    const path = file("x.hex", "13\n0x123456789\n");
    await expect(capwright("disasm", path)).rejects.toThrow(
      new BadInput(`${path}: line 2: expected a hexadecimal word of at most 32 bits, found "0x123456789"`),
    );
  });
});

describe("run", () => {
  const elf = (name: string) => join(corpora, "elf", `${name}.elf`);

  test.each(["model", "impl"])("on %s: exit code and outcome", async (machine) => {
    const on = (name: string, ...more: string[]) =>
      capwright("run", "--machine", machine, ...more, elf(name));
    expect(await on("pass")).toEqual({ out: "passed after 9 steps\n", code: 0 });
    expect(await on("fail")).toEqual({ out: "failed with code 5 after 7 steps\n", code: 1 });
    const endless = await on("endless", "--steps", "50");
    expect(endless).toEqual({ out: "unknown: no answer in tohost after 50 steps\n", code: 2 });
  });

  test("prints every step", async () => {
    const { out } = await capwright("run", "--machine", "model", "--trace", elf("fail"));
    expect(out).toMatchInlineSnapshot(`
      "0x80000000  00100593  addi x11, x0, 1                 x11 = 0x1
      0x80000004  01f59593  slli x11, x11, 31               x11 = 0x80000000
      0x80000008  01858613  addi x12, x11, 24               x12 = 0x80000018
      0x8000000c  30561073  csrrw x0, mtvec, x12            csr 0x305 = 0x80000018  scr 28 = 0x80000018 in [0x0, 0x10000000000000000) perms 0xffff
      0x80000010  0000      .2byte 0x0000                   trap cause 2 value 0x0 -> 0x80000018
      0x80000018  00b00513  addi x10, x0, 11                x10 = 0xb
      0x8000001c  40a5b023  sd x10, 1024(x11)               wrote 8 bytes at 0x80000400: 0xb
      failed with code 5 after 7 steps
      "
    `);
  });

  test("writes the signature", async () => {
    const path = join(folder, "signature");
    await capwright("run", "--machine", "impl", "--signature", path, elf("capability-copy"));
    expect(readFileSync(path, "utf8")).toBe(
      "00000001\n00000000\n00000064\n00000000\n00000000\n00000000\n80000000\n00000000\n",
    );
  });

  test("refuses what it cannot run", async () => {
    const text = file("text.elf", "no ELF file, but long enough to hold the header of an executable file");
    const on = (...args: string[]) => capwright("run", "--machine", "model", ...args);
    await expect(on(text)).rejects.toThrow(new BadInput(`${text}: EI_MAG: expected an ELF file`));
    await expect(on(join(folder, "none.elf"))).rejects.toThrow(/none\.elf: cannot be read \(ENOENT\)/);
    await expect(on("--signature", join(folder, "s"), elf("pass"))).rejects.toThrow(
      /pass\.elf: symbol table: expected a symbol begin_signature/,
    );
    await expect(on("--ram", "65537", elf("pass"))).rejects.toThrow(
      /--ram 65537: expected a multiple of 65536/,
    );
    await expect(on("--ram", "0x7fffffff", elf("pass"))).rejects.toThrow(
      /expected a whole number from 65536 to/,
    );
    await expect(on("--steps", "many", elf("pass"))).rejects.toThrow(/expected a whole number from 1/);
    await expect(on("--fault", "P26", elf("pass"))).rejects.toThrow(/--fault P26: expected model:P26/);
  });
});

describe("replay", () => {
  const trace = (name: string) => join(corpora, "testrig", name);

  test("programs and traces on which both machines agree", async () => {
    const path = join(folder, "program.json");
    saveProgram(path, injectedProgram([0x0010_0093, 0x0000_0000]));
    const source = file("source.s", "addi x1, x0, 1\n");
    expect(await capwright("replay", trace("sentry-is-sealed.S"), path, source)).toEqual({
      out: [
        `${trace("sentry-is-sealed.S")}: model and impl agree in 5 steps and break no rule, 4 assertions hold`,
        `${path}: model and impl agree in 2 steps and break no rule`,
        `${source}: model and impl agree in 1 steps and break no rule`,
        "",
      ].join("\n"),
      code: 0,
    });
  });

  test("assertions that fail, and ones that nothing can judge", async () => {
    const broken = file("broken.S", '.4byte 0x00100093\n.assert rd_wdata == 2 "two"\n');
    expect(await capwright("replay", "--machine", "model", broken)).toEqual({
      out: `${broken}: assertion fails on model: word 0: rd_wdata: expected 0x2, found 0x1: two\n`,
      code: 1,
    });
    const untold = file("untold.S", '.4byte 0x00100093\n.assert rs1_addr == 0 "none"\n');
    expect(await capwright("replay", untold)).toEqual({
      out: `${untold}: unknown: 1 assertions on what no step event tells\n`,
      code: 2,
    });
  });

  test("one machine alone is judged by the oracles", async () => {
    const path = file("source.s", "addi x1, x0, 1\n");
    const { out, code } = await capwright("replay", "--machine", "impl", path);
    expect({ out, code }).toEqual({ out: `${path}: impl breaks no rule in 1 steps\n`, code: 0 });
  });

  test("a planted fault: the first difference as a story", async () => {
    const path = file("source.s", "addi x1, x0, 1\nctoptr x1, c1, c0\n");
    const { out, code } = await capwright("replay", "--fault", "P26", path);
    expect(code).toBe(1);
    expect(out.replaceAll(path, "source.s")).toMatchInlineSnapshot(`
      "source.s:
      model and impl differ at step 1, ctoptr.
      Program: 2 words, found with 2; x1 to x31 start as root capabilities with address 0.
      Planted on purpose: P26.

          0  0x80000000  00100093  addi x1, x0, 1                  x1 = 0x1
      >   1  0x80000004  240080db  ctoptr x1, c1, c0               x1 = 0x0

        field           model  impl
        register.value  0x0    0x1

        c1 before  untagged 0x1 in [0x0, 0x10000000000000000) ----------------
                   |^==============================================)|
                   0x0                            0x10000000000000000

      The rule: CHERI ISAv9, CToPtr.

      impl by itself breaks rule exact_comparison of oracle O at step 1.

      Run it again: npx capwright replay source.s --fault P26
      "
    `);
    await expect(capwright("replay", "--fault", "P99", path)).rejects.toThrow(
      /^--fault P99: no planted fault has this name/,
    );
  });

  test("against an implementation over RVFI-DII", async () => {
    const { child, url } = await serve("--fault", "P26");
    try {
      const path = file("trace.S", '.4byte 0x00100093\n.assert rd_wdata == 1 "one"\n');
      expect(await capwright("replay", "--against", url, path)).toEqual({
        out: `${path}: model and ${url} agree in 1 steps and break no rule, 1 assertions hold\n`,
        code: 0,
      });
      const source = file("source.s", "addi x1, x0, 1\nctoptr x1, c1, c0\n");
      const { out, code } = await capwright("replay", "--against", url, source);
      expect(out).toContain(`model and ${url} differ at step 1, ctoptr.`);
      expect(code).toBe(1);
    } finally {
      child.kill("SIGINT");
    }
    expect(await new Promise((resolve) => child.once("close", resolve))).toBe(0);
  });

  test("golden recordings, on each machine", async () => {
    const path = join(corpora, "golden/zb.jsonl.gz");
    expect(await capwright("replay", "--scope", path)).toEqual({
      out: `${path}:\nmodel agrees with 120 of 120 recordings\nimpl agrees with 120 of 120 recordings\n`,
      code: 0,
    });
  });

  test("refuses what it does not know", async () => {
    const path = file("program.txt", "");
    await expect(capwright("replay", path)).rejects.toThrow(
      new BadInput(`${path}: expected a name that ends in .json, .S, .s or .jsonl.gz`),
    );
    const truncated = file("short.jsonl.gz", "");
    writeFileSync(truncated, readFileSync(join(corpora, "golden/zb.jsonl.gz")).subarray(0, 1000));
    await expect(capwright("replay", truncated)).rejects.toThrow(BadInput);
    const malformed = file("bad.json", '{\n  "format": }');
    await expect(capwright("replay", malformed)).rejects.toThrow(
      /bad\.json: line 2, column \d+: expected JSON/,
    );
  });
});

test("whoever stops reading stops nothing", async () => {
  const main = join(import.meta.dirname, "../../dist/fuzz/cli/main.js");
  const child = spawn(process.execPath, [main, "cvm", join(corpora, "cvm/kv.yaml")], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  child.stdout.destroy();
  let said = "";
  child.stderr.on("data", (text) => (said += String(text)));
  const code = await new Promise((resolve) => child.once("close", resolve));
  expect({ said, code }).toEqual({ said: "", code: 0 });
});
