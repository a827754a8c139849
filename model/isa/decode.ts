/** The decoder: finds the definition that a word belongs to, and remembers what it found. */

import { operandsOf } from "./codec.ts";
import type { Instruction, OperandValues } from "./define.ts";

/** A word taken apart. */
export interface Decoded {
  readonly instruction: Instruction;
  readonly operands: OperandValues;
}

type Decode = (word: number, capabilityMode: boolean) => Decoded | null;

/** Entries of the memory of each mode. It is direct-mapped, so it cannot grow. */
const MEMO_SIZE = 1 << 10;

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
  const root = treeOf(instructions);
  const words = new Int32Array(MEMO_SIZE);
  const results: (Decoded | null | undefined)[] = new Array(MEMO_SIZE).fill(undefined);

  return (given) => {
    const word = (given & 3) === 3 ? given | 0 : given & 0xffff;
    // Multiplying by the golden ratio spreads all bits of the word over the highest ones.
    const at = (Math.imul(word, 0x9e3779b1) >> 19) & (MEMO_SIZE - 1);
    const known = results[at];
    if (known !== undefined && words[at] === word) return known;

    const found = search(root, word);
    words[at] = word;
    results[at] = found;
    return found;
  };
}

/** A node of the decision tree: a field of the word chooses the next node, or (ones is 0) these are left. */
interface Node {
  readonly at: number;
  readonly ones: number;
  readonly next: readonly Node[];
  readonly candidates: readonly Instruction[];
}

function search(root: Node, word: number): Decoded | null {
  let node = root;
  while (node.ones !== 0) node = node.next[(word >> node.at) & node.ones]!;
  for (const instruction of node.candidates) {
    if ((word & instruction.mask) !== instruction.match) continue;
    const operands = operandsOf(instruction, word);
    if (operands !== null) return { instruction, operands };
  }
  return null;
}

/** Fields that decide: size or quadrant; opcode, functs, selectors; the function codes of 16-bit words. */
const FIELDS = [
  { at: 0, ones: 3 },
  { at: 2, ones: 31 },
  { at: 12, ones: 7 },
  { at: 25, ones: 127 },
  { at: 26, ones: 63 },
  { at: 20, ones: 31 },
  { at: 7, ones: 31 },
  { at: 13, ones: 7 },
  { at: 10, ones: 3 },
  { at: 5, ones: 3 },
] as const;

/** Splits by the first field that all candidates fix and that tells some apart, until there is none. */
function treeOf(candidates: readonly Instruction[]): Node {
  const field = FIELDS.find(({ at, ones }) => {
    const values = candidates.map(({ match }) => (match >> at) & ones);
    return candidates.every(({ mask }) => ((mask >> at) & ones) === ones) && new Set(values).size > 1;
  });
  if (field === undefined) return { at: 0, ones: 0, next: [], candidates };

  const { at, ones } = field;
  const next = Array.from({ length: ones + 1 }, (_, value) =>
    treeOf(candidates.filter(({ match }) => ((match >> at) & ones) === value)),
  );
  return { at, ones, next, candidates };
}
