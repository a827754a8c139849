/**
 * Whether every field of a step event and of an end state counts, tried on real ones with one field changed
 * at a time.
 */
import type { compareEvents, compareStates } from "../fuzz/lockstep/compare.ts";
import type { project, records } from "../fuzz/lockstep/project.ts";
import type { MachineState, StepEvent } from "../model/contract.ts";

export interface Compare {
  readonly compareEvents: typeof compareEvents;
  readonly compareStates: typeof compareStates;
}

export interface Project {
  readonly project: typeof project;
  readonly records: typeof records;
}

/** Fields of steps and end states that may be changed without being noticed, by `compare` or by `bytes`. */
export function unnoticedFields(
  events: readonly StepEvent[],
  states: readonly MachineState[],
  compare: Compare,
  bytes: Project,
): string[] {
  const missed = new Set<string>();
  for (const event of events) {
    for (const { field, value } of variations(event)) {
      if (compare.compareEvents(event, value).length === 0) missed.add(`step: ${field}`);
      // A record's place says the order.
      if (field !== "order" && isSameRecord(event, value, bytes)) missed.add(`record: ${field}`);
    }
  }
  for (const state of states) {
    for (const { field, value } of variations(state)) {
      if (compare.compareStates(state, value).length === 0) missed.add(`state: ${field}`);
    }
  }
  return [...missed].sort();
}

/** The fields that are changed in some of these events. */
export function fieldsOf(events: readonly StepEvent[]): ReadonlySet<string> {
  return new Set(events.flatMap((event) => variations(event).map(({ field }) => field)));
}

function isSameRecord(one: StepEvent, other: StepEvent, { project: write, records: room }: Project): boolean {
  const [first, second] = [room(1), room(1)];
  write(one, first, 0);
  write(other, second, 0);
  return first.bytes.equals(second.bytes);
}

/** Copies of a value, each with one leaf changed; places in lists are not told apart. */
function variations<Value extends object>(value: Value): { field: string; value: Value }[] {
  return Object.entries(value).flatMap(([key, one]) => {
    const field = Array.isArray(value) ? "" : key;
    return changed(one).map(({ field: below, value: other }) => ({
      field: [field, below].filter((part) => part !== "").join("."),
      value: (Array.isArray(value) ? value.with(Number(key), other) : { ...value, [key]: other }) as Value,
    }));
  });
}

function changed(value: unknown): { field: string; value: unknown }[] {
  if (typeof value === "boolean") return [{ field: "", value: !value }];
  if (typeof value === "bigint") return [{ field: "", value: value ^ 1n }];
  if (typeof value === "number") return [{ field: "", value: value ^ 1 }];
  // What kind of write it was cannot change alone: one kind has another value than the other.
  if (typeof value === "string" || value === null) return [];
  return variations(value as object);
}
