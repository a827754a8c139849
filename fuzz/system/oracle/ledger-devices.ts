/** What is declared of devices and of faults: disks, packets that wait, handlers, and who is in one. */

import type { Declarations } from "./declarations.ts";
import {
  contains,
  type DeclaredCvm,
  type DeclaredThread,
  type DeclaredWait,
  type Packet,
  type Range,
} from "./declared.ts";
import { endCvm } from "./ledger-life.ts";
import type { TakenCall, Values } from "./taken-call.ts";

export const SECTOR = 512;
export const SECTORS = 64;
export const PACKET_MAX = 256n;
const QUEUE_MAX = 8;
/** What a handler is shown: cause, value, pc, x1 to x31. */
const FRAME_BYTES = 34 * 8;
const STACK_BYTES = 0x1000;

export interface Piece {
  readonly address: bigint;
  readonly length: bigint;
}

/** The pieces of memory that a disk_rw names; null if the caller does not reach the list. */
export function piecesOf({ ledger, frame, args }: TakenCall): Piece[] | null {
  const words = ledger.words({ frame }, args[2]!, Number(args[3]) * 2);
  if (words === null) return null;
  return Array.from({ length: Number(args[3]) }, (_, at) => ({
    address: words[2 * at]!,
    length: words[2 * at + 1]!,
  }));
}

/** The queue of a cVM with one more packet; null if its sender has had its share. */
export function queueWith(packets: readonly Packet[], packet: Packet): Packet[] | null {
  if (packets.length < QUEUE_MAX) return [...packets, packet];
  const shares = new Map<bigint, number>();
  for (const { sender } of packets) shares.set(sender, (shares.get(sender) ?? 0) + 1);
  const most = Math.max(...shares.values());
  if ((shares.get(packet.sender) ?? 0) + 2 > most) return null;
  const newest = packets.findLastIndex(({ sender }) => shares.get(sender) === most);
  return [...packets.filter((_, at) => at !== newest), packet];
}

/** To whom a packet goes that the caller sends, and as what; null if to nobody. */
export function sentPacket(
  call: TakenCall,
): { readonly receiver: DeclaredCvm; readonly packet: Packet } | null {
  const { ledger, cvm, args } = call;
  const bytes = ledger.memory.read(Number(args[1]), Number(args[2]));
  const view = new DataView(bytes.buffer);
  const identity = view.getBigUint64(0, true);
  view.setBigUint64(0, cvm.identity, true);
  const receiver = [...ledger.cvms.values()].find((one) => one.identity === identity);
  return receiver?.state === "running" ? { receiver, packet: { sender: cvm.identity, bytes } } : null;
}

/** The first thread that waits for a packet to a cVM. */
export function waitingFor(ledger: Declarations, receiver: DeclaredCvm): DeclaredWait | null {
  for (const { wait, frames } of ledger.living()) {
    if (wait?.call === "net_rx" && frames.at(-1)!.cvm === receiver) return wait;
  }
  return null;
}

type Effect = (call: TakenCall, values: Values) => void;

export const deviceEffects: Readonly<Record<string, Effect>> = {
  disk_rw(call, [total]) {
    const { ledger, cvm, args } = call;
    if (total === 0n) return;
    let at = Number(args[1]) * SECTOR;
    for (const { address, length } of piecesOf(call) ?? []) {
      const size = Number(length);
      if (args[4] === 0n) ledger.memory.write(Number(address), cvm.disk.slice(at, at + size));
      else cvm.disk.set(ledger.memory.read(Number(address), size), at);
      at += size;
    }
  },
  net_tx(call) {
    const sent = sentPacket(call);
    if (sent === null) return;
    const { receiver, packet } = sent;
    const waiting = waitingFor(call.ledger, receiver);
    if (waiting === null) receiver.packets = queueWith(receiver.packets, packet) ?? receiver.packets;
    else put(call.ledger, packet, waiting.args);
  },
  net_rx({ ledger, cvm, args }) {
    const [packet, ...rest] = cvm.packets;
    if (packet === undefined) return;
    cvm.packets = rest;
    put(ledger, packet, args);
  },
  exception_register({ cvm, args }) {
    cvm.handler = args[0]!;
  },
  exception_return({ thread }) {
    thread.isHandling = false;
  },
};

function put(ledger: Declarations, { bytes }: Packet, args: readonly bigint[]): void {
  const room = args[2]! < BigInt(bytes.length) ? Number(args[2]) : bytes.length;
  ledger.memory.write(Number(args[1]), bytes.subarray(0, room));
}

/**
 * A thread has faulted: it is at its handler, or what it was in is over. Returns where the handler is shown what happened,
 * or null.
 */
export function takeFault(ledger: Declarations, thread: DeclaredThread): Range | null {
  const frame = thread.frames.at(-1)!;
  const { cvm, endpoint, chain, ddc } = frame;
  const shown = shownAt(cvm, frame.stack);
  const canHandle = endpoint === null && chain === null && cvm.handler !== 0n && !thread.isHandling;
  if (!canHandle || !contains(ddc, BigInt(shown.base), BigInt(shown.size))) {
    endCvm(ledger, cvm);
    return null;
  }
  thread.isHandling = true;
  return shown;
}

/** Where the handler of a cVM is shown what happened to the thread on a stack. */
export function shownAt({ data }: DeclaredCvm, stack: number): Range {
  return { base: data.base + data.size - stack * STACK_BYTES - FRAME_BYTES, size: FRAME_BYTES };
}
