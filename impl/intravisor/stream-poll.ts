/** CP_Stream: what of a set of handles is ready, now or as soon as something is. */
import { type Call, wait, waiters } from "./basic-calls.ts";
import { type CallFrame, fetch } from "./call-frame.ts";
import { handleAt } from "./file-calls.ts";
import { isGoing, peerOf, roomAt, senderAt } from "./stream-ways.ts";
import { type Cvm, domainOf, type Tables } from "./tables.ts";

const SET_MAX = 64n;
const [IN, OUT, HUP, ERR] = [1n, 2n, 4n, 8n];
const WANTED_SHIFT = 32n;
const READY_SHIFT = 48n;

export const poll: Call = (frame) => {
  const [at, count, timeout] = frame.args as [bigint, bigint, bigint];
  if (count > SET_MAX) return "E2BIG";
  const bytes = fetch(frame, at, 8n * count);
  if (bytes === null) return "EFAULT";
  const words = new BigUint64Array(bytes.slice().buffer);
  const ready = mark(frame.tables, frame.cvm, words);
  if (ready > 0n) {
    frame.engine.load(at, new Uint8Array(words.buffer));
    return [ready];
  }
  return timeout === 0n ? [0n] : wait(frame, timeout, (until) => ({ for: "poll", at, words, until }));
};

/** Level triggered: at the end of every step those go on who wait for something that is there. */
export function settlePolls({ engine, tables, wake }: Pick<CallFrame, "engine" | "tables" | "wake">): void {
  for (const thread of waiters({ tables })) {
    const on = thread.wait;
    if (on?.for !== "poll") continue;
    const ready = mark(tables, domainOf(thread), on.words);
    if (ready === 0n) continue;
    engine.load(on.at, new Uint8Array(on.words.buffer));
    wake(thread, [ready]);
  }
}

/** Writes to each word what is ready of what it asks for; how many have something. */
function mark(tables: Tables, cvm: Cvm, words: BigUint64Array): bigint {
  let ready = 0n;
  for (const [index, word] of words.entries()) {
    const asked = BigInt.asUintN(48, word);
    const wanted = (asked >> WANTED_SHIFT) | HUP | ERR;
    const bits = bitsOf(tables, cvm, BigInt.asUintN(32, asked)) & wanted;
    if (bits > 0n) ready++;
    words[index] = asked | (bits << READY_SHIFT);
  }
  return ready;
}

function bitsOf(tables: Tables, cvm: Cvm, number: bigint): bigint {
  const handle = handleAt(cvm, number)?.handle;
  if (handle?.kind === "listener") return handle.listener.backlog.length > 0 ? IN : 0n;
  if (handle?.kind !== "stream") return ERR;
  const { end } = handle;
  const peer = peerOf(end);
  let bits = peer.open ? 0n : HUP;
  if (end.posted?.got || senderAt(tables, peer) !== null || !isGoing(peer)) bits |= IN;
  if (roomAt(tables, peer) !== null || !isGoing(end)) bits |= OUT;
  return bits;
}
