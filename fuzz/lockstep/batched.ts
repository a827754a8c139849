import { RECORD_BYTES } from "../../impl/engine/record.ts";
import type { MachineUnderTest, StepEvent } from "../../model/contract.ts";
import type { BatchMachine } from "./batch.ts";
import { project, records } from "./project.ts";

/** A batch machine made of any machine, one step at a time: for machines that have no trace of their own. */
export function batched(machine: MachineUnderTest, stepsPerCall: number): BatchMachine {
  const trace = records(stepsPerCall);
  const take = (count: number, step: (at: number) => StepEvent) => {
    trace.bytes.fill(0, 0, count * RECORD_BYTES);
    for (let at = 0; at < count; at++) project(step(at), trace, at);
  };
  return {
    name: machine.name,
    ramBase: machine.ramBase,
    ramSize: machine.ramSize,
    reset: (start) => machine.reset(start),
    load: (address, bytes) => machine.load(address, bytes),
    inject: (word) => machine.inject(word),
    step: () => machine.step(),
    state: () => machine.state(),
    peek: (address, size) => machine.peek(address, size),
    stepsPerCall,
    injectAll: (words, count) => take(count, (at) => machine.inject(words[at]!)),
    runTraced: (count) => take(count, () => machine.step()),
    injectAllQuiet(words, count) {
      for (const word of words.subarray(0, count)) machine.inject(word);
    },
    run(steps) {
      for (let step = 0; step < steps; step++) machine.step();
    },
    recordBytes: trace.bytes,
  };
}
