import type { Capability, MachineState, StepEvent } from "../../model/contract.ts";
import type { FieldDifference } from "../program/finding.ts";

/** How many fields of a difference are kept; the first says what went wrong, the rest is company. */
const FIELDS_MAX = 64;

/**
 * The fields on which two step events differ, in the order of the contract; empty when they agree.
 * Every field counts, the order number too.
 */
export function compareEvents(expect: StepEvent, actual: StepEvent): FieldDifference[] {
  return differences(expect, actual, "");
}

/** The fields on which two end states differ, each path beginning with `state`; empty when they agree. */
export function compareStates(expect: MachineState, actual: MachineState): FieldDifference[] {
  return isSameState(expect, actual) ? [] : differences(byName(expect), byName(actual), "state");
}

/** Whether two states agree in everything: the quick way, without telling what differs. Hot. */
function isSameState(one: MachineState, other: MachineState): boolean {
  return (
    one.pc === other.pc &&
    one.mode === other.mode &&
    one.reservation === other.reservation &&
    isEach(one.registers, other.registers, isSameCapability) &&
    isEach(one.specials, other.specials, (a, b) => a.scr === b.scr && isSameCapability(a.value, b.value)) &&
    isEach(one.csrs, other.csrs, (a, b) => a.number === b.number && a.value === b.value) &&
    isEach(
      one.memory,
      other.memory,
      (a, b) => a.address === b.address && a.data === b.data && a.tag === b.tag,
    )
  );
}

function isEach<Item>(
  some: readonly Item[],
  others: readonly Item[],
  isSame: (one: Item, other: Item) => boolean,
): boolean {
  return some.length === others.length && some.every((one, at) => isSame(one, others[at]!));
}

function isSameCapability(one: Capability, other: Capability): boolean {
  return (
    one.tag === other.tag &&
    one.address === other.address &&
    one.base === other.base &&
    one.top === other.top &&
    one.perms === other.perms &&
    one.otype === other.otype &&
    one.flags === other.flags &&
    one.reserved === other.reserved &&
    one.bounds === other.bounds
  );
}

/** Lists become objects by address or number, so that one missing granule does not shift all that follow. */
function byName(state: MachineState): object {
  return {
    ...state,
    specials: Object.fromEntries(state.specials.map(({ scr, value }) => [scr, value])),
    csrs: Object.fromEntries(state.csrs.map(({ number, value }) => [`0x${number.toString(16)}`, value])),
    memory: Object.fromEntries(
      state.memory.map(({ address, data, tag }) => [`0x${address.toString(16)}`, { data, tag }]),
    ),
  };
}

function differences(expect: object, actual: object, root: string): FieldDifference[] {
  const found: FieldDifference[] = [];
  collect(expect, actual, root, found);
  return found;
}

function collect(expect: unknown, actual: unknown, path: string, found: FieldDifference[]): void {
  if (found.length >= FIELDS_MAX || expect === actual) return;
  if (!isObject(expect) || !isObject(actual)) {
    found.push({ field: path, expect: spell(expect), actual: spell(actual) });
    return;
  }
  for (const key of new Set([...Object.keys(expect), ...Object.keys(actual)])) {
    const joined =
      Array.isArray(expect) || /^[0-9]/.test(key) ? `${path}[${key}]` : path === "" ? key : `${path}.${key}`;
    collect(expect[key], actual[key], joined, found);
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

/** A value as a reader would write it: bigints in hexadecimal, absent things as `none`. */
function spell(value: unknown): string {
  if (value === null || value === undefined) return "none";
  if (typeof value === "bigint")
    return value < 0n ? `-0x${(-value).toString(16)}` : `0x${value.toString(16)}`;
  if (typeof value === "object") {
    const parts = Object.entries(value).map(([key, one]) => `${key} ${spell(one)}`);
    return `{${parts.join(", ")}}`;
  }
  return String(value);
}
