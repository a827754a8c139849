/** What is over is over (4.6): every rule is broken by something that is still there. */
import { describe, expect, test } from "vitest";
import { temporalRules } from "../fuzz/system/oracle/temporal-rules.ts";
import { perms } from "../impl/intravisor/forge.ts";
import { played, type Tampering } from "./system-tampering.ts";

const DATA = perms.load | perms.store;

const breaks: Record<keyof typeof temporalRules, Tampering> = {
  frames: {
    after: "return",
    does(hand) {
      const { dataBase } = hand.cvm("b");
      const at = hand.blockOf("b.0") + hand.system.probe.places.block.buffer;
      hand.plant(at, { base: dataBase + 0x3000, size: 0x80, perms: DATA });
    },
  },
  revoked: {
    after: "revoke",
    does(hand) {
      const { dataBase } = hand.cvm("a");
      hand.plant(hand.recordOf("b", 0), { base: dataBase + 0x1000, size: 0x100, perms: DATA });
    },
  },
  handles: { after: "closed again", says: (report) => ({ ...report, outcome: returned(0n) }) },
  created: {
    after: "create b again",
    does: (hand) => hand.poke(hand.cvm("b").dataBase + 0x10, [1]),
  },
  reclaimed: {
    after: "reclaim b",
    does(hand) {
      // b lay behind a, with a guard between.
      const { codeBase, codeSize, dataSize } = hand.cvm("a");
      hand.poke(codeBase + codeSize + dataSize + 0x1000 + 0x10, [1]);
    },
  },
  dead: {
    after: "kill b",
    shows: (view) => ({
      ...view,
      cvms: view.cvms.map((cvm) =>
        cvm.name === "a"
          ? cvm
          : { ...cvm, threads: cvm.threads.map((thread) => ({ ...thread, state: "ready" })) },
      ),
    }),
  },
  started: { after: "create thread", does: (hand) => hand.set("a.1", 9, 5n) },
};

function returned(value: bigint) {
  return { kind: "returned", values: [value, 0n, 0n] } as const;
}

describe("what is over", () => {
  test.each(Object.entries(breaks))("%s: is seen where it does not hold", (key, tampering) => {
    const rule = temporalRules[key as keyof typeof temporalRules];
    const { violation } = played(tampering, ["T"]);
    expect(violation?.rule).toBe(rule.name);
    expect(violation!.text.length).toBeGreaterThan(0);
  });

  // The other half: what is not over stays.
  test("is only what has ended", () => {
    const { violation, judged } = played(null, ["T"]);
    expect(violation).toBeNull();
    expect(judged.counts().filter(({ held }) => held === 0)).toEqual([]);
  });
});
