/** The trusted object stack of a thread, in its page: which objects it is in, and where each call goes back to. */
import type { Engine } from "../engine/index.ts";
import type { Tables, Thread } from "../intravisor/tables.ts";
import {
  DESCRIPTOR_BYTES,
  FRAME_BYTES,
  FRAMES_AT,
  frame,
  OBJECT_FRAMES_MAX,
  page,
  STACK_AT,
  TABLE_BYTES,
} from "./layout.ts";
import type { Binding } from "./table.ts";

/** Behind the last frame. */
const LAST_FRAME = FRAMES_AT + OBJECT_FRAMES_MAX * FRAME_BYTES;
const FROM_OBJECT = 1;
const SEEN = 2;
/** In a frame that nobody has used since the last callback. */
const UNUSED = 4;

export function wordAt(engine: Engine, address: number): number {
  const bytes = engine.hart.ramIn(BigInt(address), 8);
  return Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true));
}

export function setWord(engine: Engine, address: number, value: number): void {
  engine.load(BigInt(address), new Uint8Array(new BigUint64Array([BigInt(value)]).buffer));
}

/** Where the next frame goes: an offset in the page. */
export function nextOf(engine: Engine, { objectPage }: Thread): number {
  return objectPage === 0 ? FRAMES_AT : wordAt(engine, objectPage + page.next);
}

/** Forgets the frames from this offset on, and whatever was in them. */
export function cutTo(engine: Engine, { objectPage }: Thread, offset: number): void {
  if (objectPage === 0) return;
  setWord(engine, objectPage + page.next, offset);
  engine.load(BigInt(objectPage + offset), new Uint8Array(STACK_AT - offset));
}

/** Address behind the stack that the next object called by a client is given. */
export function topOf(engine: Engine, { objectPage }: Thread): number {
  return wordAt(engine, objectPage + page.top);
}

export function setTop(engine: Engine, { objectPage }: Thread, top: number): void {
  setWord(engine, objectPage + page.top, top);
}

/** A frame: its address, who called, and the address of the descriptor of the object called. */
export interface ObjectFrame {
  readonly at: number;
  readonly isFromObject: boolean;
  readonly descriptor: number;
}

/** The objects that a thread is in, outermost first. */
export function objectFrames(engine: Engine, thread: Thread): ObjectFrame[] {
  const found: ObjectFrame[] = [];
  const next = nextOf(engine, thread);
  for (let offset = FRAMES_AT; offset < next; offset += FRAME_BYTES) {
    const at = thread.objectPage + offset;
    const isFromObject = (wordAt(engine, at + frame.kind) & FROM_OBJECT) !== 0;
    found.push({ at, isFromObject, descriptor: wordAt(engine, at + frame.descriptor) });
  }
  return found;
}

/** Whether the innermost domain of a thread is in an object that it has called. */
export function isInObject(engine: Engine, thread: Thread): boolean {
  return nextOf(engine, thread) > thread.frames.at(-1)!.objects;
}

/** Address of the frame of the client that called last. The thread is in an object. */
export function clientFrame(engine: Engine, thread: Thread): number {
  let at = thread.objectPage + nextOf(engine, thread) - FRAME_BYTES;
  while ((wordAt(engine, at + frame.kind) & FROM_OBJECT) !== 0) at -= FRAME_BYTES;
  return at;
}

/** Notes that a call of a client's has been seen; whether it was before. */
export function see(engine: Engine, at: number): boolean {
  const kind = wordAt(engine, at + frame.kind);
  setWord(engine, at + frame.kind, kind | SEEN);
  return (kind & SEEN) !== 0;
}

/** Marks the next frame, to see later whether anybody has called. */
export function setUnused(engine: Engine, thread: Thread): void {
  const offset = nextOf(engine, thread);
  if (offset < LAST_FRAME) setWord(engine, thread.objectPage + offset + frame.kind, UNUSED);
}

/** Whether nobody has called since the next frame was marked. */
export function isUnused(engine: Engine, thread: Thread): boolean {
  const offset = nextOf(engine, thread);
  return offset >= LAST_FRAME || wordAt(engine, thread.objectPage + offset + frame.kind) === UNUSED;
}

export function descriptorOf({ cvm, object }: Pick<Binding, "cvm" | "object">): number {
  return cvm.table + TABLE_BYTES + object.number * DESCRIPTOR_BYTES;
}

/** Threads that are in an object for its client, each once. */
export function threadsIn(engine: Engine, tables: Tables, binding: Binding): number {
  const descriptor = descriptorOf(binding);
  let count = 0;
  for (const cvm of tables.cvms) {
    for (const thread of cvm?.threads ?? []) {
      if (thread.objectPage === 0 || thread.state === "dead") continue;
      if (objectFrames(engine, thread).some((one) => one.descriptor === descriptor)) count++;
    }
  }
  return count;
}
