import { describe, expect, test } from "vitest";
import { assemble, assembleProgram, decode, disassemble } from "./index.ts";

/** As the assembler of LLVM 14 has them. */
test.each([
  ["addi x5, x6, -1", 0xfff30293],
  ["lui x5, 74565", 0x123452b7],
  ["ld x5, -8(x6)", 0xff833283],
  ["sd x5, 2047(x6)", 0x7e533fa3],
  ["beq x5, x6, .-4", 0xfe628ee3],
  ["jal x1, .+2048", 0x001000ef],
  ["jalr x1, 4(x5)", 0x004280e7],
  ["sraiw x5, x6, 31", 0x41f3529b],
  ["amomaxu.d.aqrl x5, x6, (x7)", 0xe663b2af],
  ["lr.w.aq x5, (x6)", 0x140322af],
  ["csrrw x5, mstatus, x6", 0x300312f3],
  ["csrrci x5, 0x7c0, 31", 0x7c0ff2f3],
  ["rev8 x5, x6", 0x6b835293],
  ["c.addi4spn x8, sp, 1020", 0x1fe0],
  ["c.j .-2048", 0xb001],
  ["c.beqz x15, .+254", 0xcffd],
  ["c.lwsp x5, 252(sp)", 0x52fe],
  ["c.sdsp x5, 504(sp)", 0xff96],
])("%s is 0x%s and back", (text, word) => {
  expect(assemble(text, {})).toBe(word);
  expect(disassemble(word, false)).toBe(text);
});

test("registers may be spelled by number or by ABI name, integer or capability", () => {
  expect(assemble("add t0, x6, c7", {})).toBe(assemble("add x5, t1, t2", {}));
  expect(assemble("lw a0, 4(csp)", { capabilityMode: true })).toBe(assemble("lw x10, 4(sp)", {}));
});

test("a word that is no instruction is text that assembles to itself", () => {
  for (const word of [0xffffffff, 0x0000007b, 0x0000]) {
    expect(decode(word, false)).toBeNull();
    expect(assembleProgram(disassemble(word, false)).words).toEqual([word]);
  }
  expect(disassemble(-1, false)).toBe(".4byte 0xffffffff");
});

describe("a program", () => {
  test("has labels, comments, data words and both sizes", () => {
    const { words, lines } = assembleProgram(`
      # doubles until it overflows
      start: c.li x5, 1
      loop:
        add x5, x5, x5   # 32 bits
        bne x5, x0, loop
        c.j start
        .4byte 0x1234567b
        .2byte 1`);
    expect(words.map((word) => disassemble(word, false))).toEqual([
      "c.li x5, 1",
      "add x5, x5, x5",
      "bne x5, x0, .-4",
      "c.j .-10",
      ".4byte 0x1234567b",
      "c.nop",
    ]);
    expect(lines).toEqual([3, 5, 6, 7, 8, 9]);
  });

  test.each([
    ["frob x1", "line 1: unknown instruction frob"],
    ["\naddi x5, x6", "line 2: addi: expected rd, rs1, imm, got x5, x6"],
    ["addi x5, x6, 2048", "line 1: addi: imm is 2048, expected a number from -2048 to 2047"],
    ["add x5, x32, x6", "line 1: add: rs1 is x32, expected a register, x0 to x31"],
    ["c.and x8, x5", "line 1: c.and: rs2 is x5, expected a register, x8 to x15"],
    ["c.mv x8, x0", "line 1: c.mv: rs2 is x0, expected a register, x0 to x31, not x0"],
    [
      "beq x5, x6, nowhere",
      "line 1: beq: imm is nowhere, expected a label or a number from -4096 to 4094, a multiple of 2",
    ],
    ["c.addi x5, 0", "line 1: c.addi: nzimm is 0, expected a number from -32 to 31, not 0"],
    ["ecall x5", "line 1: ecall: expected no operands, got x5"],
    [".2byte 65536", "line 1: .2byte: expected a number of 16 bits, got 65536"],
    ["a:\na: ecall", "line 2: label a is defined twice"],
    ["ld.aq x5, 0(x6)", "line 1: unknown instruction ld.aq"],
  ])("%j is refused with its line and what was expected", (text, message) => {
    expect(() => assembleProgram(text)).toThrow(new SyntaxError(message));
  });

  test("for one encoding mode refuses the other's instructions", () => {
    expect(() => assemble("jal x1, .+4", { capabilityMode: true })).toThrow(
      "jal exists in integer mode only",
    );
    expect(() => assembleProgram("cjal c1, .+4", { capabilityMode: false })).toThrow(
      "line 1: cjal exists in capability mode only",
    );
  });
});
