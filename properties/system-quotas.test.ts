import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { errorOf } from "../fuzz/system/listing.ts";
import { createSystemModel } from "../model/intravisor/system.ts";
import { type Attack, attacks, EVE } from "./system-quotas-attacks.ts";
import { ALICE, BOB, work } from "./system-quotas-workload.ts";
import { newSystem, Town } from "./system-town.ts";

const system = newSystem();

function town(): Town {
  const made = new Town(system);
  for (const cvm of [EVE, ALICE, BOB]) expect(made.create(cvm)).toBe(0n);
  return made;
}

/** Three rounds of work after as many of an attack, or in peace. */
function rounds(attack: Attack): { heard: unknown; left: unknown } {
  const place = town();
  const heard = [0, 1, 2].map(() => {
    attack(place);
    return work(place);
  });
  const { cvms, grants, endpoints } = system.view();
  const others = cvms.filter(({ name }) => name !== EVE.name).map((cvm) => ({ ...cvm, packets: [] }));
  const ofOthers = [...grants, ...endpoints].filter(({ owner }) => owner !== EVE.name);
  return { heard, left: { others, ofOthers } };
}

describe("one cVM that uses up", () => {
  const peace = rounds(() => {});

  test.each(Object.keys(attacks))("%s: others hear and hold what they would without it", (name) => {
    expect(rounds(attacks[name]!)).toEqual(peace);
  });

  test.each(Object.keys(attacks))("%s: no table grows with its tries", (name) => {
    const place = town();
    const attack = attacks[name]!;
    for (let round = 0; round < 2; round++) attack(place);
    const before = system.probe.census();
    for (let round = 0; round < 8; round++) attack(place);
    expect(system.probe.census()).toEqual(before);
  });
});

describe("what is measured here", () => {
  test("all that others do works in peace", () => {
    const heard = work(town());
    const failures = heard.filter(
      ({ outcome }) => outcome.kind === "returned" && BigInt.asIntN(64, outcome.values[0]) < 0n,
    );
    // Only the ticket of a call that nobody serves.
    const errors = failures.map(({ outcome }) => outcome.kind === "returned" && errorOf(outcome.values[0]));
    expect(errors).toEqual(["ETIMEDOUT", "ECONNRESET"]);
    expect(heard.length).toBeGreaterThan(50);
  });

  test.each(Object.keys(attacks))("%s: comes to where no more is to be had", (name) => {
    const place = town();
    const begun = place.heard.length;
    attacks[name]!(place);
    const isRefused = ({ outcome }: (typeof place.heard)[number]) =>
      outcome.kind === "refused" ||
      (outcome.kind === "returned" && BigInt.asIntN(64, outcome.values[0]) < 0n);
    const isBoundless = name === "console" || name === "faults";
    expect(place.heard.slice(begun).some(isRefused)).toBe(!isBoundless);
  });
});

/** Numbers of calls: those there are, those beside them, and any. */
const numbers = fc.oneof(
  { weight: 6, arbitrary: fc.bigInt({ min: 0n, max: 64n }) },
  fc.constantFrom(1n << 31n, 1n << 32n, (1n << 63n) - 1n, 1n << 63n, (1n << 64n) - 1n),
  fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }),
);

const OFFSETS = [0n, 1n, 8n, -1n, -8n, 0x4000n, 0x8000n - 8n, 0x8000n - 7n, 0x8000n];
/** Places of the Intravisor's own: its first page, the gate, the copier, blocks, what is behind the arena. */
const PRIVATE = [0x8000_0000n, 0x8000_1000n, 0x8000_4000n, 0x8001_0000n, 0x8088_0000n, 0x8400_0000n - 8n];
const place = fc.record({
  kind: fc.constant("at" as const),
  cvm: fc.constantFrom(null, "alice", "bob"),
  part: fc.constantFrom("code" as const, "data" as const),
  offset: fc.constantFrom(...OFFSETS),
});
const number = fc
  .oneof(
    fc.constantFrom(0n, 1n, 2n, 3n, 8n, 64n, 65n, 512n, 0x1_0000n, 0x1_0001n, 1n << 32n, ...PRIVATE),
    fc.constantFrom(
      1n << 47n,
      (1n << 47n) + 1n,
      (1n << 63n) - 1n,
      1n << 63n,
      (1n << 64n) - 8n,
      (1n << 64n) - 1n,
    ),
    fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }),
  )
  .map((value) => ({ kind: "number" as const, value }));
const argument = fc.oneof(place, number);

describe("every call returns, or waits and can be ended", () => {
  test("whatever its number and arguments are, and whoever else calls then is served", () => {
    const both = new Town(createSystemModel(), system);
    for (const cvm of [EVE, ALICE, BOB]) expect(both.create(cvm)).toBe(0n);
    const eve = { cvm: EVE.name, thread: 0 };
    const kinds = new Set<string>();
    fc.assert(
      fc.property(numbers, fc.array(argument, { maxLength: 8 }), (called, args) => {
        const { outcome } = both.take({ by: eve, action: { do: "call-number", number: called, args } });
        kinds.add(outcome.kind);
        expect(both.call({ cvm: ALICE.name, thread: 0 }, "net_poll", 0)).toBeGreaterThan(0n);
        const { outcome: next } = both.take({ by: eve, action: { do: "call", call: "time", args: [] } });
        if (next.kind !== "returned") both.bury(EVE.name);
        expect(next.kind === "returned" || both.create(EVE) === 0n).toBe(true);
      }),
      { numRuns: 3000, seed: 43 },
    );
    expect([...kinds].sort()).toEqual(["blocked", "returned"]);
    expect(both.disagreements("view")).toEqual([]);
  });
});
