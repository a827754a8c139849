/**
 * What a cVM has beside memory: a disk that is nobody else's, and a net on which every cVM is a host.
 *
 * The net is a loopback of datagrams. A packet begins with the identity word of its receiver, in whose place the
 * receiver finds that of the sender (I-23). What is sent to nobody, to a dead cVM or to a former generation is lost, and
 * the sender is not told: it learns nothing about who is there. A queue has eight places. When it is full, a sender that
 * has fewer packets in it by two or more than the greediest one takes the place of that one's newest packet; any other
 * gets EAGAIN. So nobody can keep others out of a queue by filling it (I-45).
 */
import type { Bytes } from "./bytes.ts";
import { readBytes, writeBytes } from "./bytes.ts";
import {
  type Caller,
  type Change,
  failed,
  findCvm,
  isSame,
  returned,
  withCvm,
  withThread,
} from "./change.ts";
import { LENGTH_MAX, mayReach, offsetOf, readGuest, readWords } from "./guest-memory.ts";
import { identityOf, identityWord } from "./keys.ts";
import type { Cvm, Identity, Packet, System, Thread } from "./state.ts";
import { block } from "./waiting.ts";

const SECTOR = 512n;
const SECTORS = 64n;
/** Bytes of a disk. */
export const DISK_SIZE = Number(SECTOR * SECTORS);
/** Pieces of memory that one disk_rw moves, at most. */
const PIECES_MAX = 8n;

const ADDRESS_BYTES = 8n;
const PACKET_MAX = 256n;
/** Packets that wait for one cVM, at most. */
const QUEUE_MAX = 8;
const READABLE = 1n;
const WRITABLE = 2n;

interface Piece {
  readonly address: bigint;
  readonly length: bigint;
}

/**
 * disk_rw(device, sector, iov, count, direction 0 read 1 write): bytes moved, all or none. The pieces are pairs of words,
 * read once before anything else is (I-42); they make whole sectors together.
 */
export function diskRw(system: System, caller: Caller, args: readonly bigint[]): Change {
  const [device, sector, iov, count, direction] = args as [bigint, bigint, bigint, bigint, bigint];
  if (device !== 0n) return failed(system, "ENODEV");
  if (direction > 1n || count > PIECES_MAX) return failed(system, "EINVAL");
  const words = readWords(system, caller, iov, Number(count) * 2);
  if (words === null) return failed(system, "EFAULT");
  const pieces = Array.from({ length: Number(count) }, (_, at): Piece => {
    return { address: words[2 * at]!, length: words[2 * at + 1]! };
  });
  const total = pieces.reduce((sum, { length }) => sum + length, 0n);
  if (pieces.some(({ length }) => length > LENGTH_MAX) || total % SECTOR !== 0n)
    return failed(system, "EINVAL");
  if (sector > SECTORS || total > (SECTORS - sector) * SECTOR) return failed(system, "EIO");
  if (!pieces.every(({ address, length }) => mayReach(caller, address, length)))
    return failed(system, "EFAULT");

  const at = Number(sector * SECTOR);
  const after = direction === 0n ? read(system, caller, at, pieces) : write(system, caller, at, pieces);
  const way = direction === 0n ? "read" : "write";
  const line = { device: "disk", cvm: caller.cvm.name, data: `${way} ${total / SECTOR} at ${sector}` };
  return returned(after, total, 0n, 0n, { devices: total === 0n ? [] : [line] });
}

/** Piece after piece: where pieces overlap, the last one stays. */
function read(system: System, { cvm }: Caller, at: number, pieces: readonly Piece[]): System {
  let memory: Bytes = system.memory;
  let from = at;
  for (const { address, length } of pieces) {
    memory = writeBytes(memory, offsetOf(address, length), readBytes(cvm.disk, from, Number(length)));
    from += Number(length);
  }
  return { ...system, memory };
}

function write(system: System, { cvm }: Caller, at: number, pieces: readonly Piece[]): System {
  let disk: Bytes = cvm.disk;
  let to = at;
  for (const { address, length } of pieces) {
    disk = writeBytes(disk, to, readBytes(system.memory, offsetOf(address, length), Number(length)));
    to += Number(length);
  }
  return withCvm(system, { ...cvm, disk });
}

/** disk_capacity(device): sectors of 512 bytes. */
export function diskCapacity(system: System, _caller: Caller, args: readonly bigint[]): Change {
  return args[0] === 0n ? returned(system, SECTORS) : failed(system, "ENODEV");
}

