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
  turns: {
    after: "let in",
    says: (report) => ({
      ...report,
      woken: report.woken.map((one) => ({ ...one, thread: { cvm: "b", thread: 2 } })),
    }),
    shows: (view) => ({
      ...view,
      cvms: view.cvms.map((cvm) =>
        cvm.name === "b"
          ? {
              ...cvm,
              threads: cvm.threads.map((one, at) => ({
                ...one,
                domains: cvm.threads[at ^ 3]?.domains ?? one.domains,
              })),
            }
          : cvm,
      ),
    }),
  },
  devices: {
    after: "write",
    says: (report) => ({
      ...report,
      devices: report.devices.map((line) => ({ ...line, data: line.data.slice(2) })),
    }),
  },
  handlers: { after: "fault", does: (hand) => hand.set("b.0", 2, 0xffff_ffffn) },
};

/** Ends of waits that nothing explains: each is one more way in which a wait can be wrong. */
const untold: Readonly<Record<string, Tampering>> = {
  "a sleep that a timer of nobody's ends": {
    after: "wake",
    says: (report) => ({
      ...report,
      woken: report.woken.map((one) => ({ ...one, values: [failure("EINTR"), 0n, 0n] })),
    }),
  },
  "a sleep that is over too early": {
    after: "advance",
    says: (report) => ({ ...report, woken: [{ thread: { cvm: "a", thread: 1 }, values: [0n, 0n, 0n] }] }),
  },
  "a call that goes in with other integers": {
    after: "let in",
    says: (report) => ({ ...report, woken: report.woken.map((one) => ({ ...one, values: [7n, 8n, 0n] })) }),
  },
};

describe("over-strictness of the system", () => {
  test.each(Object.entries(breaks))("%s: is seen where it does not hold", (key, tampering) => {
    const rule = exactRules[key as keyof typeof exactRules];
    const { violation } = played(tampering, ["O"]);
    expect(violation?.rule).toBe(rule.name);
    expect(violation!.text.length).toBeGreaterThan(0);
  });

  test.each(Object.entries(untold))("%s: is seen", (_, tampering) => {
    expect(played(tampering, ["O"]).violation?.rule).toBe(exactRules.wakes.name);
  });

  test("is none in what is foretold of every step", () => {
    const { violation, judged } = played(null, ["O"]);
    expect(violation).toBeNull();
    expect(judged.counts().filter(({ held, rule }) => held === 0 && rule !== "wakes")).toEqual([]);
  });
});
