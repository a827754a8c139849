import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { type AddressInfo, createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

const corpora = join(import.meta.dirname, "../../corpora");
const folder = mkdtempSync(join(tmpdir(), "capwright-"));

/** Answers everything with bytes that are no packet. */
const babbler = createServer((socket) => {
  socket.on("error", () => socket.destroy());
  socket.on("data", () => socket.write(Buffer.alloc(88, 0xcc)));
});
/** Ends every connection at its first command. */
const hangUp = createServer((socket) => {
  socket.on("error", () => socket.destroy());
  socket.on("data", () => socket.destroy());
});
const portOf = (server: Server) => String((server.address() as AddressInfo).port);

beforeAll(async () => {
  for (const server of [babbler, hangUp]) {
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  }
});
afterAll(() => {
  for (const server of [babbler, hangUp]) server.close();
  rmSync(folder, { recursive: true });
});

function file(name: string, content: string | Buffer): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

/** Runs the command line in a process of its own. */
async function capwright(...args: string[]): Promise<{ code: number; said: string }> {
  const main = join(import.meta.dirname, "../../dist/fuzz/cli/main.js");
  const child = spawn(process.execPath, [main, ...args], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  let said = "";
  child.stderr.on("data", (text) => (said += String(text)));
  const code = await new Promise<number>((resolve) => child.once("close", (exit) => resolve(exit ?? -1)));
  return { code, said };
}

const golden = readFileSync(join(corpora, "golden/zb.jsonl.gz"));
const elf = readFileSync(join(corpora, "elf/pass.elf"));

describe.concurrent("bad input ends with exit code 2 and one line that says what was expected", () => {
  test.each([
    ["no such command", () => ["dance"], /unknown command 'dance'/],
    ["no such option", () => ["replay", "--slowly", "x.json"], /unknown option '--slowly'/],
    [
      "a value out of range",
      () => ["serve", "--machine", "model", "--port", "65536"],
      /expected a whole number from 0/,
    ],
    [
      "an oracle of another level",
      () => ["zoo", "--oracle", "D,T", "--out", folder],
      /--oracle T: nobody at level machine; expected D, L, A/,
    ],
    ["a missing file", () => ["replay", "none.json"], /none\.json: cannot be read \(ENOENT\)/],
    ["malformed JSON", () => ["replay", file("bad.json", "{")], /bad\.json: line 1, column 2: expected JSON/],
    ["JSON of another kind", () => ["replay", file("other.json", "[]")], /other\.json: /],
    [
      "a truncated recording",
      () => ["replay", file("cut.jsonl.gz", golden.subarray(0, 999))],
      /cut\.jsonl\.gz: /,
    ],
    [
      "a trace with an unknown line",
      () => ["replay", file("odd.S", ".word 1")],
      /odd\.S: line 1: unknown directive/,
    ],
    [
      "no ELF file",
      () => ["run", "--machine", "impl", file("no.elf", "x".repeat(99))],
      /no\.elf: EI_MAG: expected an/,
    ],
    [
      "a truncated ELF file",
      () => ["run", "--machine", "model", file("cut.elf", elf.subarray(0, 99))],
      /cut\.elf: e_phoff/,
    ],
    ["assembly with an error", () => ["asm", file("x.s", "addi x1\n")], /x\.s: line 1: addi: expected/],
    [
      "a word that is none",
      () => ["disasm", file("x.hex", "0xg")],
      /x\.hex: line 1: expected a hexadecimal word/,
    ],
    [
      "a port in use",
      () => ["serve", "--machine", "model", "--port", portOf(babbler)],
      /port \d+ .* is already in use/,
    ],
    [
      "nobody to compare with",
      () => ["fuzz", "--against", "rvfi://127.0.0.1:1", "--out", folder],
      /ECONNREFUSED/,
    ],
    ["no address", () => ["fuzz", "--against", "localhost", "--out", folder], /expected rvfi:\/\/HOST:PORT/],
    [
      "nonsense from a peer",
      () => ["fuzz", "--against", `rvfi://127.0.0.1:${portOf(babbler)}`, "--out", folder],
      /version question: rd_addr/,
    ],
    [
      "a peer that hangs up",
      () => ["fuzz", "--against", `rvfi://127.0.0.1:${portOf(hangUp)}`, "--out", folder],
      /version question: the connection/,
    ],
  ] as const)("%s", async (_, args, message) => {
    const { code, said } = await capwright(...args());
    expect(said).toMatch(message);
    expect(said).toMatch(/^(npm warn.*\n)?capwright: .*\n$/);
    expect(code).toBe(2);
  });
});
