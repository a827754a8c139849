/**
 * Faults of guests (3.9). In its own domain a thread whose cVM has registered a handler goes there, with all that it was
 * about as integers in a frame at the top of its stack; without a handler, within one, or where the frame cannot be
 * written through its DDC, the cVM is killed. A callee that faults is killed, and its caller goes on.
 */
import { type Caller, type Change, changed, failed, returned, withCvm, withThread } from "./change.ts";
import { readWords, writeGuest } from "./guest-memory.ts";
import { isInside, stackTop } from "./layout.ts";
import { end } from "./lifecycle.ts";
import type { Cvm, System } from "./state.ts";
import { isHome } from "./threads.ts";

/** What trapped, and the registers that it had, by number; all others are zero. */
export interface Fault {
  readonly cause: bigint;
  readonly value: bigint;
  readonly pc: bigint;
  readonly registers: ReadonlyMap<number, bigint>;
}

/** Words of a frame: cause, value, pc, then x1 to x31. */
const FRAME_WORDS = 34;
/** Where x0 would be. */
const REGISTERS_AT = 2;
const STACK_POINTER = 2;
/** sp, gp, s0 to s10. */
const KEPT: readonly number[] = [STACK_POINTER, 3, 8, 9, 18, 19, 20, 21, 22, 23, 24, 25, 26];

/** exception_register(entry): 0. The handler of the cVM from now on; entry 0: none. */
export function register(system: System, { cvm }: Caller, args: readonly bigint[]): Change {
  const entry = args[0]!;
  if (entry === 0n) return returned(withCvm(system, { ...cvm, handler: null }), 0n);
  if (!isInside(entry, 2n, cvm.code)) return failed(system, "EFAULT");
  if (entry % 2n !== 0n) return failed(system, "EINVAL");
  return returned(withCvm(system, { ...cvm, handler: entry }), 0n);
}

/**
 * exception_return(pc): the handler is over, and the thread goes on at the pc with the registers that the frame holds
 * by then. Within a call it is refused: the handler is not there.
 */
export function exceptionReturn(system: System, caller: Caller, args: readonly bigint[]): Change {
  const { owner, thread, frame, cvm } = caller;
  const pc = args[0]!;
  if (!thread.handling || !isHome(frame)) return failed(system, "EPERM");
  if (!isInside(pc, 2n, cvm.code)) return failed(system, "EFAULT");
  if (pc % 2n !== 0n) return failed(system, "EINVAL");
  const words = readWords(system, caller, frameAt(cvm, thread.number), FRAME_WORDS);
  if (words === null) return failed(system, "EFAULT");
  const kept = new Map(KEPT.map((register) => [register, words[REGISTERS_AT + register]!]));
  return returned(withThread(system, owner, { ...thread, handling: false, kept }), 0n);
}

/** What becomes of a fault: the outcome says only that there was one, and of which kind. */
export function raise(system: System, caller: Caller, fault: Fault): Change {
  const outcome = { kind: "faulted", cause: fault.cause, value: fault.value } as const;
  const delivered = deliver(system, caller, fault);
  if (delivered !== null) return changed(delivered, outcome);
  const ended = end(system, caller.cvm.identity);
  return changed(ended.system, outcome, { woken: ended.woken });
}

/** The thread at its handler; null if it cannot go there. */
function deliver(system: System, caller: Caller, fault: Fault): System | null {
  const { owner, thread, frame, cvm } = caller;
  if (!isHome(frame) || cvm.handler === null || thread.handling) return null;
  const words = new BigUint64Array(FRAME_WORDS);
  words.set([fault.cause, fault.value, fault.pc]);
  for (const [register, value] of fault.registers) words[REGISTERS_AT + register] = value;
  const shown = writeGuest(system, caller, frameAt(cvm, thread.number), new Uint8Array(words.buffer));
  const kept = new Map([[STACK_POINTER, frameAt(cvm, thread.number)]]);
  return shown && withThread(shown, owner, { ...thread, handling: true, kept });
}

/** The highest bytes of the thread's stack. */
function frameAt(cvm: Cvm, thread: number): bigint {
  return stackTop(cvm, thread) - BigInt(FRAME_WORDS * 8);
}
