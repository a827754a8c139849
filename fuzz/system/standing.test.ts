import { describe, expect, test } from "vitest";
import { hostCalls } from "../../model/intravisor/calls.ts";
import { createSystemModel } from "../../model/intravisor/system.ts";
import type { Step, StepReport, Value } from "../../model/system-contract.ts";
import { SystemReach } from "./reach.ts";
import { rolesOf } from "./reach-tally.ts";
import { roles } from "./standing.ts";
import { impossible, whyNot } from "./standing-rules.ts";

const KEY = 0x900n;
const quotas = { threads: 2, handles: 8, grants: 4, endpoints: 4, timers: 2 };
const number = (value: bigint): Value => ({ kind: "number", value });
const own = (offset: bigint): Value => ({ kind: "at", cvm: null, part: "data", offset });
const result = (step: number): Value => ({ kind: "result", step, index: 0 });

/** Takes steps on the reference, observed. */
function watched() {
  const model = createSystemModel();
  const reach = new SystemReach(model);
  const reports: StepReport[] = [];
  reach.begin();
  const take = (step: Step): number => {
    const before = model.outline();
    const report = model.step(step, reports);
    reach.observe(step, report, before, model.outline());
    return reports.push(report) - 1;
  };
  return {
    reach,
    create: (name: string) =>
      take({
        by: null,
        event: {
          do: "create",
          cvm: { name, size: 0x20000, codeSize: 0x10000, image: "", parent: null, quotas },
        },
      }),
    event: (what: "kill" | "reclaim", cvm: string) => take({ by: null, event: { do: what, cvm } }),
    call: (cvm: string, call: string, ...args: Value[]) =>
      take({ by: { cvm, thread: 0 }, action: { do: "call", call, args } }),
    classesOf: (name: string, outcome: string) =>
      reach
        .rows()
        .find((row) => row.name === name)
        ?.outcomes.find((one) => one.outcome === outcome)?.classes,
  };
}

describe("how callers stand", () => {
  test("says what has become of the cVM that a handle came from", () => {
    const { create, call, event, classesOf, reach } = watched();
    for (const name of ["a", "b"]) create(name);
    for (const name of ["a", "b"]) call(name, "cp_file_probe", own(KEY), number(4n), number(1n));
    expect(classesOf("cp_file_probe", "ENOENT")?.["named"]).toMatchObject({ nobody: 2, running: 0 });
    call(
      "a",
      "cp_file_advertise",
      ...[own(KEY), number(4n), own(0x1000n), number(64n), number(1n), own(0n), number(0n)],
    );
    const handle = call("a", "cp_file_probe", own(KEY), number(4n), number(1n));
    expect(classesOf("cp_file_probe", "ok")?.["named"]).toEqual({ itself: 1, running: 0 });
    call("b", "cp_file_probe", own(KEY), number(4n), number(1n));
    expect(classesOf("cp_file_probe", "EACCES")?.["named"]).toMatchObject({ itself: 0, running: 1 });
    call("a", "cp_file_lseek", result(handle), number(0n), number(0n));
    event("kill", "a");
    call("b", "cp_file_probe", own(KEY), number(4n), number(1n));
    event("reclaim", "a");
    call("b", "cp_file_probe", own(KEY), number(4n), number(1n));
    expect(classesOf("cp_file_probe", "ENOENT")?.["named"]).toMatchObject({ "in quarantine": 1, gone: 1 });
    event("reclaim", "a");
    event("kill", "c");
    expect(classesOf("reclaim", "ENOENT")?.["named"]).toEqual({ gone: 1, nobody: 0 });
    expect(classesOf("kill", "ENOENT")?.["named"]).toEqual({ gone: 0, nobody: 1 });
    expect(classesOf("cp_file_lseek", "ok")).toEqual({
      caller: expect.objectContaining({ "at home": 1 }),
      layer: expect.objectContaining({ alone: 1 }),
      named: { itself: 1, running: 0 },
    });
    expect(reach.undeclared()).toEqual([]);
  });

  test("is nothing that a rule forbids: what is met there counts as not declared", () => {
    const { create, call, reach } = watched();
    create("a");
    call("a", "thread_exit", number(0n));
    expect(reach.undeclared()).toEqual([]);
    const [row] = impossible;
    expect(whyNot("thread_exit", "EPERM", "caller", "at home")).toBe(row?.reason);
    expect(whyNot("thread_exit", "ok", "caller", "at home")).toBeNull();
  });

  test("leaves no rule without something that it forbids", () => {
    const declared = new Map(
      new SystemReach(createSystemModel())
        .rows()
        .map(({ name, outcomes }) => [name, outcomes.map(({ outcome }) => outcome)]),
    );
    expect(hostCalls.every(({ name }) => declared.has(name))).toBe(true);
    for (const { calls, outcomes, role, classes, reason } of impossible) {
      expect(reason).toMatch(/^(I-\d+|3\.\d|events)/);
      expect(classes.filter((one) => !(roles[role] as readonly string[]).includes(one))).toEqual([]);
      for (const call of calls) {
        const of = declared.get(call) ?? [];
        const forbidden = of.filter((outcome) =>
          "allBut" in outcomes ? !outcomes.allBut.includes(outcome) : outcomes.includes(outcome),
        );
        expect([call, forbidden.some((outcome) => rolesOf(call, outcome).includes(role))]).toEqual([
          call,
          true,
        ]);
      }
    }
  });
});
