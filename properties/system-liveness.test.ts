/** Every call ends, soon, and every wait: each rule is broken by one that does not, or by one that ends twice. */
import { describe, expect, test } from "vitest";
import { livenessRules } from "../fuzz/system/oracle/state-rules.ts";
import { played, type Tampering } from "./system-tampering.ts";

const stopped = { kind: "refused", why: "system stopped" } as const;

const breaks: Record<keyof typeof livenessRules, Tampering> = {
  ends: {
    after: "time",
    says: (report) => ({
      ...report,
      outcome: stopped,
      devices: [{ device: "monitor", cvm: "", data: "it gave up" }],
    }),
  },
  budget: { after: "time", does: (hand) => hand.spin(5000) },
  timeouts: { after: "wake", says: (report) => ({ ...report, woken: [] }) },
  wakeUps: { after: "no wait", says: (report) => ({ ...report, outcome: { kind: "blocked" } }) },
  once: {
    after: "advance",
    says: (report) => ({
      ...report,
      woken: [{ thread: { cvm: "a", thread: 0 }, values: [0n, 0n, 0n] }],
    }),
  },
};

describe("liveness of the system", () => {
  test.each(Object.entries(breaks))("%s: is seen where it does not hold", (key, tampering) => {
    const rule = livenessRules[key as keyof typeof livenessRules];
    const { violation } = played(tampering, ["V"]);
    expect(violation?.rule).toBe(rule.name);
    expect(violation!.text.length).toBeGreaterThan(0);
  });

  test("is not hurt by who waits for time to pass", () => {
    const { violation, judged } = played(null, ["V"]);
    expect(violation).toBeNull();
    expect(judged.counts().filter(({ held }) => held === 0)).toEqual([]);
  });
});
