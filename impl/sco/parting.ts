/** Threads that are parted while they are in objects: what of the trusted object stack goes with which of them. */
import type { Capability } from "../../model/contract.ts";
import { setIntegerIn } from "../engine/hart.ts";
import type { Engine } from "../engine/index.ts";
import { blockOf, MSCRATCHC } from "../intravisor/domain.ts";
import type { Forge } from "../intravisor/forge.ts";
import { PAGE } from "../intravisor/layout.ts";
import type { Frame, Thread } from "../intravisor/tables.ts";
import type { Callbacks } from "./callbacks.ts";
import { FRAME_BYTES, FRAMES_AT, frame, page, STACK_AT } from "./layout.ts";
import { cutTo, nextOf, setTop, setWord, topOf, wordAt } from "./stack.ts";

const DDC = 0x21;
const REGISTERS: readonly number[] = [...Array.from({ length: 31 }, (_, index) => index + 1), DDC];

export class ObjectParting {
  private readonly engine: Engine;
  private readonly forge: Forge;
  private readonly callbacks: Callbacks;

  constructor(engine: Engine, forge: Forge, callbacks: Callbacks) {
    this.engine = engine;
    this.forge = forge;
    this.callbacks = callbacks;
  }

  /** Forgets the objects that frames which are over have called. */
  forget(thread: Thread, gone: readonly Frame[]): void {
    if (thread.objectPage === 0) return;
    const first = gone.find(({ suspended }) => suspended !== null);
    if (first !== undefined) setTop(this.engine, thread, first.suspended!.top);
    if (nextOf(this.engine, thread) > gone[0]!.objects) cutTo(this.engine, thread, gone[0]!.objects);
  }

  /**
   * Gives a worker a page with the objects that its frames have called, up to an offset in that of the thread that it has
   * been part of; null: all of them. The thread has them no more.
   */
  move(from: Thread, worker: Thread, until: number | null): void {
    const { engine } = this;
    const start = worker.frames[0]!.objects;
    const end = until ?? nextOf(engine, from);
    if (end > start) {
      if (!this.callbacks.givePage(worker)) throw new Error("defect: no page for a worker");
      this.copyFrames(from, worker, start, end);
    }
    this.turnFrames(from, worker, start);
    if (end > start) {
      this.rebase(worker.context, from.objectPage, worker.objectPage);
      cutTo(engine, from, start);
    }
  }

  /**
   * Takes what a frame has of its caller's from the objects that were called from it, and from the callbacks on it, which
   * end before frame `end`: also where they keep it for their clients. What the domain reaches anyway (`isOwn`) is
   * taken from where its first client finds it again, and nowhere else.
   */
  takeBack(
    thread: Thread,
    { depth, end, isOwn }: { readonly depth: number; readonly end: number; readonly isOwn: boolean },
    isBack: (value: Capability) => boolean,
  ): void {
    const untilOf = (at: number) => thread.frames[at + 1]?.objects ?? nextOf(this.engine, thread);
    const { objects } = thread.frames[depth]!;
    if (untilOf(depth) === objects) return;
    if (isOwn) {
      this.erase(thread, objects + frame.buffer, objects + frame.buffer + 16, isBack);
      return;
    }
    for (let at = depth; at < end; at++) {
      this.erase(thread, thread.frames[at]!.objects, untilOf(at), isBack);
      if (at > depth) this.clean(thread.frames[at]!.suspended!.context, isBack);
    }
  }

  /** Erases from the page of a thread, between two offsets. */
  private erase(
    { objectPage }: Thread,
    from: number,
    until: number,
    isBack: (value: Capability) => boolean,
  ): void {
    const { engine, forge } = this;
    const running = engine.hart.save();
    forge.begin();
    for (const offset of engine.hart.tagsIn(BigInt(objectPage + from), until - from)) {
      forge.loadFrom(objectPage + from + offset);
      if (isBack(engine.hart.capability(5))) forge.erase(objectPage + from + offset);
    }
    engine.hart.restore(running);
  }

  private clean(context: Uint8Array, isBack: (value: Capability) => boolean): void {
    const { hart } = this.engine;
    const running = hart.save();
    hart.restore(context);
    for (const register of REGISTERS) if (isBack(hart.capability(register))) hart.setInteger(register, 0n);
    hart.save(context);
    hart.restore(running);
  }

  private copyFrames(from: Thread, { objectPage: to }: Thread, start: number, end: number): void {
    const { engine, forge } = this;
    const delta = to - from.objectPage;
    const shift = FRAMES_AT - start;
    const copy = (source: number, target: number, size: number) =>
      engine.load(BigInt(target), engine.peek(BigInt(source), size).slice());
    copy(from.objectPage + STACK_AT, to + STACK_AT, PAGE - STACK_AT);
    copy(from.objectPage + start, to + FRAMES_AT, end - start);
    setWord(engine, to + page.next, end + shift);
    const top = topOf(engine, from);
    setWord(engine, to + page.top, top === 0 ? 0 : top + delta);
    for (let at = start; at < end; at += FRAME_BYTES) {
      const given = to + at + shift + frame.top;
      setWord(engine, given, wordAt(engine, given) + delta);
    }
    const running = engine.hart.save();
    forge.begin();
    for (const offset of engine.hart.tagsIn(BigInt(from.objectPage + start), end - start)) {
      forge.loadFrom(from.objectPage + start + offset);
      const value = engine.hart.capability(5);
      if (isWithin(value, from.objectPage)) this.make(value, delta);
      forge.storeTo(to + FRAMES_AT + offset);
    }
    engine.hart.restore(running);
  }

  /** Places in the page of the thread become places in that of the worker. */
  private turnFrames(from: Thread, worker: Thread, start: number): void {
    const shift = FRAMES_AT - start;
    const delta = worker.objectPage - from.objectPage;
    for (const [depth, one] of worker.frames.entries()) {
      let { suspended } = one;
      if (suspended !== null) {
        suspended = { context: suspended.context.slice(), top: suspended.top + delta };
        this.rebase(suspended.context, from.objectPage, worker.objectPage);
        setIntegerIn(suspended.context, MSCRATCHC, BigInt(blockOf(worker)));
      }
      worker.frames[depth] = { ...one, objects: one.objects + shift, suspended };
    }
  }

  /** Makes every capability of a context to the stack in one page one to that in another. */
  private rebase(context: Uint8Array, from: number, to: number): void {
    const { hart } = this.engine;
    const running = hart.save();
    hart.restore(context);
    for (const register of REGISTERS) {
      const value = hart.capability(register);
      if (!isWithin(value, from)) continue;
      hart.save(context);
      this.forge.begin();
      this.make(value, to - from);
      const made = hart.register(5);
      hart.restore(context);
      hart.setRegister(register, made);
    }
    hart.save(context);
    hart.restore(running);
  }

  private make({ base, top, address, perms }: Capability, delta: number): void {
    const [from, size] = [Number(base), Number(top - base)];
    this.forge.make({ base: from + delta, size, address: Number(address) + delta, perms: Number(perms) });
  }
}

function isWithin({ tag, base, top }: Capability, at: number): boolean {
  return tag && base >= BigInt(at) && top <= BigInt(at + PAGE);
}
