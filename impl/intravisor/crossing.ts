/**
 * Threads that go to another cVM and come back: the trusted stack. The gate only ever goes where a thread's block says;
 * here the block is turned from one domain to another.
 */
import type { Engine } from "../engine/index.ts";
import type { Callbacks } from "../sco/callbacks.ts";
import { nextOf } from "../sco/stack.ts";
import { Parting } from "./crossing-worker.ts";
import {
  atFirst,
  blockOf,
  giveBuffer,
  givePair,
  identityOf,
  MSCRATCHC,
  makeBlock,
  makeDdc,
  makeGatePcc,
  makeOwnDdc,
  makePcc,
  stackTop,
  takePair,
} from "./domain.ts";
import type { Forge } from "./forge.ts";
import { BLOCK_BYTES, block, GATE_AT } from "./layout.ts";
import type { CallRequest, Cvm, Endpoint, Frame, Tables, Thread, Ticket } from "./tables.ts";

const KEPT = [block.ddc, block.pcc, block.buffer] as const;
/** Registers of the Intravisor's context that hold the capabilities of a caller's block. */
const KEPT_IN = [21, 22, 23] as const;
const INTEGERS_AT = block.preserved;

/** Offsets in code: of the gate's trap and its ways out, and of the place that guest code comes back to. */
export interface Ways {
  readonly ask: number;
  readonly goBack: number;
  readonly goIn: number;
  readonly done: number;
}

export class Crossing {
  /** How threads come out of calls that do not return. */
  readonly parting: Parting;
  private readonly engine: Engine;
  private readonly forge: Forge;
  private readonly ways: Ways;

  constructor(engine: Engine, forge: Forge, callbacks: Callbacks, ways: Ways) {
    this.engine = engine;
    this.forge = forge;
    this.ways = ways;
    this.parting = new Parting(engine, forge, this, callbacks, GATE_AT + ways.ask);
  }

  /**
   * Turns a thread, which is in the gate, to the callee; it is to go on at the gate's way in. `from` is the ticket that it
   * serves, or when its caller has waited long enough.
   */
  enter(
    thread: Thread,
    { caller, endpoint, integers, buffer }: CallRequest,
    stack: number,
    from: Ticket | bigint | null,
  ): void {
    const { engine, forge } = this;
    const isServed = from !== null && typeof from !== "bigint";
    if (isServed) from.state = "served";
    const call = { buffer, until: isServed ? null : from, served: isServed ? { ticket: from } : null };
    const callee = endpoint.owner;
    const at = blockOf(thread);
    const running = engine.hart.save();
    forge.begin();
    const kept = this.keep(at);

    if (buffer === null) forge.erase(at + block.buffer);
    else giveBuffer(forge, at, buffer);
    makeDdc(forge, callee);
    forge.storeTo(at + block.ddc);
    makePcc(forge, callee);
    forge.storeTo(at + block.pcc);
    const doing = atFirst(callee, engine.hart.register(5));
    const objects = nextOf(engine, thread);
    thread.frames.push({
      cvm: callee,
      endpoint,
      call,
      stack,
      caller: kept,
      doing,
      objects,
      suspended: null,
    });
    givePair(forge, callee, stack, at);
    engine.hart.restore(running);

    const words = new BigUint64Array((BLOCK_BYTES - INTEGERS_AT) / 8);
    const put = (offset: number, value: bigint) => {
      words[(offset - INTEGERS_AT) / 8] = value;
    };
    put(block.preserved, BigInt(callee.codeBase + this.ways.done));
    put(block.preserved + 8, BigInt(stackTop(callee, stack)));
    put(block.preserved + 24, BigInt(stack));
    for (const [index, value] of integers.entries()) put(block.arguments + 8 * index, value);
    put(block.arguments + 48, identityOf(caller));
    put(block.arguments + 56, BigInt(buffer?.size ?? 0));
    put(block.inUse, 1n);
    put(block.target, BigInt(endpoint.entry));
    put(block.domain, identityOf(callee));
    engine.load(BigInt(at + INTEGERS_AT), new Uint8Array(words.buffer));
  }

  /** Turns a thread back to whom it came from: everything of the callee's is gone from the block. */
  leave(thread: Thread): void {
    const { engine, forge } = this;
    const { cvm, stack, caller } = thread.frames.pop()!;
    const running = engine.hart.save();
    forge.begin();
    takePair(forge, cvm, stack);
    this.putBack(blockOf(thread), caller!);
    engine.hart.restore(running);
  }

  /** Makes a thread block what it was when the thread left for a callee. The hart is the Intravisor's own. */
  putBack(at: number, { integers, capabilities }: NonNullable<Frame["caller"]>): void {
    const { engine, forge } = this;
    for (const [index, offset] of KEPT.entries()) {
      engine.hart.restore(capabilities);
      engine.hart.copy(5, KEPT_IN[index]!);
      forge.storeTo(at + offset);
    }
    engine.load(BigInt(at + INTEGERS_AT), integers);
  }

  /** A thread that is to go on at the gate's way back, wherever it was. */
  backAtGate(thread: Thread): void {
    const { engine, forge } = this;
    const { hart } = engine;
    const running = hart.save();
    forge.begin();
    makeOwnDdc(forge);
    hart.copy(0x21, 5);
    makeBlock(forge, blockOf(thread));
    hart.copy(31, 5);
    makeGatePcc(forge);
    hart.copy(0x20, 5);
    for (let register = 1; register < 31; register++) hart.setInteger(register, 0n);
    hart.setInteger(MSCRATCHC, BigInt(blockOf(thread)));
    hart.pc = BigInt(GATE_AT + this.ways.goBack);
    thread.context = hart.save(thread.context);
    // Whatever it did where it was is over; only its own program goes on.
    if (thread.underWay?.kind !== "go") thread.underWay = null;
    else Object.assign(thread.underWay, { hasAsked: false, entering: 0 });
    hart.restore(running);
  }

  private keep(at: number): NonNullable<Frame["caller"]> {
    const { engine, forge } = this;
    for (const [index, offset] of KEPT.entries()) {
      forge.loadFrom(at + offset);
      engine.hart.copy(KEPT_IN[index]!, 5);
    }
    const capabilities = engine.hart.save();
    const integers = engine.peek(BigInt(at + INTEGERS_AT), BLOCK_BYTES - INTEGERS_AT);
    forge.begin();
    return { integers, capabilities };
  }
}

/** The stack of the callee for one more activation: the highest that nothing runs on; null if there is no room. */
export function roomIn(tables: Tables, endpoint: Endpoint): number | null {
  const callee = endpoint.owner;
  const active = framesIn(tables, callee).filter((frame) => frame.endpoint === endpoint).length;
  if (active >= endpoint.room) return null;
  const taken = stacksIn(tables, callee);
  for (let stack = callee.quotas.threads - 1; stack >= 0; stack--) if (!taken.has(stack)) return stack;
  return null;
}

/** Stacks of a cVM that something runs on: its living threads, and calls into it. */
export function stacksIn(tables: Tables, cvm: Cvm): Set<number> {
  return new Set(framesIn(tables, cvm).map(({ stack }) => stack));
}

/** The frames of living threads in a cVM: its own threads' and those of its callers. */
function framesIn(tables: Tables, cvm: Cvm): Frame[] {
  return tables.cvms
    .flatMap((owner) => owner?.threads ?? [])
    .filter(({ state }) => state !== "dead")
    .flatMap(({ frames }) => frames)
    .filter((frame) => frame.cvm === cvm);
}
