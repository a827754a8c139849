import { describe, expect, test } from "vitest";
import { assembleProgram } from "../../model/isa/index.ts";
import { BadInput } from "../bad-input.ts";
import { codeBytes } from "../lockstep/stepwise.ts";
import { assembleGuest, type Include } from "./guest-source.ts";

const none: Include = (name) => {
  throw new BadInput(`${name}: there is none`);
};

function guest(text: string, include: Include = none) {
  return assembleGuest({
    text,
    file: "g.s",
    include,
    origin: 0x1000,
    places: { hostcall: 0, image: 0x1000 },
  });
}

/** The instructions of a text as they are without any comfort. */
function plain(text: string): number[] {
  return [...codeBytes(assembleProgram(text).words)];
}

function refusal(text: string, include: Include = none): string {
  try {
    guest(text, include);
  } catch (error) {
    if (error instanceof BadInput) return error.message;
    throw error;
  }
  throw new Error("taken");
}

describe("pseudo-instructions", () => {
  test.each([
    ["li a0, -1", "addi a0, x0, -1"],
    ["li a0, 0x800", "lui a0, 1\naddiw a0, a0, -2048"],
    ["li a0, -2049", "lui a0, 1048575\naddiw a0, a0, 2047"],
    ["mv a0, a1", "addi a0, a1, 0"],
    ["ret", "jalr x0, 0(ra)"],
    ["here: bnez a0, here", "bne a0, x0, 0"],
    ["nop\n  call hostcall", "addi x0, x0, 0\njal ra, -4100"],
  ])("%s", (text, meant) => {
    const expected = plain(meant);
    expect([...guest(text).bytes.slice(0, expected.length)]).toEqual(expected);
  });

  test("a number of 64 bits is put together eleven bits at a time", () => {
    const { bytes } = guest("li a0, 0x8123456789abcdef");
    expect([...bytes.slice(0, 4)]).toEqual(plain("addi a0, x0, 0x102"));
    expect(bytes.length).toBe(48);
  });

  test("a label of code is reached from pc, wherever it lies", () => {
    const far = guest(`start: la a0, far\n${"nop\n".repeat(1000)}far: nop`);
    expect([...far.bytes.slice(0, 8)]).toEqual(plain("auipc a0, 1\naddi a0, a0, -88"));
    const back = guest("nop\nla a0, image");
    expect([...back.bytes.slice(4, 12)]).toEqual(plain("auipc a0, 0\naddi a0, a0, -4"));
  });
});

describe("data", () => {
  test("lies behind the code, aligned, and its labels are offsets from gp", () => {
    const { bytes, dataSize, labels } = guest(
      'lea a0, b\n.data\na: .asciz "hi\\n"\n.align 8\nb: .8byte -1\n.bss\nc: .zero 24\n.text\nlea a1, c\n',
    );
    const at = labels.get("__data")! - 0x1000;
    expect(at % 16).toBe(0);
    expect([...bytes.slice(at)]).toEqual([0x68, 0x69, 10, 0, 0, 0, 0, 0, ...Array<number>(8).fill(0xff)]);
    expect(dataSize).toBe(40);
    expect([...bytes.slice(0, 24)]).toEqual(
      plain("lui a0, 0\naddi a0, a0, 8\nadd a0, a0, gp\nlui a1, 0\naddi a1, a1, 16\nadd a1, a1, gp"),
    );
  });
});

describe("a source that cannot be used is refused by file and line", () => {
  test.each([
    ["nop\nfrob a0", "g.s: line 2: unknown instruction frob"],
    ["a:\na:\n", "g.s: line 2: a is defined twice"],
    ["hostcall:\n", "g.s: line 1: hostcall is defined twice"],
    ["la a0, nowhere", "g.s: line 1: expected a label of code, found nowhere"],
    ["lea a0, nowhere", "g.s: line 1: expected a number or a name defined before, found nowhere"],
    ["li a0, 0x10000000000000000", "g.s: line 1: expected a number or a name defined before"],
    [".4byte 1", "g.s: line 1: expected an instruction: data belongs into .data"],
    [".data\n.ascii hello", "g.s: line 2: expected text in double quotes"],
    [".data\nadd a0, a0, a0", "g.s: line 2: expected data, found add"],
    [".data\n.zero 99999999", "g.s: line 2: expected a size up to 65536"],
    [".bss\n.zero 2000000", "g.s: line 2: expected a size up to 1048576"],
    [".bss\n.byte 1", "g.s: line 2: expected .zero in .bss"],
    [".equ 1, 2", "g.s: line 1: expected .equ NAME, NUMBER"],
    ["nop\n".repeat(20_001), "g.s: line 20001: expected at most 20000 lines in all"],
    ['.include "x.s"', "x.s: there is none"],
    ["start: jal x0, start\n".replace("start\n", "2097152"), "g.s: line 1: jal: "],
  ])("%#", (text, told) => {
    expect(refusal(text).slice(0, told.length)).toBe(told);
  });

  test("in a file that it includes, by that file's; what includes itself is taken once", () => {
    const files: Include = (name) => ({
      file: name,
      text: name === "loop.s" ? '.include "loop.s"\nnop' : "nop\nbad",
    });
    expect(refusal('.include "bad.s"', files)).toBe("bad.s: line 2: unknown instruction bad");
    expect(guest('.include "loop.s"', files).bytes.length).toBe(16);
  });
});
