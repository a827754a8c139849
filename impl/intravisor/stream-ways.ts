/** The two ways of a stream: which end is which, whether a way is open, and who waits at its ends. */
import { waiters } from "./basic-calls.ts";
import type { CallFrame } from "./call-frame.ts";
import { handleAt } from "./file-calls.ts";
import type { Piece, StreamEnd, Tables, Thread, Wait } from "./tables.ts";

/** The end that the first argument of a call names. */
export function endAt({ cvm, args }: CallFrame): StreamEnd | null {
  const handle = handleAt(cvm, args[0]!)?.handle;
  return handle?.kind === "stream" ? handle.end : null;
}

export function peerOf(end: StreamEnd): StreamEnd {
  return end.ends[0] === end ? end.ends[1]! : end.ends[0]!;
}

/** Whether what is sent from an end can be received. */
export function isGoing(end: StreamEnd): boolean {
  return end.writes && peerOf(end).reads;
}

/** A thread that waits at an end, and for what. */
export interface AtEnd<Kind extends "send" | "receive"> {
  readonly thread: Thread;
  readonly on: Extract<Wait, { for: Kind }>;
}

/** Who receives at an end: one at most. */
export function receiverAt(tables: Tables, end: StreamEnd): AtEnd<"receive"> | null {
  for (const thread of waiters({ tables })) {
    if (thread.wait?.for === "receive" && thread.wait.end === end) return { thread, on: thread.wait };
  }
  return null;
}

/** Who has waited longest with something to send from an end. */
export function senderAt(tables: Tables, end: StreamEnd): AtEnd<"send"> | null {
  let first: AtEnd<"send"> | null = null;
  for (const thread of waiters({ tables })) {
    const on = thread.wait;
    if (on?.for !== "send" || on.end !== end || (first !== null && first.on.order < on.order)) continue;
    first = { thread, on };
  }
  return first;
}

/** Where something that comes to an end can lie: with who receives, or in the posted buffer; null if nowhere. */
export function roomAt(tables: Tables, end: StreamEnd): { piece: Piece; message: boolean } | null {
  const receiver = receiverAt(tables, end)?.on;
  if (receiver !== undefined && receiver.piece.size > 0) return receiver;
  return end.posted?.got === null ? { piece: end.posted, message: false } : null;
}
