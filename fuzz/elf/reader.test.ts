import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { createModel } from "../../model/machine/reference.ts";
import { BadInput } from "../bad-input.ts";
import { readElf } from "./reader.ts";
import { loadElf } from "./run.ts";
import { formatElf } from "./writer.ts";

const corpus = join(import.meta.dirname, "../../corpora/elf");
const wanted = ["tohost", "begin_signature", "end_signature"];
const load = (name: string) => readElf(readFileSync(join(corpus, name)), wanted, name);

describe("readelf agrees", () => {
  const hasReadelf = spawnSync("readelf", ["--version"]).status === 0;

  test.skipIf(!hasReadelf).each(["pass.elf", "late-entry.elf", "capability-copy.elf"])("%s", (name) => {
    const program = load(name);
    const told = execFileSync("readelf", ["-hlsW", join(corpus, name)], { encoding: "utf8" });
    expect(told).toMatch(/Class:\s+ELF64/);
    expect(told).toMatch(/Machine:\s+RISC-V/);
    expect(told).not.toMatch(/warning|error/i);
    expect(BigInt(/Entry point address:\s+(0x\w+)/.exec(told)![1]!)).toBe(program.entry);
    const segment = /LOAD\s+(0x\w+) (0x\w+) (0x\w+) (0x\w+) (0x\w+)/.exec(told)!.slice(1).map(BigInt);
    expect(program.segments).toHaveLength(1);
    expect(program.segments[0]!.address).toBe(segment[2]);
    expect(BigInt(program.segments[0]!.bytes.length)).toBe(segment[3]);
    expect(program.segments[0]!.size).toBe(segment[4]);
    for (const [symbol, address] of program.symbols) {
      expect(told).toMatch(new RegExp(`${address.toString(16).padStart(16, "0")}.* ABS ${symbol}\\n`));
    }
  });

  test.skipIf(!hasReadelf)("on what is no ELF file", () => {
    const folder = mkdtempSync(join(tmpdir(), "capwright-"));
    try {
      const file = join(folder, "text.elf");
      writeFileSync(file, "no such thing, but long enough to hold the header of an executable file");
      expect(spawnSync("readelf", ["-h", file]).status).not.toBe(0);
      expect(() => readElf(readFileSync(file), wanted, file)).toThrow(BadInput);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

/** Offsets of fields, from the ABI's tables and not from ours. */
const at = {
  class: 4,
  data: 5,
  version: 6,
  type: 16,
  machine: 18,
  entry: 24,
  phoff: 32,
  shoff: 40,
  phentsize: 54,
};
const phnum = 56;
const shentsize = 58;
const shnum = 60;
const shstrndx = 62;
const segment = 64;

describe("hostile files", () => {
  const good = readFileSync(join(corpus, "capability-copy.elf"));
  const sections = Number(good.readBigUInt64LE(at.shoff));
  const symbols = Number(good.readBigUInt64LE(sections + 64 + 24));
  const patched = (offset: number, bytes: number, value: bigint) => {
    const file = Buffer.from(good);
    for (let byte = 0; byte < bytes; byte++)
      file[offset + byte] = Number((value >> BigInt(8 * byte)) & 0xffn);
    return file;
  };
  const code = good.readBigUInt64LE(segment + 32);
  const outside = `lie outside the file of 0x${good.length.toString(16)} bytes`;
  const messageOf = (file: Buffer) => {
    try {
      const machine = createModel();
      loadElf(machine, readElf(file, wanted, "x.elf"), "x.elf");
      return "loaded";
    } catch (error) {
      if (error instanceof BadInput) return error.message;
      throw error;
    }
  };

  test("every length too short for its tables is refused", () => {
    for (let length = 0; length < good.length; length++) {
      expect(messageOf(good.subarray(0, length))).toMatch(
        /^x\.elf: (file header|e_phoff|e_shoff|.*(p_filesz|sh_size)): /,
      );
    }
  });

  test.each([
    ["magic", 0, 4, 0x464c_4580n, "EI_MAG: expected an ELF file"],
    ["32-bit", at.class, 1, 1n, "EI_CLASS: expected 2 (64-bit), found 1"],
    ["big-endian", at.data, 1, 2n, "EI_DATA: expected 1 (little-endian), found 2"],
    ["version", at.version, 1, 0n, "EI_VERSION: expected 1 (current), found 0"],
    ["shared object", at.type, 2, 3n, "e_type: expected 2 (executable), found 3"],
    ["x86-64", at.machine, 2, 62n, "e_machine: expected 243 (RISC-V), found 62"],
    [
      "entry outside RAM",
      at.entry,
      8,
      0x1000n,
      "e_entry: 2 bytes at 0x1000 lie outside RAM, 0x80000000 to 0x80800000",
    ],
    [
      "entry at the end of the address space",
      at.entry,
      8,
      2n ** 64n - 1n,
      "e_entry: 2 bytes at 0xffffffffffffffff lie outside RAM, 0x80000000 to 0x80800000",
    ],
    ["odd entry", at.entry, 8, 0x8000_0001n, "e_entry: expected an even address"],
    [
      "program headers nowhere",
      at.phoff,
      8,
      2n ** 64n - 1n,
      `e_phoff: 0x38 bytes at 0xffffffffffffffff ${outside}`,
    ],
    ["program header size", at.phentsize, 2, 57n, "e_phentsize: expected 56, found 57"],
    ["no program header", phnum, 2, 0n, "e_phnum: expected a segment to load, found none"],
    ["too many program headers", phnum, 2, 65535n, "e_phnum: expected at most 64, found 65535"],
    [
      "section headers nowhere",
      at.shoff,
      8,
      2n ** 63n,
      `e_shoff: 0x40 bytes at 0x8000000000000000 ${outside}`,
    ],
    ["section header size", shentsize, 2, 0n, "e_shentsize: expected 64, found 0"],
    ["too many section headers", shnum, 2, 65535n, "e_shnum: expected at most 4096, found 65535"],
    ["section names nowhere", shstrndx, 2, 9n, "e_shstrndx: expected the index of a string table, found 9"],
    ["no code segment", segment, 4, 4n, "e_phnum: expected a segment to load, found none"],
    [
      "segment offset",
      segment + 8,
      8,
      2n ** 64n - 1n,
      `program header 0: p_filesz: 0x${code.toString(16)} bytes at 0xffffffffffffffff ${outside}`,
    ],
    [
      "segment below RAM",
      segment + 24,
      8,
      0x7fff_fff0n,
      `p_paddr: ${code} bytes at 0x7ffffff0 lie outside RAM, 0x80000000 to 0x80800000`,
    ],
    [
      "segment size in the file",
      segment + 32,
      8,
      2n ** 40n,
      `program header 0: p_filesz: 0x10000000000 bytes exceed p_memsz 0x${code.toString(16)}`,
    ],
    [
      "segment size in memory",
      segment + 40,
      8,
      2n ** 40n,
      "p_paddr: 1099511627776 bytes at 0x80000000 lie outside RAM, 0x80000000 to 0x80800000",
    ],
    [
      "segment around the end",
      segment + 40,
      8,
      2n ** 64n - 1n,
      "program header 0: p_memsz: the segment wraps around the address space",
    ],
    [
      "symbols nowhere",
      sections + 64 + 24,
      8,
      2n ** 64n - 1n,
      `section 1: sh_size: 0x60 bytes at 0xffffffffffffffff ${outside}`,
    ],
    [
      "a huge symbol table",
      sections + 64 + 32,
      8,
      2n ** 62n,
      `section 1: sh_size: 0x4000000000000000 bytes at 0x${symbols.toString(16)} ${outside}`,
    ],
    ["symbol size", sections + 64 + 56, 8, 23n, "section 1: sh_entsize: expected 24, found 23"],
    [
      "symbol names elsewhere",
      sections + 64 + 40,
      4,
      1n,
      "section 1: sh_link: expected the index of a string table, found 1",
    ],
    [
      "a symbol's name",
      symbols + 24,
      4,
      0xffff_ffffn,
      "symbol 1: st_name: 0xffffffff lies outside its string table",
    ],
    [
      "a section's name",
      sections + 64,
      4,
      0xffffn,
      "section 1: sh_name: 0xffff lies outside its string table",
    ],
  ] as const)("%s", (_, offset, bytes, value, message) => {
    expect(messageOf(patched(offset, bytes, value))).toBe(`x.elf: ${message}`);
  });

  test("overlapping segments", () => {
    const content = {
      entry: 0x8000_0000n,
      address: 0x8000_0000n,
      bytes: new Uint8Array(112),
      memorySize: 112n,
    };
    const file = formatElf({ ...content, symbols: new Map() });
    // The code itself becomes a second program header: the first one again.
    file.copy(file, 120, 64, 120);
    file.writeUInt16LE(2, phnum);
    expect(messageOf(file)).toBe("x.elf: p_paddr: segments at 0x80000000 and 0x80000000 overlap");
  });

  test("a file without sections has no symbols, and none is needed to load it", () => {
    const file = Buffer.from(good);
    file.writeUInt16LE(0, shnum);
    expect(readElf(file, wanted, "x.elf").symbols.size).toBe(0);
    expect(messageOf(file)).toBe("loaded");
  });
});
