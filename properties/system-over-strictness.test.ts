/**
 * What is allowed succeeds, exactly, and an error has a reason: each rule is broken by one refusal, one success, one value
 * or one byte that nothing explains.
 */
import { describe, expect, test } from "vitest";
import { exactRules } from "../fuzz/system/oracle/exact-rules.ts";
import { errorNumbers } from "../model/intravisor/errors.ts";
import type { ErrorName, StepReport } from "../model/system-contract.ts";
import { played, type Tampering } from "./system-tampering.ts";

const failure = (error: ErrorName) => BigInt.asUintN(64, -errorNumbers[error]);

function returns(...values: [bigint, bigint, bigint]): (report: StepReport) => StepReport {
  return (report) => ({ ...report, outcome: { kind: "returned", values } });
}

const breaks: Record<keyof typeof exactRules, Tampering> = {
  errors: { after: "probe", says: returns(failure("EACCES"), 0n, 0n) },
  successes: { after: "bad close", says: returns(0n, 0n, 0n) },
  results: { after: "pwrite", says: returns(63n, 0n, 0n) },
  copies: { after: "pread", does: (hand) => hand.poke(hand.cvm("b").dataBase + 0x2040, [0xff]) },
  entries: {
    after: "enter",
    says: (report) => {
      const { outcome } = report;
      if (outcome.kind !== "entered") return report;
      return { ...report, outcome: { ...outcome, values: outcome.values.with(6, 0x1_0000_0000n) } };
    },
  },
  accesses: {
    after: "buffer",
    says: (report) => ({ ...report, outcome: { kind: "faulted", cause: 0x1cn, value: 0x421n } }),
  },
  events: {
    after: "kill b",
    says: (report) => ({ ...report, outcome: { kind: "done", value: failure("ENOENT") } }),
  },
  wakes: {
    after: "wake",
    says: (report): StepReport => ({
      ...report,
      woken: report.woken.map((one) => ({ ...one, values: [failure("ESTALE"), 0n, 0n] })),
    }),
  },
};

describe("over-strictness of the system", () => {
  test.each(Object.entries(breaks))("%s: is seen where it does not hold", (key, tampering) => {
    const rule = exactRules[key as keyof typeof exactRules];
    const { violation } = played(tampering, ["O"]);
    expect(violation?.rule).toBe(rule.name);
    expect(violation!.text.length).toBeGreaterThan(0);
  });

  test("is none in what is foretold of every step", () => {
    const { violation, judged } = played(null, ["O"]);
    expect(violation).toBeNull();
    expect(judged.counts().filter(({ held, rule }) => held === 0 && rule !== "wakes")).toEqual([]);
  });
});
