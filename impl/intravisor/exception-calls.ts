/**
 * Faults in a cVM's own code (3.9): the thread goes to the handler that the cVM has named, and finds what it was about
 * on its stack. Only integers are shown, and only what the guest's own code had in its registers (I-37).
 */
import type { Engine } from "../engine/index.ts";
import { authority } from "./authority.ts";
import type { Call } from "./basic-calls.ts";
import { reaches } from "./call-frame.ts";
import type { DeviceCopy } from "./device-copy.ts";
import { blockOf, pointersUnder, stackTop } from "./domain.ts";
import { block } from "./layout.ts";
import { domainOf, type Thread } from "./tables.ts";

/** Cause, value and pc, then x1 to x31. */
const FRAME_BYTES = 34 * 8;
const REGISTERS = Array.from({ length: 31 }, (_, index) => index + 1);
const wordOf = (register: number): number => 2 + register;
const [SP, TP, A0, S11] = [2, 4, 10, 27];
const PCC = 0x20;
const DDC = 0x21;

const register: Call = ({ cvm, args }) => {
  const entry = args[0]!;
  if (entry !== 0n && !isCode(cvm, entry)) return "EFAULT";
  if (entry & 1n) return "EINVAL";
  cvm.handler = Number(entry);
  return [0n];
};

function isCode({ codeBase, codeSize }: { codeBase: number; codeSize: number }, pc: bigint): boolean {
  return pc >= BigInt(codeBase) && pc + 2n <= BigInt(codeBase + codeSize);
}

/** The registers are those of the frame, as the guest has left it. c27 is the gate's, and null in a domain of its own. */
const exceptionReturn: Call = (call) => {
  const { engine, copier, thread, cvm } = call;
  const pc = call.args[0]!;
  if (!thread.handling || thread.frames.at(-1)!.call !== null) return "EPERM";
  if (!isCode(cvm, pc)) return "EFAULT";
  if (pc & 1n) return "EINVAL";
  const ddc = copier.ddcOf(thread);
  const frame = copier.fromGuest(ddc, frameOf(thread), FRAME_BYTES);
  if (frame === null || !reaches(call, frameOf(thread), BigInt(FRAME_BYTES))) return "EFAULT";
  const words = new BigUint64Array(frame.buffer);
  thread.handling = false;
  engine.load(BigInt(blockOf(thread) + block.inUse), new Uint8Array(8));
  goTo(engine, thread, ddc, pc, (index) => (index === S11 ? 0n : words[wordOf(index)]!));
  return "resumed";
};

/**
 * Takes a thread that has trapped, and whose registers are the hart's, to the handler of its cVM: true, and the hart
 * stands there. False if there is none, or it was in it, or the frame is not its to write.
 */
export function deliver(
  engine: Engine,
  copier: DeviceCopy,
  thread: Thread,
  { cause, value }: { readonly cause: bigint; readonly value: bigint },
): boolean {
  const { hart } = engine;
  const { handler } = domainOf(thread);
  if (thread.frames.at(-1)!.call !== null || thread.handling || handler === 0) return false;
  const words = new BigUint64Array(FRAME_BYTES / 8);
  words.set([cause, value, hart.pc]);
  for (const index of REGISTERS) words[wordOf(index)] = hart.integer(index);
  const ddc = hart.register(DDC);
  const at = frameOf(thread);
  const { base, top } = pointersUnder(thread.cvm, authority(hart.capability(DDC)));
  if (at < base || at + BigInt(FRAME_BYTES) > top) return false;
  if (!copier.toGuest(ddc, at, new Uint8Array(words.buffer))) return false;
  const entry = new Map([
    [SP, at],
    [TP, BigInt(thread.number)],
    [A0, cause],
    [A0 + 1, value],
    [A0 + 2, words[2]!],
    [A0 + 3, at],
  ]);
  goTo(engine, thread, ddc, BigInt(handler), (index) => entry.get(index) ?? 0n);
  thread.handling = true;
  return true;
}

function frameOf({ cvm, number }: Thread): bigint {
  return BigInt(stackTop(cvm, number) - FRAME_BYTES);
}

/** Leaves the hart at a place in the thread's own code, with integers in its registers and nothing else. */
function goTo(
  { hart }: Engine,
  thread: Thread,
  ddc: Uint8Array,
  pc: bigint,
  holding: (register: number) => bigint,
): void {
  const { doing } = thread.frames[0]!;
  for (const index of REGISTERS) hart.setInteger(index, holding(index));
  hart.setRegister(DDC, ddc);
  hart.setRegister(PCC, doing.pcc);
  hart.pc = pc;
  doing.code = "program";
}

export const exceptionCalls: readonly (readonly [number, Call])[] = [
  [17, register],
  [18, exceptionReturn],
];
