import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { verify as verifyImpl } from "../../impl/sco/verifier.ts";
import { verify as verifyModel } from "../../model/sco/verification.ts";
import { linkUnits } from "./link.ts";
import { listObject } from "./link-listing.ts";
import { unitsOf } from "./link-units.ts";

const COUNTER = "corpora/sco/counter.s";

function link(...sources: readonly string[]): Uint8Array {
  const inputs = sources.map((text, index) => ({ file: `${"ab"[index]}.s`, bytes: Buffer.from(text) }));
  return linkUnits(unitsOf(inputs), "out.obj");
}

describe("linking", () => {
  test("the sample uses every kind of relocation, and both verifiers accept it", () => {
    const file = linkUnits(unitsOf([{ file: COUNTER, bytes: readFileSync(COUNTER) }]), "out.obj");
    const verdict = verifyModel(file);
    expect(verifyImpl(file)).toBe(0);
    if (!verdict.ok) throw new Error(`reason ${verdict.reason}`);
    const { object } = verdict;
    expect([...new Set(object.relocations.map(({ kind }) => kind))].sort()).toEqual([1, 2, 3, 4, 5, 6]);
    expect(object.exports.map(({ name }) => name)).toEqual(["count", "total", "day"]);
    expect(object.imports).toEqual(["notify"]);
    expect(object.init[8]).toBe(5);
  });

  test("units see each other's code, state and read-only data", () => {
    const file = link(
      ".export main\n.text\nmain: c.nop\n.align 4\n cls c5, shared\n j other\n.data\n .8byte 1",
      '.text\nother: la c6, here\nhere: ret\n.align 16\n .ro text, 1\n.rodata\ntext: .ascii "ab"\n.bss\nshared: .zero 4',
    );
    expect(verifyImpl(file)).toBe(0);
    expect(listObject(file, "out.obj")).toMatchInlineSnapshot(`
      "  text    64 bytes
        rodata  16 bytes
        state   32 bytes, the last 16 zero

      Exports
        0  main  0x0

      Relocations
        text 0x4   cls  state 0x10, 4 bytes
        text 0x30  ro   rodata 0x0, 2 bytes + 1

      Text
      main:
           0x0  c.nop
           0x2  c.nop
           0x4  lc c5, 0(c26)
           0x8  cincoffsetimm c5, c5, 16
           0xc  csetboundsimm c5, c5, 4
          0x10  cjal c0, .+16
          0x14  addi x0, x0, 0
          0x18  addi x0, x0, 0
          0x1c  addi x0, x0, 0
          0x20  auipcc c6, 0
          0x24  cincoffsetimm c6, c6, 8
          0x28  cjalr c0, 0(c1)
          0x2c  addi x0, x0, 0
          0x30  ro rodata 0x0, 2 bytes + 1

      Rodata
           0x0  61620000 00000000 00000000 00000000

      Initial state
           0x0  01000000 00000000 00000000 00000000
      "
    `);
  });

  test.each([
    [".text\nf: ret", "out.obj: expected an export, found none"],
    [".export f\n.data\nf: .8byte 1", "out.obj: expected code, found none"],
    [".export f\n.data\nf: .8byte 1\n.text\nret", "a.s: export f: expected a label of text"],
    [".export f\n.text\nf: cls c5, g", "a.s: line 3: g is not defined"],
    [".export f\n.text\nf: cls c5, f", "a.s: line 3: expected f in .data or .bss, found it in .text"],
    [".export f\n.text\nf: c.nop\ncls c5, a\n.bss\na: .zero 1", "a.s: line 4: expected .align 4 before cls"],
    [".export f\n.text\nf: cls c26, f", "a.s: line 3: expected cls cX, NAME, found c26"],
    [
      ".export f\n.text\nf: cls c5, b\n.bss\na: .zero 2048\nb: .zero 4",
      "a.s: line 3: b: expected 1 to 4095 bytes",
    ],
    [".export f\n.text\nf: ret\n .ro f", "a.s: line 4: expected .align 16 before .ro"],
    [
      ".export f\n.text\nf: ret\n.data\n.ptr f",
      "a.s: line 5: expected f in .data or .bss, found it in .text",
    ],
    [
      ".export f\n.text\nf: ret\n.data\na: .ptr a, 17",
      "a.s: line 5: expected an offset from 0 to 16, found 17",
    ],
    [
      ".export f\n.text\nf: ret\n.data\n.importslot g",
      "a.s: line 5: expected the name of an import, found g",
    ],
    [".export f\n.text\nf: ret\nf: ret", "a.s: line 4: f is defined twice"],
    [".export f\n.text\nf: addi x5, x5, nothing", "a.s: line 3: addi: imm is nothing, expected"],
    [".export f\n.text\nf: ld x5", "a.s: line 3: ld: expected rd, imm(base), got x5"],
    [".export f\n.text\nf: ret\n.bss\n.8byte 1", "a.s: line 5: expected .zero or .align in .bss"],
    [
      ".export f\n.text\nf: .8byte 1",
      "a.s: line 3: expected an instruction: data belongs into .rodata and .data",
    ],
    [`.export ${"f".repeat(32)}\n.text\n${"f".repeat(32)}: ret`, "expected a name of at most 31 letters"],
    [
      ".export f\n.text\nf: ret\n.bss\n.zero 65536\n.zero 1",
      "out.obj: expected at most 65536 of state, found 65552",
    ],
  ])("%j is refused", (source, message) => {
    expect(() => link(source)).toThrow(message);
  });

  test("a name that two files define is refused", () => {
    const text = ".export f\n.text\nf: ret";
    expect(() => link(text, text)).toThrow("b.s: f is defined in a.s, too");
  });

  test("a pointer to more than bounds can cover exactly is refused", () => {
    const source = ".export f\n.text\nf: ret\n.rodata\nlarge: .zero 8200\n.data\n.roptr large";
    expect(() => link(source)).toThrow("no bounds cover 8200 bytes at 0x0 exactly; expected multiples of 16");
  });
});

describe("listing", () => {
  test("what is no object file is refused", () => {
    expect(() => listObject(Buffer.alloc(60), "x")).toThrow(
      "x: expected an object file, which begins with CWOB",
    );
  });

  test("a file that is cut short is refused", () => {
    const file = link(".export f\n.text\nf: ret");
    expect(() => listObject(file.subarray(0, -1), "x")).toThrow(`x: expected ${file.length} bytes`);
  });
});

test("the object on the disks of corpora/cvm is that of the counter", () => {
  const linked = linkUnits(unitsOf([{ file: COUNTER, bytes: readFileSync(COUNTER) }]), "out.obj");
  expect(readFileSync("corpora/cvm/counter.obj").equals(linked)).toBe(true);
});
