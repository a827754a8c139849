/** The decoder: finds the definition that a word belongs to, and remembers what it found. */

import { operandsOf } from "./codec.ts";
import type { Instruction, OperandValues } from "./define.ts";

/** A word taken apart. */
export interface Decoded {
  readonly instruction: Instruction;
  readonly operands: OperandValues;
}

type Decode = (word: number, capabilityMode: boolean) => Decoded | null;

/** Entries of the memory of each mode; a power of two. It is direct-mapped, so it cannot grow. */
const MEMO_SIZE = 1 << 14;

/**
 * A decoder for these definitions: the definition and operands of a word in an encoding mode, or null if the
 * word is an illegal instruction. A word whose low two bits are not 3 has 16 bits; its upper half is ignored.
 */
export function decoderOf(instructions: readonly Instruction[]): Decode {
  const integer = memoised(instructions.filter(({ mode }) => mode !== "capability"));
  const capability = memoised(instructions.filter(({ mode }) => mode !== "integer"));
  return (word, capabilityMode) => (capabilityMode ? capability(word) : integer(word));
}

function memoised(instructions: readonly Instruction[]): (word: number) => Decoded | null {
  const buckets = bucketsOf(instructions);
  const words = new Int32Array(MEMO_SIZE);
  const results: (Decoded | null | undefined)[] = new Array(MEMO_SIZE).fill(undefined);

  return (given) => {
    const word = (given & 3) === 3 ? given | 0 : given & 0xffff;
    const at = (word ^ (word >> 7) ^ (word >> 18)) & (MEMO_SIZE - 1);
    const known = results[at];
    if (known !== undefined && words[at] === word) return known;

    const found = search(buckets[bucketOf(word)]!, word);
    words[at] = word;
    results[at] = found;
    return found;
  };
}

function search(candidates: readonly Instruction[], word: number): Decoded | null {
  for (const instruction of candidates) {
    if ((word & instruction.mask) !== instruction.match) continue;
    const operands = operandsOf(instruction, word);
    if (operands !== null) return { instruction, operands };
  }
  return null;
}

/** 32-bit words: opcode and funct3; 16-bit words: quadrant and funct3. Below 1024. */
function bucketOf(word: number): number {
  return (word & 3) === 3
    ? (word & 0x7f) | (((word >> 12) & 7) << 7)
    : (word & 3) | (((word >> 13) & 7) << 7);
}

function bucketsOf(instructions: readonly Instruction[]): Instruction[][] {
  const buckets: Instruction[][] = Array.from({ length: 1024 }, () => []);
  for (const instruction of instructions) {
    const shift = instruction.length === 2 ? 13 : 12;
    for (let funct3 = 0; funct3 < 8; funct3++) {
      const fixed = instruction.mask & (7 << shift);
      if (((instruction.match ^ (funct3 << shift)) & fixed) !== 0) continue;
      const low = instruction.match & (instruction.length === 2 ? 3 : 0x7f);
      buckets[low | (funct3 << 7)]!.push(instruction);
    }
  }
  return buckets;
}
