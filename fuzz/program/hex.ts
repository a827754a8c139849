import * as z from "zod";

const HEX = /^0x[0-9a-fA-F]{1,40}$/;

/** A number up to `max`, written as a number or as a hexadecimal string with 0x. */
export function hexNumber(max: number) {
  const text = z
    .string()
    .regex(/^0x[0-9a-fA-F]{1,13}$/, "expected a hexadecimal number with 0x")
    .transform(Number);
  return z
    .union([z.int(), text], `expected a whole number from 0 to 0x${max.toString(16)}, or the same as "0x..."`)
    .refine((value) => value >= 0 && value <= max, `expected a number from 0 to 0x${max.toString(16)}`);
}

/** A bigint below 2^`bits`, written as a hexadecimal string with 0x. */
export function hexBigint(bits: number) {
  return z
    .string()
    .regex(HEX, "expected a hexadecimal number with 0x")
    .transform(BigInt)
    .refine((value) => value < 1n << BigInt(bits), `expected a number of at most ${bits} bits`);
}

/** JSON text of a value whose bigints become hexadecimal strings. Ends with a newline. */
export function jsonText(value: unknown): string {
  const spell = (_key: string, one: unknown) => (typeof one === "bigint" ? `0x${one.toString(16)}` : one);
  return `${JSON.stringify(value, spell, 2)}\n`;
}
