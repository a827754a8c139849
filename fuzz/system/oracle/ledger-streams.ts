/**
 * What is declared of streams (4.4): who listens, which ends there are and what they still do, the places that receivers
 * have named, and the bytes that moved there. A way leads from each end to the other; it goes as long as the one end
 * writes and the other reads.
 */

import { type Declarations, handleAt } from "./declarations.ts";
import type {
  DeclaredCvm,
  DeclaredEnd,
  DeclaredListener,
  DeclaredThread,
  DeclaredWait,
  Range,
} from "./declared.ts";
import { keyOf, type TakenCall, type Values } from "./taken-call.ts";

const MESSAGE = 2n;
const [IN, OUT, HUP, ERR] = [1n, 2n, 4n, 8n];

export function peerOf(end: DeclaredEnd): DeclaredEnd {
  return end.stream.ends[0] === end ? end.stream.ends[1] : end.stream.ends[0];
}

/** Whether what is sent from an end can be received. */
export function isGoing(end: DeclaredEnd): boolean {
  return end.writes && peerOf(end).reads;
}

/** The end that the first argument of a call names. */
export function endAt({ cvm, args }: TakenCall): DeclaredEnd | null {
  const handle = handleAt(cvm, args[0]!);
  return handle?.kind === "stream" ? handle.end : null;
}

export function listenerAt({ cvm, args }: TakenCall): DeclaredListener | null {
  const handle = handleAt(cvm, args[0]!);
  return handle?.kind === "listener" ? handle.listener : null;
}

/** A thread that waits at an end, with what it asked for. */
export interface Waiter {
  readonly thread: DeclaredThread;
  readonly wait: DeclaredWait;
}

/** Threads that wait at an end in a call, who came first first. */
export function waitersAt(ledger: Declarations, end: DeclaredEnd, call: "cps_send" | "cps_recv"): Waiter[] {
  const found: Waiter[] = [];
  for (const thread of ledger.living()) {
    const { wait } = thread;
    if (wait !== null && wait.end === end && wait.call === call) found.push({ thread, wait });
  }
  return found.sort((one, other) => one.wait.order - other.wait.order);
}

interface Place {
  readonly range: Range;
  readonly isMessage: boolean;
  readonly isPosted: boolean;
}

/** Where what is sent to an end would lie; null if nowhere. */
export function placeAt(ledger: Declarations, end: DeclaredEnd): Place | null {
  const receiver = waitersAt(ledger, end, "cps_recv")[0]?.wait;
  if (receiver !== undefined && receiver.args[2]! > 0n) return { ...pieceOf(receiver.args), isPosted: false };
  return end.posted !== null && end.posted.got === null
    ? { range: end.posted.range, isMessage: false, isPosted: true }
    : null;
}

function pieceOf(args: readonly bigint[]): { readonly range: Range; readonly isMessage: boolean } {
  return {
    range: { base: Number(args[1]), size: Number(args[2]) },
    isMessage: (args[3]! & MESSAGE) !== 0n,
  };
}

/** Moves as many bytes as both have, and says how many, and how many the sender is told have gone. */
function carry(
  ledger: Declarations,
  from: ReturnType<typeof pieceOf>,
  to: Pick<Place, "range" | "isMessage">,
) {
  const count = Math.min(from.range.size, to.range.size);
  ledger.memory.write(to.range.base, ledger.memory.read(from.range.base, count));
  const full = from.isMessage || to.isMessage ? from.range.size : count;
  return { count: BigInt(count), full: BigInt(full) };
}

type Effect = (call: TakenCall, values: Values) => void;

export const streamEffects: Readonly<Record<string, Effect>> = {
  cps_listen(call, [word]) {
    const { ledger, cvm, args } = call;
    const acl = ledger.words(call, args[2]!, Number(args[3])) ?? [];
    const listener = { key: keyOf(call) ?? "", owner: cvm, acl, backlog: [] };
    ledger.listeners.add(listener);
    ledger.open(cvm, word, { kind: "listener", word, listener });
  },
  cps_connect(call, [word]) {
    const { ledger, cvm } = call;
    const key = keyOf(call);
    const listener = [...ledger.listeners].find((one) => one.key === key);
    if (listener === undefined) return;
    const ends: DeclaredEnd[] = [];
    const stream = { key: listener.key, ends: ends as unknown as readonly [DeclaredEnd, DeclaredEnd] };
    for (const owner of [cvm, listener.owner]) {
      ends.push({ stream, owner, isOpen: true, reads: true, writes: true, posted: null });
    }
    ledger.streams.add(stream);
    ledger.open(cvm, word, { kind: "stream", word, end: ends[0]! });
    listener.backlog.push(ends[1]!);
  },
  cps_accept(call, [word]) {
    const listener = listenerAt(call);
    if (listener !== null) takeAccepted(call.ledger, listener, word);
  },
  cps_send(call) {
    const { ledger, args } = call;
    const end = endAt(call);
    const place = end === null ? null : placeAt(ledger, peerOf(end));
    if (end === null || place === null || args[2] === 0n) return;
    const carried = carry(ledger, pieceOf(args), place);
    const peer = peerOf(end);
    const isTaken = waitersAt(ledger, peer, "cps_recv").length > 0;
    if (isTaken) peer.posted = null;
    else peer.posted = { range: place.range, got: carried };
  },
  cps_recv(call) {
    const { ledger, args } = call;
    const end = endAt(call);
    if (end === null) return;
    if (end.posted?.got) {
      end.posted = null;
      return;
    }
    const sender = waitersAt(ledger, peerOf(end), "cps_send")[0];
    if (args[2]! > 0n && sender !== undefined) carry(ledger, pieceOf(sender.wait.args), pieceOf(args));
  },
  cps_post_recv(call) {
    const { ledger, args } = call;
    const end = endAt(call);
    if (end === null) return;
    const { range } = pieceOf(args);
    end.posted = { range, got: null };
    const sender = waitersAt(ledger, peerOf(end), "cps_send")[0];
    if (sender !== undefined) {
      end.posted = { range, got: carry(ledger, pieceOf(sender.wait.args), { range, isMessage: false }) };
    }
  },
  cps_poll: ({ ledger, cvm, args }) => {
    const words = ledger.memory.read(Number(args[0]), Number(args[1]) * 8);
    writePolled(ledger, cvm, Number(args[0]), wordsOf(words));
  },
  cps_shutdown(call) {
    const end = endAt(call);
    if (end === null) return;
    if (call.args[1] !== 1n) end.reads = false;
    if (call.args[1] !== 0n) end.writes = false;
    settleEnds(end);
  },
  cps_close(call) {
    const { ledger, cvm, args } = call;
    const handle = handleAt(cvm, args[0]!);
    ledger.close(cvm, args[0]!);
    if (handle?.kind === "stream") closeEnd(ledger, handle.end);
    if (handle?.kind === "listener") closeListener(ledger, handle.listener);
  },
};

