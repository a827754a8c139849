import type { Engine } from "../../impl/engine/index.ts";
import type { MachineUnderTest } from "../../model/contract.ts";
import { type Observation, observe, observeRecord } from "./observation.ts";

/** Takes what a machine did of one word. */
export type Send = (seen: Observation) => void;

/** Injects words into a machine, many in one call if it can do that. */
export interface Injector {
  /** Back to the DII reset state. */
  reset(): void;
  /** Adds a word to the batch; observations may come now or later, in order. */
  add(word: number, send: Send): void;
  /** Ends the batch: every word added has been observed then. */
  flush(send: Send): void;
}

export function injector(machine: MachineUnderTest): Injector {
  return isEngine(machine) ? batchInjector(machine) : stepInjector(machine);
}

function isEngine(machine: MachineUnderTest): machine is Engine {
  return "injectAll" in machine;
}

function stepInjector(machine: MachineUnderTest): Injector {
  return {
    reset: () => machine.reset({ preset: "dii" }),
    add: (word, send) => send(withLastGranule(observe(machine.inject(word)), machine)),
    flush: () => undefined,
  };
}

function batchInjector(engine: Engine): Injector {
  const words = new Uint32Array(engine.stepsPerCall);
  let count = 0;
  let order = 0;
  return {
    reset() {
      engine.reset({ preset: "dii" });
      order = 0;
    },
    add(word, send) {
      words[count++] = word;
      // What CLoadTags read must be looked up before a later word changes it.
      if (count === words.length || isLoadTags(word)) flush(send);
    },
    flush,
  };

  function flush(send: Send): void {
    engine.injectAll(words, count);
    for (let index = 0; index < count; index++) {
      send(withLastGranule(observeRecord(engine.records, index, order++), engine));
    }
    count = 0;
  }
}

/** No event holds the data that CLoadTags read last, but on the wire it is a read like others. */
function withLastGranule(seen: Observation, machine: MachineUnderTest): Observation {
  if (seen.mem_rmask !== 0xffff || !isLoadTags(Number(seen.insn))) return seen;
  let data = 0n;
  for (const byte of machine.peek(seen.mem_addr, 16).reverse()) data = (data << 8n) | BigInt(byte);
  return { ...seen, mem_rdata: data };
}

function isLoadTags(word: number): boolean {
  return (word & 0xfff0707f) === (0xff20005b | 0);
}
