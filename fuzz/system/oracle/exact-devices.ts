/** Disks, packets and faults, foretold. */
import { contains, type DeclaredCvm, type DeclaredFrame } from "./declared.ts";
import { type Forecast, LENGTH_MAX, least, reaches, refused, returned, unless, waits } from "./forecast.ts";
import {
  PACKET_MAX,
  piecesOf,
  queueWith,
  SECTOR,
  SECTORS,
  sentPacket,
  shownAt,
  waitingFor,
} from "./ledger-devices.ts";

export const deviceForecasts: Readonly<Record<string, Forecast>> = {
  disk_rw(call) {
    const [device, sector, , pieceCount, direction] = call.args as [bigint, bigint, bigint, bigint, bigint];
    if (device !== 0n) return refused("ENODEV");
    if (direction > 1n || pieceCount > 8n) return refused("EINVAL");
    const pieces = piecesOf(call);
    if (pieces === null) return refused("EFAULT");
    const total = pieces.reduce((sum, { length }) => sum + length, 0n);
    const isWrong = total % BigInt(SECTOR) !== 0n || pieces.some(({ length }) => length > LENGTH_MAX);
    const isBeyond = sector > BigInt(SECTORS) || total > (BigInt(SECTORS) - sector) * BigInt(SECTOR);
    const isOut = pieces.some(({ address, length }) => !reaches(call, address, length));
    return unless({ EINVAL: isWrong, EIO: !isWrong && isBeyond, EFAULT: isOut }, () =>
      returned(total, 0n, 0n),
    );
  },
  disk_capacity: ({ args }) => (args[0] === 0n ? returned(BigInt(SECTORS), 0n, 0n) : refused("ENODEV")),
  net_tx(call) {
    const [device, pointer, length] = call.args as [bigint, bigint, bigint];
    if (device !== 0n) return refused("ENODEV");
    const isWrong = length < 8n || length > LENGTH_MAX;
    const isLong = !isWrong && length > PACKET_MAX;
    return unless({ EINVAL: isWrong, E2BIG: isLong, EFAULT: !reaches(call, pointer, length) }, () => {
      const sent = sentPacket(call);
      const isTaken = sent === null || waitingFor(call.ledger, sent.receiver) !== null;
      return isTaken || queueWith(sent.receiver.packets, sent.packet) !== null
        ? returned(length, 0n, 0n)
        : refused("EAGAIN");
    });
  },
  net_rx(call) {
    const [device, pointer, length, timeout] = call.args as [bigint, bigint, bigint, bigint];
    if (device !== 0n) return refused("ENODEV");
    return unless({ EINVAL: length > LENGTH_MAX, EFAULT: !reaches(call, pointer, length) }, () => {
      const [packet] = call.cvm.packets;
      if (packet === undefined) return timeout === 0n ? refused("EAGAIN") : waits;
      const size = BigInt(packet.bytes.length);
      return returned(least(length, size), size, 0n);
    });
  },
  net_poll: ({ cvm, args }) =>
    args[0] === 0n ? returned(cvm.packets.length > 0 ? 3n : 2n, 0n, 0n) : refused("ENODEV"),
  exception_register({ cvm, args }) {
    const entryAt = args[0]!;
    if (entryAt === 0n) return returned(0n, 0n, 0n);
    return unless({ EFAULT: !contains(cvm.code, entryAt, 2n), EINVAL: (entryAt & 1n) === 1n }, () =>
      returned(0n, 0n, 0n),
    );
  },
  exception_return({ thread, frame, cvm, args }) {
    const pc = args[0]!;
    if (!thread.isHandling || frame.endpoint !== null || frame.chain !== null) return refused("EPERM");
    return unless(
      { EFAULT: !contains(cvm.code, pc, 2n) || !hasFrame(cvm, frame), EINVAL: (pc & 1n) === 1n },
      () => returned(0n, 0n, 0n),
    );
  },
};

/** Whether the handler of a thread still reaches what it was shown. */
function hasFrame(cvm: DeclaredCvm, frame: DeclaredFrame): boolean {
  const { base, size } = shownAt(cvm, frame.stack);
  return contains(frame.ddc, BigInt(base), BigInt(size));
}
