/** CP_Stream, the bytes: who sends and who receives meet here; the copy is the receiver's own code (stream-copy.ts). */
import { type Call, wait } from "./basic-calls.ts";
import { type CallFrame, LENGTH_MAX } from "./call-frame.ts";
import { isExact } from "./creation.ts";
import { endAt, isGoing, peerOf, receiverAt, roomAt, senderAt } from "./stream-ways.ts";
import type { Piece, StreamEnd } from "./tables.ts";

const [NO_WAIT, MESSAGE] = [1n, 2n];
const FOREVER = 2n ** 64n - 1n;

/** Bytes placed, and bytes that the sender is told have gone. */
interface Carried {
  readonly count: number;
  readonly full: number;
}

export const send: Call = (frame) => {
  const end = endAt(frame);
  if (end === null) return "EBADF";
  const [, pointer, length, flags] = frame.args as [bigint, bigint, bigint, bigint];
  const piece = pieceAt(frame, pointer, length, flags);
  if (typeof piece === "string") return piece;
  if (!isGoing(end)) return "EPIPE";
  if (piece.size === 0) return [0n];
  const message = (flags & MESSAGE) !== 0n;

  const peer = peerOf(end);
  const room = roomAt(frame.tables, peer);
  if (room === null) {
    if (flags & NO_WAIT) return "EAGAIN";
    const order = frame.tables.queued++;
    return wait(frame, FOREVER, () => ({ for: "send", end, piece, message, order }));
  }
  const carried = carry(frame, piece, peer, room.piece, message || room.message);
  arrive(frame, peer, room.piece, carried);
  return [BigInt(carried.full)];
};

export const receive: Call = (frame) => {
  const end = endAt(frame);
  if (end === null) return "EBADF";
  const [, pointer, length, flags] = frame.args as [bigint, bigint, bigint, bigint];
  const piece = pieceAt(frame, pointer, length, flags);
  if (typeof piece === "string") return piece;
  const message = (flags & MESSAGE) !== 0n;

  const { posted } = end;
  if (posted?.got) {
    end.posted = null;
    return answerOf(posted, posted.got);
  }
  if (receiverAt(frame.tables, end) !== null || (posted !== null && piece.size > 0)) return "EBUSY";
  if (posted === null) {
    if (piece.size === 0) return [0n];
    const sender = senderAt(frame.tables, peerOf(end));
    if (sender !== null) {
      const carried = carry(frame, sender.on.piece, end, piece, message || sender.on.message);
      frame.wake(sender.thread, [BigInt(carried.full)]);
      return answerOf(piece, carried);
    }
    if (!isGoing(peerOf(end))) return [0n];
  }
  if (flags & NO_WAIT) return "EAGAIN";
  return wait(frame, FOREVER, () => ({ for: "receive", end, piece, message }));
};

export const postReceive: Call = (frame) => {
  const end = endAt(frame);
  if (end === null) return "EBADF";
  const [, pointer, length] = frame.args as [bigint, bigint, bigint];
  if (length === 0n) return "EINVAL";
  const piece = pieceAt(frame, pointer, length, 0n);
  if (typeof piece === "string") return piece;
  if (end.posted !== null || receiverAt(frame.tables, end) !== null) return "EBUSY";
  if (!isGoing(peerOf(end))) return "EPIPE";
  end.posted = { ...piece, got: null };
  const sender = senderAt(frame.tables, peerOf(end));
  if (sender !== null) {
    const carried = carry(frame, sender.on.piece, end, piece, sender.on.message);
    end.posted.got = carried;
    frame.wake(sender.thread, [BigInt(carried.full)]);
  }
  return [0n];
};

/** Bytes of the caller's own that bounds can cover exactly: read when the call is made, whatever becomes of DDC. */
function pieceAt(
  { ddcBase, ddcTop }: CallFrame,
  base: bigint,
  size: bigint,
  flags: bigint,
): Piece | "EINVAL" | "EFAULT" {
  if (flags > 3n || size > LENGTH_MAX || !isExact(base, size)) return "EINVAL";
  if (size === 0n) return { base: 0, size: 0 };
  if (base < ddcBase || base + size > ddcTop) return "EFAULT";
  return { base: Number(base), size: Number(size) };
}

function carry({ courier }: CallFrame, from: Piece, end: StreamEnd, to: Piece, isMessage: boolean): Carried {
  const count = courier.deliver(from, end.owner, to);
  return { count, full: isMessage ? from.size : count };
}

/** Tells who receives at an end; if nobody does, the buffer keeps it until somebody asks. */
function arrive(frame: CallFrame, end: StreamEnd, to: Piece, carried: Carried): void {
  const receiver = receiverAt(frame.tables, end);
  if (receiver === null) end.posted!.got = carried;
  else {
    end.posted = null;
    frame.wake(receiver.thread, answerOf(to, carried));
  }
}

function answerOf({ base }: Piece, { count, full }: Carried): readonly bigint[] {
  return [BigInt(count), BigInt(full), BigInt(base)];
}