/** net_tx(device, ptr, n): n, whatever becomes of the packet; EAGAIN if the caller has its share of a full queue. */
export function netTx(system: System, caller: Caller, args: readonly bigint[]): Change {
  const [device, address, length] = args as [bigint, bigint, bigint];
  if (device !== 0n) return failed(system, "ENODEV");
  if (length < ADDRESS_BYTES || length > LENGTH_MAX) return failed(system, "EINVAL");
  if (length > PACKET_MAX) return failed(system, "E2BIG");
  const bytes = readGuest(system, caller, address, length);
  if (bytes === null) return failed(system, "EFAULT");
  const view = new DataView(bytes.buffer);
  const receiver = findCvm(system, identityOf(view.getBigUint64(0, true)));
  view.setBigUint64(0, identityWord(caller.cvm.identity), true);
  const packet = { sender: caller.cvm.identity, bytes };
  if (receiver === null || receiver.state !== "running") return returned(system, length);

  const waiter = firstWaiter(system, receiver.identity);
  if (waiter !== null) return hand(system, waiter, packet, length);
  const queue = queued(receiver.packets, packet);
  if (queue === null) return failed(system, "EAGAIN");
  return returned(withCvm(system, { ...receiver, packets: queue }), length);
}

/** The queue with one more packet; null if there is no place for it. */
function queued(packets: readonly Packet[], packet: Packet): readonly Packet[] | null {
  if (packets.length < QUEUE_MAX) return [...packets, packet];
  const shareOf = (who: Identity) => packets.filter(({ sender }) => isSame(sender, who)).length;
  const most = Math.max(...packets.map(({ sender }) => shareOf(sender)));
  if (shareOf(packet.sender) + 2 > most) return null;
  const newest = packets.findLastIndex(({ sender }) => shareOf(sender) === most);
  return [...packets.toSpliced(newest, 1), packet];
}

interface Waiter {
  readonly owner: Cvm;
  readonly thread: Thread;
  readonly address: bigint;
  readonly room: bigint;
}

/** The first thread, by slots and numbers, that waits for a packet to this cVM. */
function firstWaiter(system: System, receiver: Identity): Waiter | null {
  for (const owner of system.cvms) {
    for (const thread of owner?.threads ?? []) {
      const { wait } = thread;
      if (wait?.for !== "packet" || !isSame(wait.receiver, receiver)) continue;
      return { owner: owner!, thread, address: wait.address, room: wait.length };
    }
  }
  return null;
}

/** The packet goes straight to the one who waits for it. */
function hand(
  system: System,
  { owner, thread, address, room }: Waiter,
  packet: Packet,
  sent: bigint,
): Change {
  const { memory, moved } = place(system, packet, address, room);
  const ready = withThread({ ...system, memory }, owner.identity, { ...thread, state: "ready", wait: null });
  const values = [moved, BigInt(packet.bytes.length), 0n] as const;
  return returned(ready, sent, 0n, 0n, {
    woken: [{ thread: { cvm: owner.name, thread: thread.number }, values }],
  });
}

/** net_rx(device, ptr, n, timeout): bytes moved, and the length of the packet, the rest of which is lost. */
export function netRx(system: System, caller: Caller, args: readonly bigint[]): Change {
  const [device, address, length, timeout] = args as [bigint, bigint, bigint, bigint];
  if (device !== 0n) return failed(system, "ENODEV");
  if (length > LENGTH_MAX) return failed(system, "EINVAL");
  if (!mayReach(caller, address, length)) return failed(system, "EFAULT");
  const [packet, ...rest] = caller.cvm.packets;
  if (packet !== undefined) {
    const { memory, moved } = place(system, packet, address, length);
    const taken = withCvm({ ...system, memory }, { ...caller.cvm, packets: rest });
    return returned(taken, moved, BigInt(packet.bytes.length));
  }
  if (timeout === 0n) return failed(system, "EAGAIN");
  const receiver = caller.cvm.identity;
  return block(system, caller, timeout, (until) => ({ for: "packet", receiver, address, length, until }));
}

function place({ memory }: System, { bytes }: Packet, address: bigint, room: bigint) {
  const moved = room < BigInt(bytes.length) ? room : BigInt(bytes.length);
  const kept = bytes.subarray(0, Number(moved));
  return { memory: writeBytes(memory, offsetOf(address, moved), kept), moved };
}

/** net_poll(device): 1 if a packet waits, and always 2: one may send. */
export function netPoll(system: System, { cvm }: Caller, args: readonly bigint[]): Change {
  if (args[0] !== 0n) return failed(system, "ENODEV");
  return returned(system, WRITABLE | (cvm.packets.length > 0 ? READABLE : 0n));
}
