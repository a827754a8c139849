/** Capabilities as a reader sees them, and what one has that another had not. */
import type { Capability } from "../records.ts";

/** From bit 0 on. */
export const permissions: readonly (readonly [letter: string, name: string])[] = [
  ["G", "global"],
  ["X", "execute"],
  ["R", "load"],
  ["W", "store"],
  ["r", "load capability"],
  ["w", "store capability"],
  ["l", "store local capability"],
  ["S", "seal"],
  ["I", "invoke"],
  ["U", "unseal"],
  ["A", "access system registers"],
  ["C", "set compartment id"],
  ["0", "user 0"],
  ["1", "user 1"],
  ["2", "user 2"],
  ["3", "user 3"],
];

const UNSEALED = 0x3ffff;
const SENTRY = 0x3fffe;

export function sealText({ otype }: Capability): string {
  const type = Number(otype);
  return type === UNSEALED ? "unsealed" : type === SENTRY ? "sentry" : `sealed with type ${otype}`;
}

export function hasPermission({ perms }: Capability, bit: number): boolean {
  return ((BigInt(perms) >> BigInt(bit)) & 1n) === 1n;
}

export interface Range {
  readonly low: bigint;
  readonly high: bigint;
}

/** What a capability covers; nothing where its bounds are upside down. */
export function rangeOf({ base, top }: Capability): Range | null {
  const [low, high] = [BigInt(base), BigInt(top)];
  return low < high ? { low, high } : null;
}

/** What `now` grants and `before` did not: a tag, addresses, permissions, or that it is no longer sealed. */
export interface Gain {
  readonly tag: boolean;
  readonly unsealed: boolean;
  readonly ranges: readonly Range[];
  /** Bits. */
  readonly perms: readonly number[];
}

/** An untagged capability grants nothing, so that nothing is gained with it. */
export function gainOf(now: Capability, before: Capability): Gain {
  if (!now.tag) return { tag: false, unsealed: false, ranges: [], perms: [] };
  const had = before.tag ? rangeOf(before) : null;
  return {
    tag: !before.tag,
    unsealed: Number(now.otype) === UNSEALED && Number(before.otype) !== UNSEALED,
    ranges: outside(rangeOf(now), had),
    perms: permissions
      .map((_, bit) => bit)
      .filter((bit) => hasPermission(now, bit) && !(before.tag && hasPermission(before, bit))),
  };
}

/** The parts of a range that another one does not cover. */
function outside(range: Range | null, had: Range | null): Range[] {
  if (range === null) return [];
  if (had === null) return [range];
  const below = { low: range.low, high: smaller(range.high, had.low) };
  const above = { low: -smaller(-range.low, -had.high), high: range.high };
  return [below, above].filter(({ low, high }) => low < high);
}

function smaller(one: bigint, other: bigint): bigint {
  return one <= other ? one : other;
}

export function isGain({ tag, unsealed, ranges, perms }: Gain): boolean {
  return tag || unsealed || ranges.length > 0 || perms.length > 0;
}

/** `0x1000 to 0x2000, permission store`: what was gained, for those who cannot see red. */
export function gainText({ tag, unsealed, ranges, perms }: Gain): string {
  return [
    ...(tag ? ["its tag"] : []),
    ...(unsealed ? ["is no longer sealed"] : []),
    ...ranges.map(({ low, high }) => `addresses ${hex(low)} to ${hex(high)}`),
    ...(perms.length === permissions.length
      ? ["all permissions"]
      : perms.map((bit) => `permission ${permissions[bit]![1]}`)),
  ].join(", ");
}

export function hex(value: bigint): string {
  return `0x${value.toString(16)}`;
}
