import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { isEncodable } from "./codec.ts";
import { holes } from "./holes.ts";
import {
  assemble,
  decode,
  disassemble,
  encode,
  type Instruction,
  instructionByName,
  instructions,
  type OperandValues,
  randomWord,
} from "./index.ts";

/** A small generator with a fixed seed: 32 random bits each call. */
function random32From(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    return (state ^ (state >> 15)) & 0x7fffffff;
  };
}

function modesOf({ mode }: Instruction): boolean[] {
  return mode === "both" ? [false, true] : [mode === "capability"];
}

describe.each(instructions.map((instruction) => [instruction.name, instruction] as const))(
  "%s",
  (_, instruction) => {
    const random32 = random32From(1);
    const words = Array.from({ length: 60 }, () => randomWord(instruction, random32));

    const modes = modesOf(instruction);

    test("decodes to itself, with the operands that encode it again", () => {
      const others = words.filter((word) =>
        modes.some((mode) => {
          const decoded = decode(word, mode);
          return decoded?.instruction !== instruction || encode(instruction, decoded.operands) !== word;
        }),
      );
      expect(others).toEqual([]);
    });

    test("is read back by the assembler as it was written by the disassembler", () => {
      const others = words.filter((word) =>
        modes.some((mode) => assemble(disassemble(word, mode), { capabilityMode: mode }) !== word),
      );
      expect(others).toEqual([]);
    });

    test("encodes the ends of its operands' ranges and refuses what lies beyond", () => {
      const values = { ...decode(words[0]!, instruction.mode === "capability")!.operands };
      expect(encode(instruction, values)).toBe(words[0]);
      for (const operand of instruction.operands) {
        for (const value of [operand.least, operand.greatest].filter((end) => isEncodable(operand, end))) {
          const word = encode(instruction, { ...values, [operand.name]: value });
          expect(Number(operandIn(word, instruction)[operand.name])).toBe(value);
        }
        for (const value of [
          operand.least - operand.scale,
          operand.greatest + operand.scale,
          0.5,
          ...operand.except,
        ]) {
          expect(() => encode(instruction, { ...values, [operand.name]: value })).toThrow(RangeError);
        }
      }
    });
  },
);

function operandIn(word: number, instruction: Instruction): OperandValues {
  const decoded = decode(word, instruction.mode === "capability");
  expect(decoded?.instruction).toBe(instruction);
  return decoded!.operands;
}

test("names are unique", () => {
  expect(new Set(instructions.map(({ name }) => name)).size).toBe(instructions.length);
});

describe("definitions do not overlap within a mode", () => {
  test("32-bit words: their fixed bits differ", () => {
    const wide = instructions.filter(({ length }) => length === 4);
    const alike = wide.flatMap((left) =>
      wide
        .filter((right) => left !== right && shareMode(left, right))
        .filter((right) => ((left.match ^ right.match) & left.mask & right.mask) === 0)
        .map((right) => [left.name, right.name]),
    );
    expect(alike).toEqual([]);
  });

  test.each([false, true])("16-bit words, exhaustively, capability mode %s", (capabilityMode) => {
    const narrow = instructions.filter(
      (instruction) => instruction.length === 2 && modesOf(instruction).includes(capabilityMode),
    );
    for (let word = 0; word < 2 ** 16; word++) {
      if ((word & 3) === 3) continue;
      const candidates = narrow.filter(
        ({ mask, match, operands }) =>
          (word & mask) === match &&
          operands.every((operand) => {
            const value = operand.slices.reduce(
              (sum, { at, low, ones }) => sum | (((word >> at) & ones) << low),
              0,
            );
            return !operand.except.includes(value);
          }),
      );
      if (candidates.length > 1) expect(candidates.map(({ name }) => name)).toHaveLength(1);
      expect(decode(word, capabilityMode)?.instruction).toBe(candidates[0]);
    }
  });
});

function shareMode(left: Instruction, right: Instruction): boolean {
  return left.mode === "both" || right.mode === "both" || left.mode === right.mode;
}

test("holes are ranges of values that their fields have", () => {
  for (const { funct3, funct7, rs2, rd } of holes)
    for (const [[first, last], most] of [
      [funct3, 7],
      [funct7, 127],
      [rs2, 31],
      [rd, 31],
    ] as const)
      expect([0 <= first, first <= last, last <= most]).toEqual([true, true, true]);
});

test("opcode 0x5b is covered exactly once by definitions and the table of illegal holes", () => {
  const inside = (value: number, [first, last]: readonly [number, number]): boolean =>
    value >= first && value <= last;
  let illegal = 0;
  for (let index = 0; index < 2 ** 20; index++) {
    const [funct3, funct7, rs2, rd] = [index & 7, (index >> 3) & 127, (index >> 10) & 31, (index >> 15) & 31];
    const word = (funct7 << 25) | (rs2 << 20) | (1 << 15) | (funct3 << 12) | (rd << 7) | 0x5b;
    const covering = holes.filter(
      (hole) =>
        inside(funct3, hole.funct3) &&
        inside(funct7, hole.funct7) &&
        inside(rs2, hole.rs2) &&
        inside(rd, hole.rd),
    ).length;
    const legal = decode(word, false) === null ? 0 : 1;
    if (covering + legal !== 1) expect(`0x${unsigned(word).toString(16)}`).toBe("covered once");
    illegal += covering;
  }
  expect(illegal).toBeGreaterThan(2 ** 19);
});

/** Rows of the encodings table: mnemonic, mask, match, operands. */
const rows = readFileSync(new URL("../../corpora/isa/cheri_riscv_encodings.tsv", import.meta.url), "utf8")
  .trim()
  .split("\n")
  .slice(1)
  .map((row) => row.split("\t") as [string, string, string, string]);

test.each(rows)(
  "%s has mask %s and match %s, as in the table of encodings",
  (name, mask, match, operands) => {
    const instruction = instructionByName(name);
    expect(instruction).toBeDefined();
    expect(unsigned(instruction!.mask)).toBe(Number(mask));
    expect(unsigned(instruction!.match)).toBe(Number(match));
    expect(instruction!.mode).toBe(operands.startsWith("capmode") ? "capability" : "both");
  },
);

function unsigned(word: number): number {
  return word < 0 ? word + 2 ** 32 : word;
}
