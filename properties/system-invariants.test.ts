/** Tables and memory are as they were declared: every rule is broken by one entry or one byte that is not. */
import { describe, expect, test } from "vitest";
import { stateRules } from "../fuzz/system/oracle/state-rules.ts";
import type { SystemView } from "../model/system-contract.ts";
import { played, type Tampering } from "./system-tampering.ts";

type CvmView = SystemView["cvms"][number];

/** Shows one cVM otherwise than it is. */
function otherwise(
  name: string,
  change: (cvm: CvmView) => Partial<CvmView>,
): (view: SystemView) => SystemView {
  return (view) => ({
    ...view,
    cvms: view.cvms.map((cvm) => (cvm.name === name ? { ...cvm, ...change(cvm) } : cvm)),
  });
}

const breaks: Record<keyof typeof stateRules, Tampering> = {
  ranges: { after: "create b", shows: otherwise("b", ({ base }) => ({ base: base - 0x1000n })) },
  identities: {
    after: "create b again",
    shows: otherwise("b", ({ generation }) => ({ generation: generation + 1 })),
  },
  keys: {
    after: "taken",
    says: (report) => ({ ...report, outcome: { kind: "returned", values: [0x1_0001n, 0n, 0n] } }),
    shows: (view) => {
      const second = { ...view.grants[0]!, rights: "r", epoch: 0n, holders: ["a"] } as const;
      const cvms = view.cvms.map((cvm) =>
        cvm.name === "a"
          ? { ...cvm, handles: [...cvm.handles, { handle: 0x1_0001n, what: "grant", stale: false }] }
          : cvm,
      );
      return { ...view, cvms, grants: [...view.grants, second] };
    },
  },
  grants: { after: "advertise", shows: (view) => ({ ...view, grants: [] }) },
  endpoints: {
    after: "enter",
    shows: (view) => ({ ...view, endpoints: view.endpoints.map((one) => ({ ...one, active: 2 })) }),
  },
  streams: { after: "connect", shows: (view) => ({ ...view, streams: [] }) },
  tickets: { after: "ticket", shows: (view) => ({ ...view, tickets: [] }) },
  devices: { after: "time", shows: otherwise("a", () => ({ handler: 4n })) },
  handles: { after: "probe", shows: otherwise("b", () => ({ handles: [] })) },
  records: { after: "probe", does: (hand) => hand.poke(hand.recordOf("b", 0) + 16, [9]) },
  threads: {
    after: "sleep",
    shows: otherwise("a", ({ threads }) => ({
      threads: threads.map((thread) => ({ ...thread, state: "ready" })),
    })),
  },
  stacks: {
    after: "enter",
    does(hand) {
      (hand.thread("b.0").frames[1] as { stack: number }).stack = 0;
    },
  },
  quotas: {
    after: "probe",
    shows: otherwise("b", ({ handles }) => ({ handles: new Array(9).fill(handles[0]!) })),
  },
  time: { after: "advance", shows: (view) => ({ ...view, time: view.time + 1n }) },
  failure: { after: "bad close", shows: (view) => ({ ...view, endpoints: [] }) },
  memory: { after: "last", does: (hand) => hand.poke(hand.cvm("a").dataBase + 0x2000, [1]) },
  code: { after: "last", does: (hand) => hand.poke(hand.cvm("a").codeBase + 0x10, [1]) },
};

describe("tables and memory", () => {
  test.each(Object.entries(breaks))("%s: is seen where it does not hold", (key, tampering) => {
    const rule = stateRules[key as keyof typeof stateRules];
    const { violation } = played(tampering, ["S"]);
    expect(violation?.rule).toBe(rule.name);
    expect(violation!.text.length).toBeGreaterThan(0);
  });

  // The other half: what is declared is there.
  test("are as they were declared", () => {
    const { violation, judged } = played(null, ["S"]);
    expect(violation).toBeNull();
    expect(judged.counts().filter(({ held }) => held === 0)).toEqual([]);
  });
});
