/**
 * Threads that go on where another one was: what ran in a callee whose caller is gone, or waits no longer, gets a context
 * and a thread block of its own, and nothing in it says any more whose it was.
 */

import type { Capability } from "../../model/contract.ts";
import { setPcIn } from "../engine/hart.ts";
import type { Engine } from "../engine/index.ts";
import type { Callbacks } from "../sco/callbacks.ts";
import { ObjectParting } from "../sco/parting.ts";
import { blockOf, givePair, MSCRATCHC, makeBlock, makeOwnDdc, takePair } from "./domain.ts";
import type { Forge } from "./forge.ts";
import { BLOCK_BYTES, block } from "./layout.ts";
import type { CallRequest, Frame, Thread } from "./tables.ts";

type Buffer = NonNullable<CallRequest["buffer"]>;

const DDC = 0x21;
const CAPABILITIES = [block.ddc, block.pcc, block.buffer] as const;
/** Where the kept capabilities of a caller's block are that may be the buffer: its DDC, and its buffer. */
const KEPT_DATA = [21, 23] as const;
const UNSEALED = 2n ** 18n - 1n;

/** How a thread comes back to where it called. */
interface WaysBack {
  putBack(at: number, caller: NonNullable<Frame["caller"]>): void;
  backAtGate(thread: Thread): void;
}

export class Parting {
  private readonly engine: Engine;
  private readonly forge: Forge;
  private readonly crossing: WaysBack;
  private readonly callbacks: Callbacks;
  private readonly objects: ObjectParting;
  /** Address of the gate's trap. */
  private readonly ask: number;

  constructor(engine: Engine, forge: Forge, crossing: WaysBack, callbacks: Callbacks, ask: number) {
    this.engine = engine;
    this.forge = forge;
    this.crossing = crossing;
    this.callbacks = callbacks;
    this.objects = new ObjectParting(engine, forge, callbacks);
    this.ask = ask;
  }

  /** Takes the gate pair of a frame that is over out of the store. */
  vacate({ cvm, stack }: Frame): void {
    this.asIntravisor(() => takePair(this.forge, cvm, stack));
  }

  /**
   * Makes a thread of its own of frames of another; `above` is the frame that was entered from the last of them, which is
   * over. Without one the innermost frame is among them, and registers and block go with it.
   */
  detach(from: Thread, frames: readonly Frame[], above: Frame | null): Thread {
    const { engine, forge, crossing } = this;
    if (above === null) this.callbacks.drain(from);
    const [first, ...rest] = frames as [Frame, ...Frame[]];
    const worker: Thread = {
      ...from,
      cvm: first.cvm,
      number: first.stack,
      state: "ready",
      wait: null,
      exitValue: 0n,
      handling: false,
      underWay: from.underWay && { ...from.underWay },
      context: from.context.slice(),
      objectPage: 0,
      frames: [{ ...first, caller: null }, ...rest],
    };
    const at = blockOf(worker);
    engine.load(BigInt(at), new Uint8Array(BLOCK_BYTES));
    this.asIntravisor(() => {
      makeOwnDdc(forge);
      forge.storeTo(at + block.monitor);
      for (const { cvm, stack } of frames) givePair(forge, cvm, stack, at);
      if (above === null) this.copyBlock(blockOf(from), at);
      else crossing.putBack(at, above.caller!);
    });
    this.objects.move(from, worker, above?.objects ?? null);
    if (above === null) this.rebind(worker, blockOf(from), at);
    else crossing.backAtGate(worker);
    if (worker.underWay?.hasAsked) {
      // What another thread has asked for it asks for again, in its own name.
      worker.underWay.hasAsked = false;
      setPcIn(worker.context, BigInt(this.ask));
    }
    place(worker);
    if (first.call?.served?.ticket == null) {
      this.takeBuffer(worker, 0);
      worker.frames[0]!.call!.until = null;
    }
    return worker;
  }

  /** Lets a thread come back to a frame of its own from one that is not to return to it. */
  comeDown(thread: Thread, depth: number): void {
    const gone = thread.frames.splice(depth);
    this.objects.forget(thread, gone);
    this.asIntravisor(() => this.crossing.putBack(blockOf(thread), gone[0]!.caller!));
    this.crossing.backAtGate(thread);
  }

