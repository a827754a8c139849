import { expect, test } from "vitest";
import { Random } from "../fuzz/generate/random.ts";
import { ScriptSource } from "../fuzz/system/generate.ts";
import { stepsOf } from "../fuzz/system/lockstep.ts";
import type { Engine } from "../impl/engine/index.ts";
import { createSystemModel } from "../model/intravisor/system.ts";
import type { StepReport } from "../model/system-contract.ts";
import { newSystem } from "./system-town.ts";

const SCRIPTS = 40;
const ARENA_BASE = 0x8090_0000n;
/** Calls with a key and a list: where the two overlap, a byte is read once as part of each. */
const TWO_POINTERS = new Set(["cp_file_advertise", "cp_call_register", "cps_listen"]);

/** Broken by reading an argument twice: once to check it and once to use it. */
test("a call reads no byte of a guest's memory twice, so that nobody changes it in between (I-42)", () => {
  const system = newSystem();
  const { engine } = (system as unknown as { kernel: { engine: Engine } }).kernel;
  const peek = engine.peek.bind(engine);
  let isWatching = false;
  let reads = 0;
  const times = new Map<bigint, number>();
  const twice: string[] = [];
  let what = "";
  const watched: Engine["peek"] = (address, size) => {
    if (isWatching && address >= ARENA_BASE) {
      for (let at = address; at < address + BigInt(size); at++) {
        const count = (times.get(at) ?? 0) + 1;
        if (count > (TWO_POINTERS.has(what) ? 2 : 1)) twice.push(`${what}: 0x${at.toString(16)}`);
        times.set(at, count);
        reads++;
      }
    }
    return peek(address, size);
  };
  Object.assign(engine, { peek: watched });

  const source = new ScriptSource(new Random("single fetch"), createSystemModel());
  for (let script = 0; script < SCRIPTS; script++) {
    const reports: StepReport[] = [];
    system.reset();
    for (const step of stepsOf(source.script(60))) {
      what = step.by === null ? step.event.do : step.action.do === "call" ? step.action.call : step.action.do;
      isWatching = step.by !== null && step.action.do === "call";
      times.clear();
      reports.push(system.step(step, reports));
      isWatching = false;
    }
  }
  expect(twice.slice(0, 5)).toEqual([]);
  expect(reads).toBeGreaterThan(1000);
});
