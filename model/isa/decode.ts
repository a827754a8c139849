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

/** Bucket numbers: 16-bit words by quadrant and funct3, 32-bit words by opcode, funct3 and funct7. */
const BUCKETS = 1 << 17;

function bucketOf(word: number): number {
  if ((word & 3) !== 3) return (word & 3) | (((word >> 13) & 7) << 7);
  return (word & 0x7f) | (((word >> 12) & 7) << 7) | (((word >> 25) & 0x7f) << 10);
}

/** The definitions that may own a word, by the word's bucket. */
function bucketsOf(instructions: readonly Instruction[]): readonly Instruction[][] {
  const empty: Instruction[] = [];
  const buckets = new Array<Instruction[]>(BUCKETS).fill(empty);
  for (const instruction of instructions) {
    for (const word of wordsOfAllBuckets(instruction)) {
      const bucket = bucketOf(word);
      if (((word ^ instruction.match) & instruction.mask & BUCKET_BITS[instruction.length]) !== 0) continue;
      if (buckets[bucket] === empty) buckets[bucket] = [];
      buckets[bucket]!.push(instruction);
    }
  }
  return buckets;
}

/** The bits of a word that bucketOf looks at. */
const BUCKET_BITS = { 2: 0xe003, 4: 0xfe00707f | 0 } as const;

/** One word for each bucket with the instruction's opcode or quadrant. */
function wordsOfAllBuckets({ length, match }: Instruction): number[] {
  if (length === 2) return Array.from({ length: 8 }, (_, funct3) => (match & 3) | (funct3 << 13));
  return Array.from(
    { length: 1024 },
    (_, index) => (match & 0x7f) | ((index & 7) << 12) | ((index >> 3) << 25),
  );
}
