/**
 * What is promised of single-copy objects: each rule is broken by one capability, one byte or one row of a table that is
 * not as it should be, wherever it lies; and none is by what objects are for.
 */
import { describe, expect, test } from "vitest";
import { objectEndRules, objectReachRules, objectStateRules } from "../fuzz/system/oracle/object-rules.ts";
import type { SystemOracleName, SystemRule } from "../fuzz/system/oracle/oracle.ts";
import { perms } from "../impl/intravisor/forge.ts";
import type { ObjectView, SystemView } from "../model/system-contract.ts";
import { type Hand, played, type Tampering } from "./system-tampering.ts";

const READ = perms.load;
const WRITE = perms.load | perms.store;

const objectOf = (hand: Hand): ObjectView => hand.system.outline().objects[0]!;
const stateOf = (hand: Hand, name: string) => {
  const { base, size } = objectOf(hand).bindings.find(({ cvm }) => cvm === name)!;
  return { base: Number(base), size };
};
const textOf = (hand: Hand) => ({ base: Number(objectOf(hand).base), size: objectOf(hand).textSize });
const tableOf = (hand: Hand, name: string) => hand.system.probe.tableOf(hand.cvm(name).slot);
/** A granule of the Intravisor's own that nothing uses. */
const nowhere = (hand: Hand) => tableOf(hand, "a") + hand.system.probe.places.pageSize - 16;
/** The object as it is shown, with something else in it. */
const otherwise = (change: (object: ObjectView) => Partial<ObjectView>) => (view: SystemView) => ({
  ...view,
  objects: view.objects.map((object) => ({ ...object, ...change(object) })),
});

interface Break {
  readonly oracle: SystemOracleName;
  readonly rule: SystemRule;
  readonly tampering: Tampering;
}

const of = (oracle: SystemOracleName, rule: SystemRule, tampering: Tampering): Break => ({
  oracle,
  rule,
  tampering,
});

const breaks: readonly (readonly [title: string, broken: Break])[] = [
  [
    "shared for reading: a capability to store to code (I-95) (I-110)",
    of("M", objectReachRules.shared, {
      after: "count b",
      does: (hand) => hand.plant(nowhere(hand), { ...textOf(hand), perms: WRITE }),
    }),
  ],
  [
    "relocations: a pointer to read-only data that writes (I-96)",
    of("M", objectReachRules.relocations, {
      after: "make",
      does: (hand) => hand.plant(textOf(hand).base + 32, { ...textOf(hand), perms: WRITE }),
    }),
  ],
  [
    "relocations: a pointer of initial data that leads into the state of another (I-112)",
    of("M", objectReachRules.relocations, {
      after: "bind b",
      does: (hand) =>
        hand.plant(stateOf(hand, "b").base + 16, { base: stateOf(hand, "a").base, size: 16, perms: WRITE }),
    }),
  ],
  [
    "CLS tables: a place without its state (I-102)",
    of("M", objectReachRules.tables, { after: "count a", does: (hand) => hand.erase(tableOf(hand, "a")) }),
  ],
  [
    "CLS tables: another client's state (I-103)",
    of("M", objectReachRules.tables, {
      after: "count a",
      does: (hand) => hand.plant(tableOf(hand, "a"), { ...stateOf(hand, "b"), perms: WRITE | perms.loadCap }),
    }),
  ],
  [
    "states: a state that somebody else's table leads to (I-99) (I-103)",
    of("M", objectReachRules.states, {
      after: "count a",
      does: (hand) => hand.plant(nowhere(hand), { ...stateOf(hand, "b"), perms: READ }),
    }),
  ],
  [
    "dead states: a capability that outlives an unbind (I-106)",
    of("T", objectEndRules.gone, {
      after: "unbind b",
      does: (hand) => {
        const { base, size } = stateOf(hand, "a");
        hand.plant(nowhere(hand), { base: base + size + 0x10000, size: 16, perms: READ });
      },
    }),
  ],
  [
    "objects: a reference too many (I-108)",
    of("S", objectStateRules.objects, {
      after: "again",
      shows: otherwise(({ references }) => ({ references: references + 1 })),
    }),
  ],
  [
    "objects: two copies of the same bytes (I-107) (I-115)",
    of("S", objectStateRules.objects, {
      after: "make b",
      shows: (view) => ({ ...view, objects: [...view.objects, { ...view.objects[0]!, number: 1 }] }),
    }),
  ],
  [
    "object places: a state beside the code (I-98)",
    of("S", objectStateRules.places, {
      after: "bind b",
      shows: otherwise((object) => ({
        bindings: object.bindings.map((binding) => ({ ...binding, base: object.base + 4096n })),
      })),
    }),
  ],
  [
    "shared bytes: a byte of code changes (I-95) (I-97)",
    of("S", objectStateRules.bytes, {
      after: "count a",
      does: (hand) => hand.poke(textOf(hand).base, [0]),
    }),
  ],
  [
    "states of clients: one changes without a call of its client (I-99)",
    of("S", objectStateRules.clients, {
      after: "count a",
      does: (hand) => hand.poke(stateOf(hand, "b").base, [99]),
    }),
  ],
  [
    "states of clients: one begins with what another has left (I-105)",
    of("S", objectStateRules.clients, {
      after: "bind b",
      does: (hand) => hand.poke(stateOf(hand, "b").base + 100, [99]),
    }),
  ],
];

describe("single-copy objects", () => {
  test.each(breaks)("%s: is seen", (_, { oracle, rule, tampering }) => {
    const { violation } = played(tampering, [oracle]);
    expect(violation?.rule).toBe(rule.name);
    expect(violation!.text.length).toBeGreaterThan(0);
  });

  // The other half: what objects are for is against no rule, and every rule has something to say of it.
  test("are used without breaking a rule", () => {
    const { violation, judged } = played(null, ["M", "T", "S"]);
    expect(violation).toBeNull();
    const rules = [objectReachRules, objectEndRules, objectStateRules].flatMap((one) => Object.values(one));
    const names = rules.map(({ name }) => name);
    expect(judged.counts().filter(({ rule, held }) => names.includes(rule) && held === 0)).toEqual([]);
  });
});
