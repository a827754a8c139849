import type { Capability } from "../../model/contract.ts";

/**
 * What an operand looked like before the step; each operand is in exactly one class. Capabilities are sorted by
 * the first line that fits. Integers have classes of their own, and so has PCC.
 */
export const CLASSES = [
  // Capability operands.
  "null",
  "integer",
  "untagged",
  "sentry",
  "sealed",
  "out of bounds",
  "local",
  "restricted",
  "narrow",
  "root",
  // Integer operands.
  "zero",
  "minus one",
  "edge",
  "positive",
  "negative",
  // The mode of the step.
  "integer mode",
  "capability mode",
  "user integer mode",
  "user capability mode",
] as const;

export type OperandClass = (typeof CLASSES)[number];

/** The parts an operand can play in an instruction. */
export const ROLES = ["mode", "first", "second"] as const;

const place = Object.fromEntries(CLASSES.map((name, index) => [name, index])) as Record<OperandClass, number>;

const NULL = place["null"];
const INTEGER = place["integer"];
const UNTAGGED = place["untagged"];
const SENTRY = place["sentry"];
const SEALED = place["sealed"];
const OUT_OF_BOUNDS = place["out of bounds"];
const LOCAL = place["local"];
const RESTRICTED = place["restricted"];
const NARROW = place["narrow"];
const ROOT = place["root"];
const ZERO = place["zero"];
const MINUS_ONE = place["minus one"];
const EDGE = place["edge"];
const POSITIVE = place["positive"];
const NEGATIVE = place["negative"];
const INTEGER_MODE = place["integer mode"];

const OTYPE_UNSEALED = 0x3ffffn;
const OTYPE_SENTRY = 0x3fffen;
const PERMS_GLOBAL = 1n;
const PERMS_HARDWARE = 0xfffn;
const PERMS_ALL = 0xffffn;
const TOP_ALL = 1n << 64n;
const SIGN = 1n << 63n;
const ONES = (1n << 64n) - 1n;

/** A register as a shadow of the run holds it: a bigint after an integer write. */
export type RegisterValue = Capability | bigint;

/** The class of a capability operand, as a place in `CLASSES`. Hot. */
export function capabilityClass(value: RegisterValue): number {
  if (typeof value === "bigint") return value === 0n ? NULL : INTEGER;
  if (!value.tag) return isNull(value) ? NULL : UNTAGGED;
  if (value.otype !== OTYPE_UNSEALED) return value.otype === OTYPE_SENTRY ? SENTRY : SEALED;
  if (value.address < value.base || value.address >= value.top) return OUT_OF_BOUNDS;
  if (value.perms !== PERMS_ALL) {
    if ((value.perms & PERMS_GLOBAL) === 0n) return LOCAL;
    if ((value.perms & PERMS_HARDWARE) !== PERMS_HARDWARE) return RESTRICTED;
  }
  return value.base === 0n && value.top === TOP_ALL ? ROOT : NARROW;
}

function isNull({ address, perms, otype }: Capability): boolean {
  return address === 0n && perms === 0n && otype === OTYPE_UNSEALED;
}

/** Whether capabilities of a class are tagged. */
export function isTaggedClass(index: number): boolean {
  return index >= SENTRY && index <= ROOT;
}

/** The class of an integer operand, as a place in `CLASSES`. Hot. */
export function integerClass(value: RegisterValue): number {
  const integer = typeof value === "bigint" ? value : value.address;
  if (integer === 0n) return ZERO;
  if (integer >= SIGN) {
    if (integer === ONES) return MINUS_ONE;
    return integer === SIGN || integer === 0xffff_ffff_8000_0000n ? EDGE : NEGATIVE;
  }
  return integer === SIGN - 1n || integer === 0x7fff_ffffn || integer === 0x8000_0000n ? EDGE : POSITIVE;
}

/** The class of the mode a step runs in, as a place in `CLASSES`. */
export function modeClass(isUser: boolean, isCapabilityMode: boolean): number {
  return INTEGER_MODE + (isUser ? 2 : 0) + (isCapabilityMode ? 1 : 0);
}
