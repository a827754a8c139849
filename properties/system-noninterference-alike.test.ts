import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Random } from "../fuzz/generate/random.ts";
import { ScriptSource } from "../fuzz/system/generate.ts";
import { stepsOf } from "../fuzz/system/lockstep.ts";
import { withSteps } from "../fuzz/system/oracle/pair/boost.ts";
import { createIntravisor } from "../impl/intravisor/intravisor.ts";
import { createSystemModel } from "../model/intravisor/system.ts";
import { assembleProgram } from "../model/isa/index.ts";
import type { Step, StepReport, SystemScript, SystemUnderTest, Value } from "../model/system-contract.ts";

const assemble = (text: string, capabilityMode: boolean) => assembleProgram(text, { capabilityMode }).words;
const systems: Readonly<Record<string, SystemUnderTest>> = {
  reference: createSystemModel(),
  "machine code": createIntravisor({ assemble }),
};

function run(system: SystemUnderTest, script: SystemScript): readonly StepReport[] {
  system.reset();
  const reports: StepReport[] = [];
  for (const step of stepsOf(script)) reports.push(system.step(step, reports));
  return reports;
}

function generated(index: number): SystemScript {
  const random = new Random("alike");
  random.restart(index);
  return new ScriptSource(random, createSystemModel()).script(60);
}

/** The same data with two names exchanged. */
function swapped<T>(data: T, one: string, other: string): T {
  const swap = (value: unknown): unknown => {
    if (value === one || value === other) return value === one ? other : one;
    if (Array.isArray(value)) return value.map(swap);
    if (typeof value !== "object" || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, swap(inner)]));
  };
  return swap(data) as T;
}

const index = fc.nat(1000);
const few = { numRuns: 6 };

describe.each(Object.keys(systems))("scripts that differ in nothing that matters, on the %s", (name) => {
  const system = systems[name]!;

  // Broken by anything that goes by the name of a cVM instead of its identity.
  test("do the same when two cVMs exchange names", () =>
    fc.assert(
      fc.property(index, (at) => {
        const script = generated(at);
        const [reports, view] = [run(system, script), system.view()];
        expect(swapped(run(system, swapped(script, "a", "b")), "a", "b")).toEqual(reports);
        expect(swapped(system.view(), "a", "b")).toEqual(view);
      }),
      few,
    ));

  // Broken by fault M19: what the gate leaves in registers reaches the next step.
  test("do the same with crossings in between that do nothing", () =>
    fc.assert(
      fc.property(index, fc.array(fc.nat(59), { minLength: 1, maxLength: 8 }), (at, places) => {
        const script = generated(at);
        const [reports, view] = [run(system, script), system.view()];
        const added = [...new Set(places.map((place) => place % script.steps.length))].sort(
          (one, other) => other - one,
        );
        const more = added.reduce((longer, place) => withCrossing(longer, place), script);
        const first = script.cvms.length;
        const extra = new Set(added.map((place, index) => first + place + (added.length - 1 - index)));
        expect(run(system, more).filter((_, step) => !extra.has(step))).toEqual(reports);
        expect(system.view()).toEqual(view);
      }),
      few,
    ));

  // Broken by fault M03: the tail of a copy is a whole word.
  test("leave the same bytes when a copy is made in two", () =>
    fc.assert(
      fc.property(
        fc.nat(99),
        fc.integer({ min: 2, max: 100 }),
        fc.nat(98),
        fc.boolean(),
        (offset, n, cut, reads) => {
          const first = 1 + (cut % (n - 1));
          const whole = copying(reads, [[offset, n]]);
          const parts = copying(reads, [
            [offset, first],
            [offset + first, n - first],
          ]);
          const moved = run(system, whole).at(-1)!.outcome;
          expect(moved).toMatchObject({
            kind: "returned",
            values: [BigInt(Math.min(n, 200 - offset)), 0n, 0n],
          });
          const view = system.view();
          run(system, parts);
          expect(system.view()).toEqual(view);
        },
      ),
      { numRuns: 25 },
    ));
});

/** A call that changes nothing, by whoever acts at that place: refused, if that one cannot act. */
function withCrossing(script: SystemScript, place: number): SystemScript {
  const by = script.steps[place]?.by ?? { cvm: "a", thread: 0 };
  return withSteps(script, place, [{ by, action: { do: "call", call: "thread_self", args: [] } }]);
}

/** b copies pieces, by offset and length, out of a buffer of a's of 200 bytes or into it. */
function copying(reads: boolean, pieces: readonly (readonly [offset: number, n: number])[]): SystemScript {
  const number = (value: number): Value => ({ kind: "number", value: BigInt(value) });
  const data = (offset: number): Value => ({ kind: "at", cvm: null, part: "data", offset: BigInt(offset) });
  const step = (cvm: string, call: string, ...args: Value[]): Step => {
    return { by: { cvm, thread: 0 }, action: { do: "call", call, args } };
  };
  const fill = (cvm: string, offset: number, length: number, seed: number): Step => {
    return { by: { cvm, thread: 0 }, action: { do: "fill", address: data(offset), length, seed } };
  };
  const reader: Step = {
    by: { cvm: "a", thread: 0 },
    action: { do: "store", address: data(0x80), size: 8, value: number(0x1_0000_0001) },
  };
  const quotas = { threads: 1, handles: 2, grants: 1, endpoints: 0, timers: 0 };
  const cvms = ["a", "b"].map((name) => {
    return { name, size: 0x5000, codeSize: 0x3000, image: "", parent: null, quotas };
  });
  const shared: Value = { kind: "result", step: 9, index: 0 };
  const steps = [
    fill("a", 0x40, 8, 3),
    fill("b", 0x40, 8, 3),
    fill("a", 0x200, 200, 7),
    fill("b", 0x401, 250, 9),
    reader,
    step("b", "time"),
    step(
      "a",
      "cp_file_advertise",
      data(0x40),
      number(8),
      data(0x200),
      number(200),
      number(3),
      data(0x80),
      number(1),
    ),
    step("b", "cp_file_probe", data(0x40), number(8), number(3)),
    ...pieces.map(([offset, n]) =>
      step(
        "b",
        reads ? "cp_file_pread" : "cp_file_pwrite",
        shared,
        number(offset),
        data(0x401 + offset),
        number(n),
      ),
    ),
  ];
  return { format: "capwright-script", version: 1, level: "system", cvms, steps, schedule: [] };
}
