/**
 * Objects at work, specified by the machine itself: for one client there is memory with the text and read-only data of the
 * objects that it has bound and with its own states of them, and nothing of anybody else; the reference machine steps from
 * the entry until control comes back. So each client behaves exactly as if it had a private copy of every object (I-99).
 * A library finds the client's own memory there too.
 */
import { integerCapability, nullCapability } from "../capability/index.ts";
import type { Capability, Trap } from "../contract.ts";
import { failure } from "../intravisor/errors.ts";
import type { Range } from "../intravisor/layout.ts";
import { assemble } from "../isa/index.ts";
import { setPcc } from "../machine/control.ts";
import { createMachine, type Machine } from "../machine/machine.ts";
import { step } from "../machine/reference.ts";
import { authority, code, over } from "./capabilities.ts";
import { enteredAt, type Import, MONITOR, monitorCode, returnEntry } from "./entries.ts";
import { SLOT } from "./format.ts";
import { memoryOf, own, type Region, shared } from "./memory.ts";
import { SP, stackBelow, stackPointer, zeroedStack } from "./stack.ts";
import type { Binding, Chain, Kept, ObjectFrame, Piece, SharedObject } from "./state.ts";

/** Numbers of objects, and so entries of a CLS table (5.5). */
export const OBJECTS_MAX = 64;
/** Objects that a thread can be in at a time (I-33). */
export const OBJECT_FRAMES_MAX = 8;
/** Instructions that objects may execute for one call. */
const STEPS_MAX = 4096;
/** Where the table is for those who look. */
const TABLE = 0x8500_0000n;

const [RA, A0, A4, CLS, BUFFER, DATA] = [1, 10, 14, 26, 27, 31];
/** What an object finds again after it has called: ra, sp, tp, s0 to s11. */
const KEPT: readonly number[] = [RA, SP, 4, 8, 9, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27];
const RESUME = assemble("cjalr c0, 0(c1)", { capabilityMode: true });

/** What a client has bound. */
export interface Bound {
  readonly object: SharedObject;
  readonly binding: Binding;
}

export interface Client {
  readonly bound: readonly Bound[];
  /** Its own bytes that the objects can reach for the time of the call; null: none. */
  readonly shared: Piece | null;
  /** Whether the thread can go into another domain. */
  readonly mayCallBack: boolean;
  /** Objects that the thread is in already, in other chains. */
  readonly framesBelow: number;
}

/** How control came back. */
export type End =
  | { readonly kind: "returned"; readonly value: bigint }
  | { readonly kind: "trapped"; readonly trap: Trap }
  | { readonly kind: "out of steps" }
  /** An object has called its client back, and waits. */
  | {
      readonly kind: "calls back";
      readonly entry: bigint;
      readonly values: readonly bigint[];
      readonly chain: Chain;
    };

export interface Run {
  readonly end: End;
  /** What the client's states are now, by the number of the object. */
  readonly states: ReadonlyMap<number, Piece>;
  /** What the client's own bytes are now; null if nobody has written there. */
  readonly shared: Piece | null;
}

/** An export of an object, called by its client with four integers. */
export interface Entry {
  readonly object: number;
  readonly export: number;
  readonly args: readonly bigint[];
  /** What c27 covers; of no size: nothing. */
  readonly buffer: Range;
  /** What DDC covers, of a library; null in a compartment. */
  readonly ddc: Range | null;
  /** The highest address that the objects have for their stack. */
  readonly stackTop: bigint;
}

/** A client calls an object. */
export function enter(client: Client, { object, export: number, args, buffer, ddc, stackTop }: Entry): Run {
  const given = buffer.size === 0n ? null : buffer;
  const chain: Chain = { frames: [], stack: zeroedStack, buffer: given, steps: 0 };
  return run(client, chain, (hart) => {
    begin(hart, { object, stackTop, kept: null }, number, {
      args: args.map(integerCapability),
      buffer: dataOver(given),
      length: buffer.size,
      ddc: dataOver(ddc),
    });
    return null;
  });
}

function dataOver(range: Range | null): Capability {
  return range === null ? nullCapability : over(range.base, range.size, authority.data);
}

/** The client returns to the object that has called it back. */
export function resume(client: Client, chain: Chain, value: bigint): Run {
  return run(client, chain, (hart) => goBack(hart, value));
}

/** A machine in objects, and how it came there. */
interface Hart {
  readonly machine: Machine;
  readonly client: Client;
  /** Innermost last; it runs, so it has nothing kept. */
  readonly frames: ObjectFrame[];
  steps: number;
}

function run(client: Client, chain: Chain, start: (hart: Hart) => Trap | null): Run {
  const states = new Map(client.bound.map(({ object, binding }) => [object.number, own(binding.state)]));
  const mine = client.shared === null ? null : own(client.shared);
  const stack = own(chain.stack);
  const code: Region[] = client.bound.flatMap(({ object: { text, rodata } }) => [
    shared(text),
    shared(rodata),
  ]);
  const regions = [...code, ...states.values(), shared(tableOf(client)), stack];
  const machine = createMachine(memoryOf(mine === null ? regions : [...regions, mine]));
  const hart: Hart = { machine, client, frames: [...chain.frames], steps: chain.steps };
  const trap = start(hart);
  const end = trap === null ? work(hart) : ({ kind: "trapped", trap } as const);
  return {
    end:
      end.kind === "calls back"
        ? { ...end, chain: { ...chain, frames: hart.frames, stack: stack.piece(), steps: hart.steps } }
        : end,
    states: new Map([...states].map(([number, state]) => [number, state.piece()])),
    shared: mine === null || mine.piece() === client.shared ? null : mine.piece(),
  };
}

