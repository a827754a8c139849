/**
 * Calls of objects as the Intravisor sees them: the page that a thread needs for its first, callbacks into the client,
 * and ends that are not returns. A call and its return are machine code's alone (object-code.ts).
 */
import { pcIn, taggedIn } from "../engine/hart.ts";
import type { Engine } from "../engine/index.ts";
import { blockOf, giveBuffer, identityOf } from "../intravisor/domain.ts";
import { type Forge, perms } from "../intravisor/forge.ts";
import { block, OBJECT_CODE_AT, OBJECT_CODE_SIZE, PAGE } from "../intravisor/layout.ts";
import type { Program } from "../intravisor/program.ts";
import { FRAMES_MAX, type Thread } from "../intravisor/tables.ts";
import { FRAME_BYTES, FRAMES_AT, frame, OBJECT_FRAMES_MAX, page, STACK_AT } from "./layout.ts";
import type { OwnPages } from "./pages.ts";
import { isObjectCode, makeObjectPcc } from "./program.ts";
import {
  clientFrame,
  isInObject,
  isUnused,
  nextOf,
  see,
  setTop,
  setUnused,
  setWord,
  topOf,
  wordAt,
} from "./stack.ts";

const [A0, SP, RA, TP] = [10, 2, 1, 4] as const;
const PCC = 0x20;
const DDC = 0x21;
const UNSEALED = 0x3ffffn;
const DATA_HALF = 31;
const [ELOOP, EFAULT, ETIMEDOUT, ENOSPC] = [-40n, -14n, -110n, -28n] as const;
/**
 * Machine steps that a client's call may take for certain: some thirty for each of the 4096 instructions of objects that
 * it may take, which is what those cost that do nothing but call each other.
 */
export const OBJECT_STEPS = 131_072;
const CAUSE_CHERI = 0x1cn;
const [LOAD_MISALIGNED, STORE_MISALIGNED] = [4n, 6n] as const;
const [TAG_VIOLATION, SEAL_VIOLATION] = [2n, 3n] as const;
/** Where the code hands over to a guest, who may have no place for it, or to the Intravisor. */
const ENDS = ["home", "turn", "callback", "stackless", "topless"] as const;
const CODE_STEPS = OBJECT_CODE_SIZE / 4;
const PAGE_PERMS = perms.load | perms.store | perms.loadCap | perms.storeCap | perms.storeLocal;

function stackViolation(isTagged: boolean): bigint {
  return (BigInt(SP) << 5n) | (isTagged ? SEAL_VIOLATION : TAG_VIOLATION);
}

export class Callbacks {
  private readonly engine: Engine;
  private readonly forge: Forge;
  private readonly pages: OwnPages;
  private readonly labels: Program["labels"];
  /** Offset of the place in a code part that guest code comes back to. */
  private readonly done: number;
  private readonly pcc: Uint8Array;

  constructor(engine: Engine, forge: Forge, pages: OwnPages, program: Program, done: number) {
    this.engine = engine;
    this.forge = forge;
    this.pages = pages;
    this.labels = program.labels;
    this.done = done;
    const running = engine.hart.save();
    forge.begin();
    makeObjectPcc(forge, 0);
    this.pcc = engine.hart.register(5);
    engine.hart.restore(running);
  }

  /** Gives a thread its page, and lets it begin its call again; the hart is the thread's. */
  begin(thread: Thread): void {
    const { engine } = this;
    const { hart } = engine;
    if (!this.givePage(thread)) {
      hart.setInteger(A0, ENOSPC);
      this.goOn("refuse");
      return;
    }
    this.goOn("enter");
  }

  /** False if there are no pages left. */
  givePage(thread: Thread): boolean {
    const { engine, forge } = this;
    const at = this.pages.take();
    if (at === null) return false;
    thread.objectPage = at;
    setWord(engine, at + page.next, FRAMES_AT);
    setWord(engine, at + page.limit, FRAMES_AT + OBJECT_FRAMES_MAX * FRAME_BYTES);
    setWord(engine, at + page.top, at + PAGE);
    setWord(engine, at + page.stack, at + STACK_AT);
    const running = engine.hart.save();
    forge.begin();
    forge.make({ base: at, size: PAGE, perms: PAGE_PERMS });
    forge.storeTo(blockOf(thread) + block.objects);
    engine.hart.restore(running);
    return true;
  }