/** Waits of streams that ended well. */
export const streamWakes: Readonly<
  Record<string, (ledger: Declarations, waiter: Waiter, values: Values) => void>
> = {
  cps_accept(ledger, { wait }, [word]) {
    if (wait.listener !== null) takeAccepted(ledger, wait.listener, word);
  },
  cps_poll(ledger, { thread, wait }, [ready]) {
    if (ready > 0n && wait.words !== null) {
      writePolled(ledger, thread.frames.at(-1)!.cvm, Number(wait.args[0]), wait.words);
    }
  },
};

function takeAccepted(ledger: Declarations, listener: DeclaredListener, word: bigint): void {
  const end = listener.backlog.shift();
  if (end !== undefined) ledger.open(listener.owner, word, { kind: "stream", word, end });
}

/** The end of all that a cVM has of streams. */
export function endStreamsOf(ledger: Declarations, cvm: DeclaredCvm): void {
  for (const { ends } of [...ledger.streams]) {
    for (const end of ends) if (end.owner === cvm && end.isOpen) closeEnd(ledger, end);
  }
  for (const listener of [...ledger.listeners]) if (listener.owner === cvm) closeListener(ledger, listener);
}

function closeListener(ledger: Declarations, listener: DeclaredListener): void {
  ledger.listeners.delete(listener);
  for (const end of listener.backlog) if (end.isOpen) closeEnd(ledger, end);
}

function closeEnd(ledger: Declarations, end: DeclaredEnd): void {
  Object.assign(end, { isOpen: false, reads: false, writes: false, posted: null });
  settleEnds(end);
  if (!peerOf(end).isOpen) ledger.streams.delete(end.stream);
}

/** A buffer to which nothing can come any more is not posted any more. */
function settleEnds({ stream }: DeclaredEnd): void {
  for (const end of stream.ends) if (end.posted?.got === null && !isGoing(peerOf(end))) end.posted = null;
}

/** How many words of a set have something ready. */
export function countReady(ledger: Declarations, cvm: DeclaredCvm, words: readonly bigint[]): number {
  return words.filter((word) => readyBits(ledger, cvm, word) !== 0n).length;
}

function writePolled(ledger: Declarations, cvm: DeclaredCvm, at: number, words: readonly bigint[]): void {
  if (countReady(ledger, cvm, words) === 0) return;
  const marked = words.map((word) => BigInt.asUintN(48, word) | (readyBits(ledger, cvm, word) << 48n));
  ledger.memory.write(at, new Uint8Array(new BigUint64Array(marked).buffer));
}

/** What is ready of what a word of a set asks for: hanging up and errors unasked. */
function readyBits(ledger: Declarations, cvm: DeclaredCvm, word: bigint): bigint {
  const wanted = (BigInt.asUintN(48, word) >> 32n) | HUP | ERR;
  const handle = handleAt(cvm, BigInt.asUintN(32, word));
  if (handle?.kind === "listener") return handle.listener.backlog.length > 0 ? IN & wanted : 0n;
  if (handle?.kind !== "stream") return ERR;
  const { end } = handle;
  const peer = peerOf(end);
  const canReceive = end.posted?.got || waitersAt(ledger, peer, "cps_send").length > 0 || !isGoing(peer);
  const canSend = placeAt(ledger, peer) !== null || !isGoing(end);
  return ((canReceive ? IN : 0n) | (canSend ? OUT : 0n) | (peer.isOpen ? 0n : HUP)) & wanted;
}

export function wordsOf(bytes: Uint8Array): bigint[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Array.from({ length: bytes.length / 8 }, (_, at) => view.getBigUint64(at * 8, true));
}
