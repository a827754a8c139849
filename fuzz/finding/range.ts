import type { Capability } from "../../model/contract.ts";

/** Capability, as it is called in the drawing. */
export interface Drawn {
  readonly name: string;
  readonly cap: Capability;
}

const COLUMNS = 48;
const UNSEALED = 0x3ffffn;
const SENTRY = 0x3fffen;
/** From bit 0 on; a dash stands for a permission that is missing. */
const PERMISSION_LETTERS = "GXRWrwlSIUAC0123";

/** What the letters of `permissionText` mean, in their order. */
export const permissionLegend: readonly string[] = [
  "G global, X execute, R load, W store, r load capability, w store capability, l store local capability,",
  "S seal, I invoke, U unseal, A access system registers, C set compartment id, 0 to 3 user permissions",
];

/**
 * Draws capabilities as ranges within a window, two lines each: fields, then a bar from base to top with the
 * address as a caret. The window holds all that do not cover half of the address space or more; those are
 * drawn from end to end. The last line says where the window lies.
 */
export function drawRanges(drawn: readonly Drawn[]): string[] {
  const window = windowOf(drawn.map(({ cap }) => cap));
  const width = Math.max(...drawn.map(({ name }) => name.length));
  const lines = drawn.flatMap(({ name, cap }) => [
    `${name.padEnd(width)}  ${fieldsText(cap)}`,
    `${" ".repeat(width)}  ${barOf(cap, window)}`,
  ]);
  const ends = `${hex(window.low)}${hex(window.high).padStart(COLUMNS + 2 - hex(window.low).length)}`;
  return [...lines, `${" ".repeat(width)}  ${ends}`];
}

/** One letter for each permission, lowest bit first. */
export function permissionText(perms: bigint): string {
  return [...PERMISSION_LETTERS].map((letter, bit) => ((perms >> BigInt(bit)) & 1n ? letter : "-")).join("");
}

function fieldsText({ tag, address, base, top, perms, otype, flags }: Capability): string {
  const seal = otype === UNSEALED ? "" : otype === SENTRY ? ", sentry" : `, sealed with type ${hex(otype)}`;
  const mode = flags === 0n ? "" : ", capability mode";
  const place = `${hex(address)} in [${hex(base)}, ${hex(top)})`;
  return `${tag ? "tagged" : "untagged"} ${place} ${permissionText(perms)}${seal}${mode}`;
}

interface Window {
  readonly low: bigint;
  readonly high: bigint;
}

/** From the lowest base or address to the highest top or address. */
function windowOf(caps: readonly Capability[]): Window {
  const bounded = caps.filter((cap) => !isVast(cap));
  const ends = (bounded.length > 0 ? bounded : caps).flatMap(({ address, base, top }) => [
    address,
    base,
    top,
  ]);
  const [low, high] = [ends.reduce(least), ends.reduce(greatest)];
  return { low, high: high > low ? high : low + 1n };
}

function isVast({ base, top }: Capability): boolean {
  return top - base >= 1n << 63n;
}

/** `[====^====)` between the columns of base and top. What lies outside the window is marked at its edge. */
function barOf({ address, base, top }: Capability, { low, high }: Window): string {
  const column = (value: bigint) => Number(((value - low) * BigInt(COLUMNS - 1)) / (high - low));
  const within = (value: bigint) => Math.min(COLUMNS - 1, Math.max(0, column(value)));
  const columns = new Array<string>(COLUMNS).fill(" ");
  const [from, to] = [within(base), within(top)];
  // Untagged patterns may have a top below their base: nothing lies between.
  if (from <= to) columns.fill("=", from, to + 1);
  columns[to] = top > high ? ">" : ")";
  columns[from] = base < low ? "<" : from === to ? "|" : "[";
  columns[within(address)] = address < low ? "<" : address > high ? ">" : "^";
  return `|${columns.join("")}|`;
}

function least(one: bigint, other: bigint): bigint {
  return one < other ? one : other;
}

function greatest(one: bigint, other: bigint): bigint {
  return one > other ? one : other;
}

function hex(value: bigint): string {
  return `0x${value.toString(16)}`;
}
