/**
 * The net: datagrams from one cVM to another. The Intravisor keeps them until they are asked for, eight for each
 * receiver. In a full queue whoever has most in it makes room for one who has two fewer, by its newest; so no sender
 * shuts others out (I-45).
 */
import type { Cvm } from "./tables.ts";

const PLACES = 8;

/** A datagram with the identity word of its sender in front. */
export interface Packet {
  readonly from: bigint;
  readonly bytes: Uint8Array;
}

/** Puts a packet into a queue, or says that there is no place for one more of this sender. */
export function enqueue(queue: Packet[], packet: Packet): boolean {
  if (queue.length >= PLACES) {
    const counts = new Map<bigint, number>();
    for (const { from } of queue) counts.set(from, (counts.get(from) ?? 0) + 1);
    const most = Math.max(...counts.values());
    if (most < (counts.get(packet.from) ?? 0) + 2) return false;
    let newest = queue.length - 1;
    while (counts.get(queue[newest]!.from) !== most) newest--;
    queue.splice(newest, 1);
  }
  queue.push(packet);
  return true;
}

/** The identity word of a cVM. */
export function identityOf({ slot, generation }: Pick<Cvm, "slot" | "generation">): bigint {
  return BigInt(slot) | (BigInt(generation) << 32n);
}