type Ending = Exclude<End, { kind: "calls back" }> | Omit<Extract<End, { kind: "calls back" }>, "chain">;

/** Steps until control leaves the objects. */
function work(hart: Hart): Ending {
  const { machine } = hart;
  for (;;) {
    const left = machine.pc >= MONITOR ? leave(hart) : execute(hart);
    if (left !== null) return left;
  }
}

/** One instruction of an object. */
function execute(hart: Hart): Ending | null {
  if (hart.steps === STEPS_MAX) return { kind: "out of steps" };
  const { trap } = step(hart.machine, hart.steps++, null);
  return trap === null ? null : { kind: "trapped", trap };
}

/** Control is with the Intravisor: an object has returned, or goes through a pair. */
function leave(hart: Hart): Ending | null {
  const { machine, frames } = hart;
  const target = enteredAt(machine.pc, machine.readCap(DATA));
  if (target === null) {
    const value = machine.readInt(A0);
    frames.pop();
    return frames.length === 0 ? { kind: "returned", value } : trapped(goBack(hart, value));
  }
  frames.push({ ...frames.pop()!, kept: keep(machine) });
  if (!isRoomFor(hart, target)) return trapped(goBack(hart, failure("ELOOP")));
  if (target.to === "object") return trapped(call(hart, target));
  const values = Array.from({ length: 6 }, (_, at) => machine.readInt(A0 + at));
  return { kind: "calls back", entry: target.entry, values };
}

function trapped(trap: Trap | null): Ending | null {
  return trap === null ? null : { kind: "trapped", trap };
}

function isRoomFor({ client, frames }: Hart, target: Import): boolean {
  if (target.to === "client") return client.mayCallBack;
  return client.framesBelow + frames.length < OBJECT_FRAMES_MAX;
}

/** An object calls another of the same client (I-109). */
function call(hart: Hart, target: Extract<Import, { to: "object" }>): Trap | null {
  const { machine, frames } = hart;
  const below = stackBelow(frames.at(-1)!);
  if (typeof below !== "bigint") return below;
  const args = [0, 1, 2, 3].map((at) => machine.readCap(A0 + at));
  begin(hart, { object: target.object, stackTop: below, kept: null }, target.export, {
    args,
    buffer: nullCapability,
    length: 0n,
    ddc: nullCapability,
  });
  return null;
}

/** What an object is called with. */
interface Arguments {
  readonly args: readonly Capability[];
  readonly buffer: Capability;
  readonly length: bigint;
  readonly ddc: Capability;
}

/** The machine as an object finds it at an entry: nothing of its caller's but the arguments (I-26, I-27). */
function begin(hart: Hart, frame: ObjectFrame, number: number, given: Arguments): void {
  const { machine, client, frames } = hart;
  const { args, buffer, length, ddc } = given;
  const { file, text } = client.bound.find(({ object }) => object.number === frame.object)!.object;
  const { offset } = file.exports[number]!;
  frames.push(frame);
  machine.setRegisters(nullCapability);
  machine.writeCap(RA, returnEntry);
  machine.writeCap(SP, stackPointer(frame.stackTop));
  for (const [at, value] of args.entries()) machine.writeCap(A0 + at, value);
  machine.writeInt(A4, length);
  machine.writeCap(CLS, over(TABLE, BigInt(OBJECTS_MAX * SLOT), authority.table));
  machine.writeCap(BUFFER, buffer);
  machine.ddc = ddc;
  setPcc(machine, code(text.base, text.bytes.length, offset));
  machine.pc = text.base + BigInt(offset);
}

/** Back into the innermost object, which finds what it kept and the value; it goes on where its own c1 says. */
function goBack(hart: Hart, value: bigint): Trap | null {
  const { machine, frames } = hart;
  const frame = frames.pop()!;
  const { registers, ddc } = frame.kept!;
  machine.setRegisters(nullCapability);
  for (const [index, register] of registers) machine.writeCap(index, register);
  machine.writeInt(A0, value);
  machine.ddc = ddc;
  setPcc(machine, monitorCode);
  machine.pc = MONITOR;
  frames.push({ ...frame, kept: null });
  return step(machine, hart.steps, RESUME).trap;
}

function keep(machine: Machine): Kept {
  return { registers: new Map(KEPT.map((index) => [index, machine.readCap(index)])), ddc: machine.ddc };
}

/** The client's states, by the numbers of objects (I-102): the same for all its threads (I-104). */
function tableOf({ bound }: Client): Piece {
  const bytes = new Uint8Array(OBJECTS_MAX * SLOT);
  const tags = new Uint8Array(OBJECTS_MAX);
  for (const { object, binding } of bound) {
    if (binding.entry === null) continue;
    bytes.set(binding.entry, object.number * SLOT);
    tags[object.number] = 1;
  }
  return { base: TABLE, bytes, tags };
}
