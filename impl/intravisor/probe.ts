/**
 * The system as it really is, for those who judge it: memory, tags, and the registers of threads, to be looked at and
 * never to be changed. Capabilities are handed out as they are encoded; what they mean is for the judge to work out.
 */

import type { StepEvent } from "../../model/contract.ts";
import type { CvmName } from "../../model/system-contract.ts";
import { type EncodedCapability, pcIn, type Recorder, taggedIn } from "../engine/hart.ts";
import type { Engine } from "../engine/index.ts";
import {
  DESCRIPTOR_BYTES,
  FRAME_BYTES,
  FRAMES_AT,
  LIBRARY_DATA_AT,
  STACK_AT,
  TABLE_BYTES,
} from "../sco/layout.ts";
import { isInObject, type ObjectFrame, objectFrames } from "../sco/stack.ts";
import { type Census, censusOf } from "./census.ts";
import { blockOf } from "./domain.ts";
import type { Kernel } from "./kernel.ts";
import {
  ARENA_BASE,
  ARENA_TOP,
  BLOCK_BYTES,
  BLOCKS,
  BLOCKS_AT,
  BODY_BYTES,
  BODY_PLACES,
  block,
  GATE_AT,
  GATE_SIZE,
  IMAGE_AT,
  OBJECT_CODE_AT,
  OBJECT_CODE_SIZE,
  OBJECT_ENTRY_PLACE,
  OBJECTS_BASE,
  OBJECTS_TOP,
  OWN_PAGES_BASE,
  OWN_PAGES_TOP,
  PAGE,
  RAM_BASE,
  RECORD_BYTES,
  SLOTS,
  STORE_HANDLES_AT,
  STORE_PAIR_BYTES,
} from "./layout.ts";
import { nextDue } from "./life.ts";
import type { Frame, Thread } from "./tables.ts";

export type { EncodedCapability, Recorder } from "../engine/hart.ts";
/** The integer in a register of a context, by its number, and the whole of it if it is none. */
export { integerIn as integerOf, wholeIn as wholeOf } from "../engine/hart.ts";

/** A thread as the Intravisor keeps it. What is here is live, and good until the next step. */
export interface ProbedThread {
  readonly cvm: CvmName;
  readonly slot: number;
  readonly generation: number;
  readonly number: number;
  readonly state: "ready" | "blocked" | "dead";
  /** Whether the instruction it would go on with is one of the gate's, or of the ways into objects and out of them. */
  readonly isInGate: boolean;
  /** Whether it has called an object that has not come back, or called back. */
  readonly isInObject: boolean;
  /** Address of its block. */
  readonly block: number;
  /** Address of its page for calls into objects; 0 until its first. */
  readonly objectPage: number;
  /** The objects that it is in, outermost first; those that wait for a callback too. */
  readonly objects: readonly ObjectFrame[];
  /** All of its registers: equal bytes are equal registers. */
  readonly context: Uint8Array;
  /** The domains it is in, outermost first, and the stack that it has in each. */
  readonly frames: readonly ProbedFrame[];
}

export interface ProbedFrame {
  readonly cvm: CvmName;
  readonly stack: number;
  /** What the Intravisor keeps of the caller's while the thread is in a callee: tagged capabilities only. */
  readonly kept: readonly EncodedCapability[];
  /** In a callback the registers of the object that made it, as it did. */
  readonly suspended: Uint8Array | null;
}

/** Where things are that are no cVM's. Addresses and sizes in bytes. */
const places = {
  ramBase: RAM_BASE,
  arenaBase: ARENA_BASE,
  arenaTop: ARENA_TOP,
  gateBase: GATE_AT,
  gateSize: GATE_SIZE,
  /** Blocks of threads: `blocksPerCvm` for each slot, one for each number of a thread. */
  blocksBase: BLOCKS_AT,
  blocksSize: BLOCKS * BLOCK_BYTES,
  /** In a system with as many slots as it has unless another number is asked for. */
  blocksPerCvm: BLOCKS / SLOTS,
  blockBytes: BLOCK_BYTES,
  block,
  /** In a code part: where the image begins, and in its last page the capability store. */
  imageAt: IMAGE_AT,
  storeSize: PAGE,
  /** In front of the store: code that the host is asked to run. */
  bodiesSize: BODY_PLACES * BODY_BYTES,
  /** In a store: a pair for each stack, then a record for each handle. */
  pairBytes: STORE_PAIR_BYTES,
  handlesAt: STORE_HANDLES_AT,
  recordBytes: RECORD_BYTES,
  /** Place of the pair that leads into objects. */
  entryPlace: OBJECT_ENTRY_PLACE,
  /** Objects and states of clients; the code between them; and pages of the Intravisor's own for both. */
  objectsBase: OBJECTS_BASE,
  objectsTop: OBJECTS_TOP,
  objectCodeBase: OBJECT_CODE_AT,
  objectCodeSize: OBJECT_CODE_SIZE,
  ownBase: OWN_PAGES_BASE,
  ownSize: OWN_PAGES_TOP - OWN_PAGES_BASE,
  pageSize: PAGE,
  /** In the page of a cVM: its CLS table, then its descriptors. */
  tableBytes: TABLE_BYTES,
  /** In the page of a cVM for library mode: its CLS table, then the capability to its data part. */
  libraryDataAt: LIBRARY_DATA_AT,
  descriptorBytes: DESCRIPTOR_BYTES,
  /** In the page of a thread: frames, and the stack that objects have. */
  objectFramesAt: FRAMES_AT,
  objectFrameBytes: FRAME_BYTES,
  objectStackAt: STACK_AT,
} as const;

