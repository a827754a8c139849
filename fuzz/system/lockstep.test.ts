import { describe, expect, test } from "vitest";
import { createIntravisor } from "../../impl/intravisor/intravisor.ts";
import { createSystemModel } from "../../model/intravisor/system.ts";
import { assembleProgram } from "../../model/isa/index.ts";
import type { CvmDescription, Step, SystemScript, ThreadName, Value } from "../../model/system-contract.ts";
import { compareSystems, differences, stepsOf } from "./lockstep.ts";

const quotas = { threads: 3, handles: 16, grants: 4, endpoints: 4, timers: 2 };
const A = { cvm: "a", thread: 0 };
const B = { cvm: "b", thread: 0 };
const KEY = 0x6b6579;

function cvm(name: string, size = 0x10000): CvmDescription {
  return { name, size, codeSize: 0x4000, image: "", parent: null, quotas };
}

const number = (value: number): Value => ({ kind: "number", value: BigInt(value) });
const data = (offset: number, name: string | null = null): Value => ({
  kind: "at",
  cvm: name,
  part: "data",
  offset: BigInt(offset),
});
const result = (step: number, index = 0): Value => ({ kind: "result", step, index });

function call(by: ThreadName, name: string, ...args: Value[]): Step {
  return { by, action: { do: "call", call: name, args } };
}

function store(by: ThreadName, address: Value, value: Value): Step {
  return { by, action: { do: "store", address, size: 8, value } };
}

const script: SystemScript = {
  format: "capwright-script",
  version: 1,
  level: "system",
  cvms: [cvm("a"), cvm("b")],
  steps: [
    call(A, "exception_register", { kind: "at", cvm: null, part: "code", offset: 0x1000n }),
    call(B, "thread_self"),
    store(A, data(0), number(KEY)),
    { by: A, action: { do: "fill", address: data(0x100), length: 100, seed: 3 } },
    { by: A, action: { do: "load", address: data(0, "b"), size: 8 } },
    store(A, data(16), result(3, 1)),
    // Step 8: the grant, and then the other side of it.
    call(
      A,
      "cp_file_advertise",
      data(0),
      number(3),
      data(0x100),
      number(100),
      number(3),
      data(16),
      number(1),
    ),
    store(B, data(0), number(KEY)),
    call(B, "cp_file_probe", data(0), number(3), number(3)),
    call(B, "cp_file_pread", result(10), number(3), data(0x205), number(200)),
    call(B, "cp_file_pwrite", result(10), number(90), data(0x200), number(50)),
    call(B, "cp_file_pwrite", result(10), number(100), data(0x200), number(50)),
    call(B, "cp_file_pread", result(10), number(3), data(0xbff0), number(97)),
    call(B, "cp_file_pread", result(10), number(3), data(0xc000 - 97), number(97)),
    call(B, "cp_file_wait", result(10), number(0), number(1000)),
    call(B, "time"),
    call(A, "cp_file_notify", result(8)),
    call(A, "cp_file_revoke", result(8)),
    call(B, "cp_file_pread", result(10), number(3), data(0x205), number(2)),
    call(A, "sleep", number(50)),
    { by: null, event: { do: "advance", ns: 5000n } },
    { by: null, event: { do: "kill", cvm: "a" } },
    { by: null, event: { do: "reclaim", cvm: "a" } },
    { by: null, event: { do: "create", cvm: cvm("c", 0x20000) } },
    { by: B, action: { do: "call-number", number: 999n, args: [] } },
    call(B, "exit", number(0)),
  ],
  schedule: [],
};

const createSystem = () =>
  createIntravisor({ assemble: (text, capabilityMode) => assembleProgram(text, { capabilityMode }).words });

describe("the two systems", () => {
  test("agree on a script with a grant, its use, its end and a death", () => {
    expect(compareSystems(script, createSystemModel(), createSystem())).toBeNull();
  });

  test("say what such a script says", () => {
    const model = createSystemModel();
    const told: ReturnType<typeof model.step>[] = [];
    for (const step of stepsOf(script)) told.push(model.step(step, told));
    expect(told[6]!.outcome).toEqual({ kind: "faulted", cause: 0x1cn, value: 0x421n });
    expect(told[11]!.outcome).toEqual({ kind: "returned", values: [97n, 0n, 0n] });
    expect(told[20]!.outcome).toEqual({ kind: "returned", values: [BigInt.asUintN(64, -116n), 0n, 0n] });
  });
});

describe("differences", () => {
  test("name each leaf by its path", () => {
    expect(differences("view", { a: [1n, { b: "x" }] }, { a: [2n, { b: "y" }] })).toEqual([
      { field: "view.a[0]", expect: "0x1", actual: "0x2" },
      { field: "view.a[1].b", expect: "x", actual: "y" },
    ]);
  });
});
