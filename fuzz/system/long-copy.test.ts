import { expect, test } from "vitest";
import { createIntravisor } from "../../impl/intravisor/intravisor.ts";
import { assembleProgram } from "../../model/isa/index.ts";
import type { Action, CvmDescription, Step, StepReport, Value } from "../../model/system-contract.ts";

const MIB = 1 << 20;
const LENGTH = 4 * MIB;
const number = (value: number): Value => ({ kind: "number", value: BigInt(value) });
const data = (offset: number): Value => ({ kind: "at", cvm: null, part: "data", offset: BigInt(offset) });
const by = { cvm: "a", thread: 0 };

test("a copy takes as many machine steps as it needs, byte by byte over mebibytes", () => {
  const assemble = (text: string, capabilityMode: boolean) => assembleProgram(text, { capabilityMode }).words;
  const system = createIntravisor({ assemble });
  const quotas = { threads: 1, handles: 4, grants: 1, endpoints: 0, timers: 0 };
  const cvm: CvmDescription = {
    name: "a",
    size: 16 * MIB,
    codeSize: MIB,
    image: "",
    parent: null,
    quotas,
  };
  const call = (name: string, ...args: Value[]): Action => ({ do: "call", call: name, args });
  const acts: readonly Action[] = [
    { do: "store", address: data(0), size: 8, value: number(0x6b) },
    call("cp_file_advertise", data(0), number(1), data(MIB), number(LENGTH), number(3), data(0), number(0)),
    call("cp_file_probe", data(0), number(1), number(3)),
    { do: "store", address: data(MIB + LENGTH - 8), size: 8, value: number(0x77) },
  ];
  const steps: readonly Step[] = [
    { by: null, event: { do: "create", cvm } },
    ...acts.map((action): Step => ({ by, action })),
  ];
  const reports: StepReport[] = [];
  system.reset();
  for (const step of steps) reports.push(system.step(step, reports));
  // To an odd address: neither side is aligned with the other.
  const read = call(
    "cp_file_pread",
    { kind: "result", step: 3, index: 0 },
    number(0),
    data(8 * MIB + 1),
    number(LENGTH),
  );
  expect(system.begin(by, read, reports)).toBeNull();
  const { end, steps: taken } = system.run(by, 2 ** 31);
  expect(end).toEqual({ kind: "returned", values: [BigInt(LENGTH), 0n, 0n] });
  expect(taken).toBeGreaterThan(6 * LENGTH);
  const last = system.step(
    { by, action: { do: "load", address: data(8 * MIB + 1 + LENGTH - 8), size: 8 } },
    reports,
  );
  expect(last.outcome).toEqual({ kind: "returned", values: [0x77n, 0n, 0n] });
});
