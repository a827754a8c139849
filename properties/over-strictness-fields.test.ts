import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { WordSource } from "../fuzz/generate/word-source.ts";
import { exactOracle } from "../fuzz/oracle/exact/oracle.ts";
import { judgeOf } from "../fuzz/oracle/judge.ts";
import type { StepEvent } from "../model/contract.ts";
import { createModel } from "../model/machine/reference.ts";

const start = { preset: "dii" } as const;
const model = createModel();
const judge = judgeOf([exactOracle(model.ramBase, model.ramSize)]);

/**
 * What a step says of whose authority it used is another oracle's affair; its number and its word are given.
 */
const GIVEN: ReadonlySet<string> = new Set(["order", "word", "authority", "source"]);

type Json = null | boolean | number | bigint | string | readonly Json[] | { readonly [field: string]: Json };

/** Copies of a value that differ in one place: a bit, a tag, or an effect that is left out. */
function changed(value: Json): Json[] {
  if (typeof value === "boolean") return [!value];
  if (typeof value === "bigint") return [value ^ 1n, value ^ (1n << 13n)];
  if (typeof value === "number") return [value ^ 1];
  if (value === null || typeof value === "string") return [];
  if (Array.isArray(value)) {
    const others = value.flatMap((item: Json, at) => changed(item).map((other) => value.with(at, other)));
    return value.length === 0 ? [] : [value.slice(1), ...others];
  }
  return Object.entries(value).flatMap(([field, item]) =>
    changed(item as Json).map((other) => ({ ...value, [field]: other })),
  );
}

/** The event with one change, for every field that the machine chooses. */
function tampered(event: StepEvent): { field: string; event: StepEvent }[] {
  return Object.entries(event).flatMap(([field, value]) => {
    if (GIVEN.has(field) || value === null) return [];
    const others = changed(value as Json);
    if (typeof value === "object" && !Array.isArray(value)) others.push(null);
    return others.map((other) => ({ field, event: { ...event, [field]: other } as StepEvent }));
  });
}

/** The words of a program, with its steps. */
function run(seed: string): StepEvent[] {
  const source = new WordSource(seed, 64);
  source.begin([]);
  model.reset(start);
  const events: StepEvent[] = [];
  for (let word = source.next(model); word >= 0; word = source.next(model)) events.push(model.inject(word));
  return events;
}

/** Whether the last of these steps is objected to. */
function isBroken(events: readonly StepEvent[], last: StepEvent): boolean {
  judge.begin(start, null);
  for (const event of events) expect(judge.step(event)).toBeNull();
  return judge.step(last) !== null;
}

describe("nothing that a step reports is left to the machine", () => {
  // Broken by an oracle that does not look at a field: without the comparison of `reserved`, of `read.tag`,
  // ...
  test("any one field of any step changed is found", () => {
    const seen = new Set<string>();
    fc.assert(
      fc.property(fc.string(), fc.nat(), (seed, choice) => {
        const events = run(seed);
        const at = choice % events.length;
        const all = tampered(events[at]!);
        const one = all[Math.floor(choice / events.length) % all.length]!;
        seen.add(one.field);
        expect(isBroken(events.slice(0, at), one.event), `${one.field} of step ${at}`).toBe(true);
      }),
      { numRuns: 1_000 },
    );
    expect([...seen].sort()).toEqual([
      "cleared",
      "csr",
      "mode",
      "pcAfter",
      "pcBefore",
      "read",
      "register",
      "specials",
      "trap",
      "write",
    ]);
  });
});
