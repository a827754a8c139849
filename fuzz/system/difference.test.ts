import { describe, expect, test } from "vitest";
import { createIntravisor } from "../../impl/intravisor/intravisor.ts";
import { createSystemModel } from "../../model/intravisor/system.ts";
import { assembleProgram } from "../../model/isa/index.ts";
import type { CvmDescription, Step } from "../../model/system-contract.ts";
import { isEqual } from "./difference.ts";

describe("two that were equal", () => {
  const part = { list: [1n, 2n] };
  const [one, other] = [
    { part, time: 0n },
    { part: { list: [1n, 2n] }, time: 0n },
  ];

  test("still are where both are the same objects", () => {
    expect(isEqual({ ...one, time: 1n }, { ...other, time: 1n }, one, other)).toBe(true);
  });

  test("are looked at again where only one of them is", () => {
    const changed = { part: { list: [1n, 3n] }, time: 0n };
    expect(isEqual(one, changed, one, other)).toBe(false);
    expect(isEqual(changed, other, one, other)).toBe(false);
    expect(isEqual({ ...one, time: 1n }, { ...other, time: 2n }, one, other)).toBe(false);
    expect(isEqual({ part, more: 1, time: 0n }, other, one, other)).toBe(false);
  });
});

describe("outlines", () => {
  const assemble = (text: string, capabilityMode: boolean) => assembleProgram(text, { capabilityMode }).words;
  const quotas = { threads: 2, handles: 4, grants: 1, endpoints: 1, timers: 1 };
  const cvm: CvmDescription = { name: "a", size: 0x8000, codeSize: 0x4000, image: "", parent: null, quotas };
  const by = { cvm: "a", thread: 0 };
  const call = (name: string): Step => ({ by, action: { do: "call", call: name, args: [] } });

  test.each([createSystemModel(), createIntravisor({ assemble })])("of $name show each change", (system) => {
    system.reset();
    system.step({ by: null, event: { do: "create", cvm } }, []);
    const first = system.outline();
    system.step(call("time"), []);
    const second = system.outline();
    expect(second.cvms[0]).toBe(first.cvms[0]);
    system.step({ by: null, event: { do: "advance", ns: 1n } }, []);
    expect(system.outline()).toEqual({ ...first, time: 1n });
    system.step({ by: null, event: { do: "kill", cvm: "a" } }, []);
    const last = system.outline();
    expect(last.cvms[0]!.state).toBe("quarantine");
    expect(last.cvms[0]!.threads[0]!.state).toBe("dead");
    expect(first.cvms[0]!.state).toBe("running");
  });
});
