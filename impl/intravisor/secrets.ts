/** What a cVM keeps to itself, to be changed from outside: for two systems that differ in nothing else. */
import type { RegisterFile, Secrets, ThreadName } from "../../model/system-contract.ts";
import { integerIn, setIntegerIn, taggedIn } from "../engine/hart.ts";
import { blockOf } from "./domain.ts";
import { PRESERVED } from "./gate-code.ts";
import type { Kernel } from "./kernel.ts";
import { block } from "./layout.ts";
import type { Thread } from "./tables.ts";

const REGISTERS = 31;
const RA = 1;

export class KernelSecrets implements Secrets {
  private readonly kernel: Kernel;

  constructor(kernel: Kernel) {
    this.kernel = kernel;
  }

  read(cvm: string, offset: number, length: number): Uint8Array {
    return this.kernel.engine.hart.ramIn(this.place(cvm, offset, length), length);
  }

  overwrite(cvm: string, offset: number, bytes: Uint8Array): void {
    this.kernel.engine.load(this.place(cvm, offset, bytes.length), bytes);
  }

  registers({ cvm, thread }: ThreadName): RegisterFile[] {
    const found = this.find(cvm, thread);
    if (found === undefined) return [];
    return found.frames.map((frame, depth) => ({
      cvm: frame.cvm.name,
      words: this.isOut(found, depth) ? preservedIn(this.kept(found, depth)) : wordsIn(found.context),
    }));
  }

  setRegisters({ cvm, thread }: ThreadName, depth: number, words: BigUint64Array): void {
    const found = this.find(cvm, thread);
    if (found?.frames[depth] === undefined) return;
    if (!this.isOut(found, depth)) {
      for (let register = 1; register <= REGISTERS; register++) {
        if (taggedIn(found.context, register) === null) {
          setIntegerIn(found.context, register, words[2 * (register - 1)]!);
        }
      }
      const of = (register: number) => words[2 * (register - 1)]!;
      this.kernel.departures.temporaries = { thread: found, of };
      return;
    }
    const kept = this.kept(found, depth);
    const view = new DataView(kept.buffer, kept.byteOffset);
    // A client goes on by ra when its object has come back: that is its stub's, not its own.
    const isClient = found.frames[depth + 1]?.suspended != null;
    for (const [place, register] of PRESERVED.entries()) {
      if (!(isClient && register === RA)) view.setBigUint64(8 * place, words[2 * (register - 1)]!, true);
    }
    const place = placeOf(found, depth);
    if (place !== null) this.kernel.engine.load(place, kept);
  }

  machineSteps(): number {
    return this.kernel.engine.hart.taken;
  }

  private place(name: string, offset: number, length: number): bigint {
    const cvm = this.kernel.tables.cvms.find((one) => one?.name === name);
    if (!cvm || offset < 0 || offset + length > cvm.dataSize) {
      throw new RangeError(`${name}: there are no ${length} bytes at ${offset}`);
    }
    return BigInt(cvm.dataBase + offset);
  }

  private find(name: string, number: number): Thread | undefined {
    const thread = this.kernel.tables.cvms.find((one) => one?.name === name)?.threads[number];
    return thread?.state === "dead" ? undefined : thread;
  }

  /** Whether what the domain will find is not in the thread's context: it waits in the gate, or is in a callee. */
  private isOut({ state, frames }: Thread, depth: number): boolean {
    return depth < frames.length - 1 || state === "blocked";
  }

  /** The integers that the gate, or the way out of objects, gives back to the domain at this depth. */
  private kept(thread: Thread, depth: number): Uint8Array {
    const size = PRESERVED.length * 8;
    const place = placeOf(thread, depth);
    return place === null
      ? thread.frames[depth + 1]!.caller!.integers.subarray(0, size)
      : this.kernel.engine.peek(place, size);
  }
}

/**
 * Where they are in memory: on the trusted object stack of a client that was called back, or in the thread's block; null
 * if they were put aside when the thread left for a callee.
 */
function placeOf(thread: Thread, depth: number): bigint | null {
  const above = thread.frames[depth + 1];
  if (above === undefined) return BigInt(blockOf(thread) + block.preserved);
  return above.suspended === null ? null : BigInt(thread.objectPage + thread.frames[depth]!.objects);
}

function wordsIn(context: Uint8Array): BigUint64Array {
  const words = new BigUint64Array(2 * REGISTERS);
  for (let register = 1; register <= REGISTERS; register++) {
    words[2 * register - 2] = integerIn(context, register);
    words[2 * register - 1] = taggedIn(context, register)?.high ?? 0n;
  }
  return words;
}

function preservedIn(kept: Uint8Array): BigUint64Array {
  const words = new BigUint64Array(2 * REGISTERS);
  const view = new DataView(kept.buffer, kept.byteOffset);
  for (const [place, register] of PRESERVED.entries()) {
    words[2 * register - 2] = view.getBigUint64(8 * place, true);
  }
  return words;
}
