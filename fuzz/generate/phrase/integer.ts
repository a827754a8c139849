import type { Composer } from "../composer.ts";
import { formsNamed } from "../form.ts";
import * as words from "../words.ts";

const arithmetic = formsNamed(
  /^(add|sub|sll|srl|sra|slt|sltu|xor|or|and|lui|auipc|c\.(add|addi|addiw|addw|and|andi|li|lui|mv|nop|or|slli|srai|srli|sub|subw|xor))(i|iu|w|iw)?$/,
);
const multiplication = formsNamed(/^(mul|div|rem)/);
const bits = formsNamed(
  /^(sh[123]add|add\.uw|slli\.uw|andn|orn|xnor|max|min|ro[lr]|clz|ctz|cpop|sext|zext|orc|rev8|clmul|b(clr|ext|inv|set))/,
);

/** One instruction of the base set. */
export function arith(to: Composer): void {
  to.oneOf(arithmetic);
}

/** One multiplication or division. */
export function multiply(to: Composer): void {
  to.oneOf(multiplication);
}

/** One bit manipulation. */
export function manipulate(to: Composer): void {
  to.oneOf(bits);
}

/** A number in a register: where carries, signs and exponents live. */
export function constant(to: Composer): void {
  constantIn(to, to.other(0));
}

/** Puts `rd := a number near an edge`, in at most three words. */
export function constantIn(to: Composer, rd: number): void {
  const { random } = to;
  switch (random.below(6)) {
    case 0:
      to.small(rd, random.edge(4096) - 2048);
      break;
    case 1:
      to.put(words.lui(rd, random.edge(1 << 20)));
      break;
    case 2:
      ramAddressIn(to, rd);
      break;
    default:
      powerIn(to, rd, random.below(64));
  }
}

/** Puts `rd := about 2^exponent`: itself, a few bytes beside it, or three quarters of the next one. */
export function powerIn(to: Composer, rd: number, exponent: number): void {
  const { random } = to;
  to.small(rd, random.pick([1, 1, 1, 3, -1]));
  if (exponent > 0) to.put(words.slli(rd, rd, exponent));
  const beside = random.pick([0, 0, 1, -1, -2, 8, 16, -16, -2048]);
  if (beside !== 0) to.put(words.addi(rd, rd, beside));
}

/** Puts `rd := an address in RAM`: in a few small regions, so that accesses meet. */
export function ramAddressIn(to: Composer, rd: number): void {
  const { random } = to;
  // In units of 0x2000 from the start of RAM; the last one ends with RAM.
  const region = random.pick([1, 1, 1, 1, 1, 1, 0, 1023]);
  to.put(words.lui(rd, 0x40000 + region));
  to.put(words.slli(rd, rd, 1));
  const offset = random.pick([0, 0, 0, 16, 32, 48, 64, 128, 8, 4, 1, 15, -16]);
  if (offset !== 0) to.put(words.addi(rd, rd, offset));
}