  /**
   * Takes the caller's buffer away from a frame: out of its registers wherever they are kept, and out of the block
   * (I-39, I-51, I-69). Other threads of the callee cannot have it, since no memory of theirs takes capabilities.
   */
  takeBuffer(thread: Thread, depth: number): void {
    const { forge } = this;
    const { frames, context } = thread;
    const { cvm, call } = frames[depth]!;
    const buffer = call?.buffer ?? null;
    if (buffer === null) return;
    call!.buffer = null;
    // What the callee reaches anyway it does not have from its caller.
    const isOwn = buffer.base >= cvm.dataBase && buffer.base + buffer.size <= cvm.dataBase + cvm.dataSize;
    const callbacks = frames.slice(depth + 1).findIndex(({ suspended }) => suspended === null);
    const end = callbacks < 0 ? frames.length : depth + 1 + callbacks;
    this.objects.takeBack(thread, { depth, end, isOwn }, (value) => isWithin(value, buffer));
    const above = frames[end];
    if (above !== undefined) {
      this.clean(above.caller!.capabilities, buffer, isOwn ? [23] : KEPT_DATA);
      return;
    }
    this.clean(context, buffer, isOwn ? [27] : [...registers, DDC]);
    const at = blockOf(thread);
    this.asIntravisor(() => {
      for (const offset of isOwn ? [block.buffer] : [block.ddc, block.buffer]) {
        forge.loadFrom(at + offset);
        if (this.isWithin(5, buffer)) forge.erase(at + offset);
      }
    });
  }

  /** Makes registers of a context null that give access to the buffer. */
  private clean(context: Uint8Array, buffer: Buffer, among: readonly number[]): void {
    const { hart } = this.engine;
    const running = hart.save();
    hart.restore(context);
    for (const register of among) if (this.isWithin(register, buffer)) hart.setInteger(register, 0n);
    hart.save(context);
    hart.restore(running);
  }

  /** Whether a register of the hart is a capability to some of the buffer and nothing else. */
  private isWithin(register: number, buffer: Buffer): boolean {
    return isWithin(this.engine.hart.capability(register), buffer);
  }

  private copyBlock(from: number, to: number): void {
    const { engine, forge } = this;
    for (const offset of CAPABILITIES) {
      forge.loadFrom(from + offset);
      forge.storeTo(to + offset);
    }
    engine.load(
      BigInt(to + block.preserved),
      engine.peek(BigInt(from + block.preserved), BLOCK_BYTES - block.preserved),
    );
  }

  /** Makes every capability to one thread block in the registers of a thread one to another, sealed ones too. */
  private rebind(thread: Thread, from: number, to: number): void {
    const { hart } = this.engine;
    const running = hart.save();
    hart.restore(thread.context);
    for (const register of registers) {
      const { tag, base, top, address, otype } = hart.capability(register);
      if (!tag || Number(base) !== from || Number(top) !== from + BLOCK_BYTES) continue;
      hart.save(thread.context);
      this.forge.begin();
      makeBlock(this.forge, to, otype === UNSEALED ? undefined : Number(otype), to + Number(address) - from);
      const value = hart.register(5);
      hart.restore(thread.context);
      hart.setRegister(register, value);
    }
    hart.setInteger(MSCRATCHC, BigInt(to));
    hart.save(thread.context);
    hart.restore(running);
  }

  private asIntravisor(act: () => void): void {
    const { hart } = this.engine;
    const running = hart.save();
    this.forge.begin();
    act();
    hart.restore(running);
  }
}

function isWithin({ tag, base: from, top }: Capability, { base, size }: Buffer): boolean {
  return tag && from >= BigInt(base) && top <= BigInt(base + size);
}

const registers: readonly number[] = Array.from({ length: 31 }, (_, index) => index + 1);

/** Puts a thread into its place in the table; places before it that nobody has had yet are dead and have no frames. */
export function place(thread: Thread): void {
  const { threads } = thread.cvm;
  for (let number = threads.length; number < thread.number; number++) {
    threads.push(nobody(thread, number));
  }
  threads[thread.number] = thread;
}

function nobody(like: Thread, number: number): Thread {
  const context = new Uint8Array(like.context.length);
  return {
    ...like,
    number,
    state: "dead",
    wait: null,
    exitValue: 0n,
    handling: false,
    underWay: null,
    context,
    frames: [],
    objectPage: 0,
  };
}
