import { decode } from "../../model/isa/index.ts";
import { type Field, formOf, insert, legal } from "./form.ts";
import type { Random } from "./random.ts";

/** The longest piece that is taken from one program into another, or dropped, in words. */
const PIECE_MAX = 16;

/**
 * A program made from one or two that reached something: a few random edits. `words` and `donor` are left as
 * they are. The result has at least one word if `words` has.
 */
export function mutated(words: ArrayLike<number>, donor: ArrayLike<number>, random: Random): number[] {
  let result = Array.from(words);
  for (let edits = random.pick([0, 0, 1, 1, 2, 4, 8]); edits >= 0; edits--) {
    result = edited(result, donor, random);
  }
  return result;
}

function edited(words: number[], donor: ArrayLike<number>, random: Random): number[] {
  if (words.length === 0) return words;
  const at = random.below(words.length);
  switch (random.below(8)) {
    case 0: {
      const length = Math.min(random.below(PIECE_MAX) + 1, words.length - 1);
      return words.toSpliced(at, length);
    }
    case 1: {
      const from = random.below(donor.length);
      return words.toSpliced(at, random.below(4), ...pieceOf(donor, from, random.below(PIECE_MAX) + 1));
    }
    case 2:
      return words.toSpliced(at, 0, words[random.below(words.length)]!);
    case 3: {
      const other = random.below(words.length);
      return words.with(at, words[other]!).with(other, words[at]!);
    }
    case 4:
      return words.with(at, flipped(words[at]!, random));
    default:
      return words.with(at, otherOperand(words[at]!, random));
  }
}

/** Up to `length` words from a place on. */
function pieceOf(words: ArrayLike<number>, from: number, length: number): number[] {
  const piece: number[] = [];
  for (let at = from; at < words.length && piece.length < length; at++) piece.push(words[at]!);
  return piece;
}

function flipped(word: number, random: Random): number {
  return (word ^ (1 << random.below((word & 3) === 3 ? 32 : 16))) >>> 0;
}

/** The same instruction with one operand changed; a word that means nothing with one bit changed. */
function otherOperand(word: number, random: Random): number {
  const decoded = decode(word, random.odds(1, 2));
  if (decoded === null || decoded.instruction.operands.length === 0) return flipped(word, random);
  const form = formOf(decoded.instruction);
  const changed = random.below(form.fields.length);
  let result = form.match;
  form.fields.forEach((field, index) => {
    const value = Number(decoded.operands[field.name]);
    result = insert(result, field, index === changed ? otherValue(field, value, random) : value);
  });
  return result >>> 0;
}

function otherValue(field: Field, value: number, random: Random): number {
  const { least, count, scale, role } = field;
  const isNumber = role === "immediate" || role === "offset" || role === "distance";
  if (isNumber && random.odds(1, 2))
    return legal(field, value + random.pick([1, -1, 8, -8, 16, -16]) * scale);
  return legal(field, least + (isNumber ? random.edge(count) : random.below(count)) * scale);
}