export class Probe {
  readonly places = places;
  private readonly kernel: Kernel;

  constructor(kernel: Kernel) {
    this.kernel = kernel;
  }

  /** Steps of the machine that threads have taken since the system was made. */
  get machineSteps(): number {
    return this.kernel.engine.hart.taken;
  }

  /** Is shown every step of threads and of what copies for them from here on; null: nobody is. */
  set recorder(recorder: Recorder | null) {
    this.kernel.engine.hart.recorder = recorder;
  }

  /** A step of those that were recorded last. */
  event(index: number): StepEvent {
    return this.kernel.engine.event(index);
  }

  /** All registers of the hart as they are now. */
  registers(): Uint8Array {
    return this.kernel.engine.hart.save();
  }

  /** Addresses of all tagged granules. */
  allTagged(): number[] {
    return this.kernel.engine.hart.tagged();
  }

  /** When time wakes or interrupts a thread next, in nanoseconds since the reset; null if it never does. */
  get nextDue(): bigint | null {
    return nextDue(this.kernel.tables);
  }

  /** How much the Intravisor's tables hold. */
  census(): Census {
    return censusOf(this.kernel.tables);
  }

  /** Memory as it is now and will be. @throws RangeError if some of it is not RAM. */
  bytes(address: number, size: number): Uint8Array {
    return this.kernel.engine.hart.ramIn(BigInt(address), size);
  }

  /** Offsets of the tagged granules of a piece of memory, from its start, which must be aligned. */
  tagged(address: number, size: number): number[] {
    return this.kernel.engine.hart.tagsIn(BigInt(address), size);
  }

  /** Address of the page of the cVM in a slot, with CLS table and descriptors; 0 if it has bound no object. */
  tableOf(slot: number): number {
    return this.kernel.tables.cvms[slot]?.table ?? 0;
  }

  /** Address of its page for library mode, with a CLS table and its data part; 0 if it has bound none that way. */
  libraryTableOf(slot: number): number {
    return this.kernel.tables.cvms[slot]?.libraryTable ?? 0;
  }

  /** Threads of all cVMs that have a place, dead ones too. */
  threads(): ProbedThread[] {
    const found: ProbedThread[] = [];
    for (const cvm of this.kernel.tables.cvms) {
      if (cvm !== null) for (const thread of cvm.threads) found.push(probed(thread, this.kernel.engine));
    }
    return found;
  }
}

/** The registers of a context that are tagged: 0-31, then PCC and DDC. `take` is given the number of each. */
export function eachTagged(
  context: Uint8Array,
  take: (register: number, value: EncodedCapability) => void,
): void {
  for (let register = 0; register < REGISTERS; register++) {
    const value = taggedIn(context, register);
    if (value !== null) take(register, value);
  }
}

/** 32 registers, PCC and DDC. */
const REGISTERS = 34;
/** Registers of a context put aside that hold what was kept of a caller. */
const KEPT_IN = [21, 22, 23] as const;

function keptIn({ caller }: Frame): EncodedCapability[] {
  if (caller === null) return [];
  return KEPT_IN.map((register) => taggedIn(caller.capabilities, register)).filter((one) => one !== null);
}

/** Looks at a thread wherever it is now. */
class LiveThread implements ProbedThread {
  readonly cvm: CvmName;
  readonly slot: number;
  readonly generation: number;
  readonly number: number;
  readonly block: number;
  private readonly thread: Thread;
  private readonly engine: Engine;

  constructor(thread: Thread, engine: Engine) {
    const { cvm, number } = thread;
    this.thread = thread;
    this.engine = engine;
    this.cvm = cvm.name;
    this.slot = cvm.slot;
    this.generation = cvm.generation;
    this.number = number;
    this.block = blockOf(thread);
  }

  get state(): ProbedThread["state"] {
    return this.thread.state;
  }

  get context(): Uint8Array {
    return this.thread.context;
  }

  get isInGate(): boolean {
    const pc = Number(pcIn(this.thread.context));
    const isWay = pc >= OBJECT_CODE_AT && pc < OBJECT_CODE_AT + OBJECT_CODE_SIZE;
    return isWay || (pc >= GATE_AT && pc < GATE_AT + GATE_SIZE);
  }

  get isInObject(): boolean {
    return this.thread.state !== "dead" && isInObject(this.engine, this.thread);
  }

  get objectPage(): number {
    return this.thread.objectPage;
  }

  get objects(): ObjectFrame[] {
    return objectFrames(this.engine, this.thread);
  }

  get frames(): ProbedFrame[] {
    return this.thread.frames.map((frame) => ({
      cvm: frame.cvm.name,
      stack: frame.stack,
      kept: keptIn(frame),
      suspended: frame.suspended?.context ?? null,
    }));
  }
}

const live = new WeakMap<Thread, LiveThread>();

function probed(thread: Thread, engine: Engine): LiveThread {
  let known = live.get(thread);
  if (known === undefined) {
    known = new LiveThread(thread, engine);
    live.set(thread, known);
  }
  return known;
}
