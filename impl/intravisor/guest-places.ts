/** Where a thread can stand in code that the Intravisor has put there: the gate, the guest stubs, the way into objects. */
import { pcIn } from "../engine/hart.ts";
import type { Engine } from "../engine/index.ts";
import { isObjectCode } from "../sco/program.ts";
import { blockOf } from "./domain.ts";
import { BLOCK_BYTES, block, GATE_AT, GATE_SIZE } from "./layout.ts";
import type { Program } from "./program.ts";
import { domainOf, type Thread } from "./tables.ts";

export class GuestPlaces {
  private readonly gate: Program["labels"];
  private readonly stubs: Program["labels"];

  constructor(gate: Program, stubs: Program) {
    this.gate = gate.labels;
    this.stubs = stubs.labels;
  }

  /** Address of the instruction by which the gate asks for a call to be served. */
  get ask(): number {
    return GATE_AT + this.gate["ask"]!;
  }

  /** Where the gate goes on when a call has been served. */
  get back(): number {
    return GATE_AT + this.gate["return"]!;
  }

  /** Where the gate traps that has been entered with the block of another thread. */
  get refuse(): number {
    return GATE_AT + this.gate["refuse"]!;
  }

  /** The last instruction of the gate on its way out: it jumps where the guest wants to. */
  get out(): number {
    return this.refuse - 4;
  }

  /** Where the gate goes on that enters a callee. */
  get wayIn(): bigint {
    return BigInt(GATE_AT + this.gate["enter"]!);
  }

  /** Machine steps from there to the first instruction of the callee. */
  get stepsIn(): number {
    return (this.gate["refuse"]! - this.gate["enter"]!) / 4;
  }

  /** Offset of a stub's label in a code part. */
  stub(label: string): number {
    return this.stubs[label]!;
  }

  /** Whether an offset in a code part is in what copies. */
  private isCopy(at: number): boolean {
    return at >= this.stub("copy") && at < this.stub("leave");
  }

  /** Where a stub goes on that has lost, at this offset, what it copies or calls through; null if it does neither there. */
  lateAt(at: number): "stale" | "noObject" | null {
    if (this.isCopy(at)) return "stale";
    return at === this.stub("invoke") ? "noObject" : null;
  }

  /** Where a thread stands; a copy is one by a stub. */
  of(thread: Thread): "code" | "copy" | "gate" | null {
    if (thread.state === "dead") return null;
    const pc = pcIn(thread.context);
    if (isGate(pc) || isObjectCode(pc)) return "gate";
    return this.isCopy(Number(pc) - domainOf(thread).codeBase) ? "copy" : "code";
  }
}

export function isGate(pc: bigint): boolean {
  return pc >= BigInt(GATE_AT) && pc < BigInt(GATE_AT + GATE_SIZE);
}

/** What a thread in the gate asks for. */
export function askedBy(
  engine: Engine,
  thread: Thread,
): { readonly number: bigint; readonly args: bigint[] } {
  const words = new BigUint64Array(engine.peek(BigInt(blockOf(thread)), BLOCK_BYTES).buffer);
  const first = block.arguments / 8;
  return { number: words[block.number / 8]!, args: Array.from(words.subarray(first, first + 8)) };
}
