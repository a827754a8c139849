/** Disk and net: what the Intravisor keeps for a cVM outside of its memory. Copies are the copier's (device-copy.ts). */
import { type Call, wait, waiters } from "./basic-calls.ts";
import { type CallFrame, LENGTH_MAX, reaches } from "./call-frame.ts";
import { SECTOR_BYTES, SECTORS } from "./device-disk.ts";
import { enqueue, identityOf, type Packet } from "./device-net.ts";
import type { Thread } from "./tables.ts";

const PIECES_MAX = 8n;
const WORD = 8;
const PACKET_MAX = 256n;

/** The only device of each kind. */
const isThere = (number: bigint): boolean => number === 0n;

/** Whether the hardware lets the caller touch these bytes, and they are its own to be named in a call. */
function mayTouch(frame: CallFrame, ddc: Uint8Array, address: bigint, length: bigint): boolean {
  return frame.copier.reaches(ddc, address, length) && reaches(frame, address, length);
}

function fetchWith(frame: CallFrame, ddc: Uint8Array, address: bigint, length: bigint): Uint8Array | null {
  const bytes = frame.copier.fromGuest(ddc, address, Number(length));
  return bytes !== null && reaches(frame, address, length) ? bytes : null;
}

const diskRw: Call = (frame) => {
  const [device, sector, iov, count, direction] = frame.args as [bigint, bigint, bigint, bigint, bigint];
  const { copier, cvm, tell } = frame;
  if (!isThere(device)) return "ENODEV";
  if (direction > 1n || count > PIECES_MAX) return "EINVAL";
  const ddc = copier.ddcOf(frame.thread);
  const list = fetchWith(frame, ddc, iov, count * 16n);
  if (list === null) return "EFAULT";
  const words = new BigUint64Array(list.buffer);
  let total = 0n;
  for (let at = 1; at < words.length; at += 2) {
    if (words[at]! > LENGTH_MAX) return "EINVAL";
    total += words[at]!;
  }
  if (total % BigInt(SECTOR_BYTES) !== 0n) return "EINVAL";
  const sectors = total / BigInt(SECTOR_BYTES);
  if (sector > BigInt(SECTORS) || sector + sectors > BigInt(SECTORS)) return "EIO";
  for (let at = 0; at < words.length; at += 2) {
    if (!mayTouch(frame, ddc, words[at]!, words[at + 1]!)) return "EFAULT";
  }
  let place = Number(sector) * SECTOR_BYTES;
  for (let at = 0; at < words.length; at += 2) {
    const length = Number(words[at + 1]);
    if (direction === 0n) {
      if (!copier.toGuest(ddc, words[at]!, cvm.disk.read(place, length))) return "EFAULT";
    } else cvm.disk.write(place, copier.fromGuest(ddc, words[at]!, length)!);
    place += length;
  }
  const way = direction === 0n ? "read" : "write";
  if (total > 0n) tell({ device: "disk", cvm: cvm.name, data: `${way} ${sectors} at ${sector}` });
  return [total];
};

const diskCapacity: Call = ({ args }) => (isThere(args[0]!) ? [BigInt(SECTORS)] : "ENODEV");

const netTx: Call = (frame) => {
  const [device, address, length] = frame.args as [bigint, bigint, bigint];
  if (!isThere(device)) return "ENODEV";
  if (length < WORD || length > LENGTH_MAX) return "EINVAL";
  if (length > PACKET_MAX) return "E2BIG";
  const bytes = fetchWith(frame, frame.copier.ddcOf(frame.thread), address, length);
  if (bytes === null) return "EFAULT";
  const head = new DataView(bytes.buffer);
  const wanted = head.getBigUint64(0, true);
  const from = identityOf(frame.cvm);
  head.setBigUint64(0, from, true);
  const receiver = frame.tables.cvms.find((cvm) => cvm !== null && identityOf(cvm) === wanted);
  // What nobody is there for is lost without a word.
  if (receiver?.state !== "running") return [length];
  for (const thread of waiters(frame)) {
    if (thread.wait?.for !== "packet" || thread.wait.receiver !== receiver) continue;
    const { address: to, room } = thread.wait;
    frame.wake(thread, take(frame, thread, { from, bytes }, to, room) ?? "EFAULT");
    return [length];
  }
  return enqueue(receiver.packets, { from, bytes }) ? [length] : "EAGAIN";
};

/** Puts a packet down for a thread: bytes moved, and how long it was. */
function take(
  { copier }: CallFrame,
  thread: Thread,
  { bytes }: Packet,
  address: bigint,
  room: bigint,
): readonly bigint[] | null {
  const part = room < BigInt(bytes.length) ? bytes.subarray(0, Number(room)) : bytes;
  const isDone = copier.toGuest(copier.ddcOf(thread), address, part);
  return isDone ? [BigInt(part.length), BigInt(bytes.length)] : null;
}

const netRx: Call = (frame) => {
  const [device, address, room, timeout] = frame.args as [bigint, bigint, bigint, bigint];
  const { copier, cvm, thread } = frame;
  if (!isThere(device)) return "ENODEV";
  if (room > LENGTH_MAX) return "EINVAL";
  if (!mayTouch(frame, copier.ddcOf(thread), address, room)) return "EFAULT";
  const first = cvm.packets[0];
  if (first === undefined) {
    if (timeout === 0n) return "EAGAIN";
    return wait(frame, timeout, (until) => ({ for: "packet", receiver: cvm, address, room, until }));
  }
  const taken = take(frame, thread, first, address, room);
  if (taken === null) return "EFAULT";
  cvm.packets.shift();
  return taken;
};

const netPoll: Call = ({ args, cvm }) => {
  if (!isThere(args[0]!)) return "ENODEV";
  return [cvm.packets.length > 0 ? 3n : 2n];
};

export const deviceCalls: readonly (readonly [number, Call])[] = [
  [11, diskRw],
  [12, diskCapacity],
  [13, netTx],
  [14, netRx],
  [15, netPoll],
];