  /** Takes the page of a thread that is over. */
  takePage(thread: Thread): void {
    if (thread.objectPage === 0) return;
    this.engine.load(BigInt(blockOf(thread) + block.objects), new Uint8Array(16));
    this.pages.giveBack(thread.objectPage);
    thread.objectPage = 0;
  }

  /**
   * Takes a thread from an object into a callback of its client's, with the hart at its entry: a0 to a7 there. Null if it
   * has gone on in the object or back to the client instead.
   */
  enter(thread: Thread): bigint[] | null {
    const { hart } = this.engine;
    if (thread.frames.length >= FRAMES_MAX) {
      hart.setInteger(A0, ELOOP);
      this.goOn("on");
      return null;
    }
    const stack = hart.capability(SP);
    const { cvm, stack: place, doing } = thread.frames.at(-1)!;
    const entry = hart.capability(DATA_HALF).address;
    const at = clientFrame(this.engine, thread);
    const values = Array.from({ length: 6 }, (_, index) => hart.integer(A0 + index));
    values.push(identityOf(cvm), 0n);
    const suspended = { context: hart.save(), top: topOf(this.engine, thread) };
    const isStack = stack.tag && stack.otype === UNSEALED;
    setTop(this.engine, thread, isStack ? this.topBelow(thread, stack.address) : 0);
    const call = { buffer: null, until: null, served: null };
    const again = { code: "program", end: 0, ddc: doing.ddc, pcc: doing.pcc } as const;
    const objects = nextOf(this.engine, thread);
    setUnused(this.engine, thread);
    thread.frames.push({
      cvm,
      endpoint: null,
      call,
      stack: place,
      caller: null,
      doing: again,
      objects,
      suspended,
    });
    // What the client serves is not the callback's: it has that again when the object has come back.
    this.asIntravisor(() => this.forge.erase(blockOf(thread) + block.buffer));
    const ddc = this.ddcIn(at);
    hart.restore(suspended.context);
    for (let register = 1; register < 32; register++) hart.setInteger(register, 0n);
    for (const [index, value] of values.entries()) hart.setInteger(A0 + index, value);
    hart.setInteger(RA, BigInt(cvm.codeBase + this.done));
    hart.setInteger(SP, BigInt(wordAt(this.engine, at + 8)));
    hart.setInteger(TP, BigInt(place));
    hart.setRegister(DDC, ddc);
    hart.setRegister(PCC, doing.pcc);
    hart.pc = entry;
    return values;
  }

  /** What is left of the stack below an address: none, if that is not in what the innermost object was given. */
  private topBelow(thread: Thread, address: bigint): number {
    const base = thread.objectPage + STACK_AT;
    const innermost = thread.objectPage + nextOf(this.engine, thread) - FRAME_BYTES;
    const given = wordAt(this.engine, innermost + frame.top);
    if (address < BigInt(base) || address > BigInt(given)) return base;
    return Number(address - (address % 16n));
  }

  /** DDC of the client whose frame is at this address, as it called. */
  private ddcIn(at: number): Uint8Array {
    return this.asIntravisor(() => {
      this.forge.loadFrom(at + frame.ddc);
      return this.engine.hart.register(5);
    });
  }

  private asIntravisor<Result>(act: () => Result): Result {
    const { hart } = this.engine;
    const running = hart.save();
    this.forge.begin();
    const result = act();
    hart.restore(running);
    return result;
  }

  /** Lets a thread go back from a callback into the object, with the hart there. */
  resume(thread: Thread, value: bigint): void {
    const { engine } = this;
    const { context, top } = thread.frames.pop()!.suspended!;
    const buffer = thread.frames.at(-1)!.call?.buffer ?? null;
    if (buffer !== null) this.asIntravisor(() => giveBuffer(this.forge, blockOf(thread), buffer));
    engine.load(BigInt(blockOf(thread) + block.inUse), new Uint8Array(8));
    // Whoever has called on what was left of the stack has left nothing there.
    const below = topOf(engine, thread) - thread.objectPage - STACK_AT;
    if (below > 0 && !isUnused(engine, thread)) {
      engine.load(BigInt(thread.objectPage + STACK_AT), new Uint8Array(below));
    }
    setTop(engine, thread, top);
    engine.hart.restore(context);
    engine.hart.setInteger(A0, value);
    this.goOn("on");
  }

  /** What an object has called with is no stack. */
  faulted(thread: Thread): void {
    const isTagged = this.engine.hart.capability(SP).tag;
    this.abort(thread, [EFAULT, CAUSE_CHERI, stackViolation(isTagged)]);
  }

  /** A client calls from a callback, and the object that waits for it has no stack that could be shared. */
  refuse(thread: Thread): void {
    const waiting = thread.frames.findLast(({ suspended }) => suspended !== null)!.suspended!;
    const isTagged = taggedIn(waiting.context, SP) !== null;
    const values = [EFAULT, CAUSE_CHERI, stackViolation(isTagged)];
    for (const [index, value] of values.entries()) this.engine.hart.setInteger(A0 + index, value);
    this.goOn("out");
  }

  trapped(thread: Thread, cause: bigint, value: bigint): void {
    // Where its table and its stack lie is not for the client to know.
    const isAddress = cause === LOAD_MISALIGNED || cause === STORE_MISALIGNED;
    this.abort(thread, [EFAULT, cause, isAddress ? 0n : value]);
  }

  timedOut(thread: Thread): void {
    this.abort(thread, [ETIMEDOUT, 0n, 0n]);
  }

  /** Counts steps of a thread, which is the hart's, if it is in an object: whoever does not come back is brought back. */
  spend(thread: Thread, steps: number): void {
    if (thread.objectPage === 0 || !isInObject(this.engine, thread)) return;
    const isSame = see(this.engine, clientFrame(this.engine, thread));
    thread.stepsInside = isSame ? thread.stepsInside + steps : 0;
    if (thread.stepsInside >= OBJECT_STEPS) this.timedOut(thread);
  }

  /** Ends what the innermost client has called: the thread, which is in an object, goes back there with this. */
  private abort(thread: Thread, values: readonly [bigint, bigint, bigint]): void {
    const { hart } = this.engine;
    const next = clientFrame(this.engine, thread) + FRAME_BYTES - thread.objectPage;
    setWord(this.engine, thread.objectPage + page.next, next);
    for (let register = 1; register < 32; register++) hart.setInteger(register, 0n);
    for (const [index, value] of values.entries()) hart.setInteger(A0 + index, value);
    this.goOn("ended");
  }

  private goOn(label: string): void {
    this.engine.hart.setRegister(PCC, this.pcc);
    this.engine.hart.pc = BigInt(OBJECT_CODE_AT + this.labels[label]!);
  }

  /**
   * Takes a thread that stands in the code between clients and objects to where that ends: the first instruction behind
   * it, or the one with which it would trap. It has its page from then on: it must not go by what it has found before.
   */
  drain(thread: Thread): void {
    if (!isObjectCode(pcIn(thread.context))) return;
    const { hart } = this.engine;
    const running = hart.save();
    hart.restore(thread.context);
    const pageless = BigInt(OBJECT_CODE_AT + this.labels["pageless"]!);
    for (let steps = 0; steps < CODE_STEPS && this.isUnderWay(hart.pc); steps++) {
      if (hart.pc === pageless && thread.objectPage === 0) this.begin(thread);
      else hart.runToTrap(1);
    }
    thread.context = hart.save(thread.context);
    hart.restore(running);
  }

  /** Whether what is here goes on without anybody's help. */
  private isUnderWay(pc: bigint): boolean {
    const at = Number(pc) - OBJECT_CODE_AT;
    return isObjectCode(pc) && !ENDS.some((label) => this.labels[label] === at);
  }

  /** DDC of the client that a thread is in an object for. */
  clientDdc(thread: Thread): Uint8Array {
    return this.ddcIn(clientFrame(this.engine, thread));
  }
}
