/** CP_Stream, foretold. */
import type { ErrorName } from "../../../model/system-contract.ts";
import {
  count,
  type Expected,
  type Forecast,
  hasKey,
  isExactWord,
  LENGTH_MAX,
  least,
  mayOpen,
  nextHandle,
  offerReasons,
  reaches,
  refused,
  returned,
  unless,
  waits,
  withKey,
} from "./forecast.ts";
import {
  countReady,
  endAt,
  isGoing,
  listenerAt,
  peerOf,
  placeAt,
  waitersAt,
  wordsOf,
} from "./ledger-streams.ts";
import { keyOf, type TakenCall } from "./taken-call.ts";

const BACKLOG_MAX = 4;

export const streamForecasts: Readonly<Record<string, Forecast>> = {
  cps_listen(call) {
    const { ledger, cvm } = call;
    const handle = nextHandle(cvm);
    const isFull = handle === null || count(ledger.listeners, cvm) >= cvm.description.quotas.endpoints;
    return unless(
      { ...offerReasons(call, 2), EEXIST: hasKey(ledger.listeners, keyOf(call)), ENOSPC: isFull },
      () => returned(handle, 0n, 0n),
    );
  },
  cps_connect: (call) =>
    withKey(call, (key) => {
      const listener = [...call.ledger.listeners].find((one) => one.key === key);
      if (listener === undefined) return refused("ENOENT");
      const handle = nextHandle(call.cvm);
      const isFull = listener.backlog.length >= BACKLOG_MAX;
      return unless({ EACCES: !mayOpen(listener, call.cvm), EAGAIN: isFull, ENOSPC: handle === null }, () =>
        returned(handle, 0n, 0n),
      );
    }),
  cps_accept(call) {
    const listener = listenerAt(call);
    if (listener === null) return refused("EBADF");
    const first = listener.backlog[0];
    if (first === undefined) return call.args[1] === 0n ? refused("EAGAIN") : waits;
    const handle = nextHandle(listener.owner);
    return handle === null ? refused("ENOSPC") : returned(handle, peerOf(first).owner.identity, 0n);
  },
  cps_send(call) {
    const end = endAt(call);
    if (end === null) return refused("EBADF");
    const [, , length, flags] = call.args as [bigint, bigint, bigint, bigint];
    return unless({ ...pieceReasons(call, flags), EPIPE: !isGoing(end) }, () => {
      if (length === 0n) return returned(0n, 0n, 0n);
      const place = placeAt(call.ledger, peerOf(end));
      if (place === null) return (flags & 1n) === 1n ? refused("EAGAIN") : waits;
      const isMessage = place.isMessage || (flags & 2n) !== 0n;
      const room = BigInt(place.range.size);
      return returned(isMessage || length < room ? length : room, 0n, 0n);
    });
  },
  cps_recv: receiveForecast,
  cps_post_recv(call) {
    const end = endAt(call);
    if (end === null) return refused("EBADF");
    const reasons = pieceReasons(call, 0n);
    const isBusy = end.posted !== null || waitersAt(call.ledger, end, "cps_recv").length > 0;
    return unless(
      {
        ...reasons,
        EINVAL: reasons.EINVAL || call.args[2] === 0n,
        EBUSY: isBusy,
        EPIPE: !isGoing(peerOf(end)),
      },
      () => returned(0n, 0n, 0n),
    );
  },
  cps_poll(call) {
    const [set, size, timeout] = call.args as [bigint, bigint, bigint];
    if (size > 64n) return refused("E2BIG");
    const bytes = call.ledger.fetch(call, set, 8n * size);
    if (bytes === null) return refused("EFAULT");
    const ready = countReady(call.ledger, call.cvm, wordsOf(bytes));
    return ready === 0 && timeout !== 0n ? waits : returned(BigInt(ready), 0n, 0n);
  },
  cps_shutdown: (call) =>
    unless({ EBADF: endAt(call) === null, EINVAL: call.args[1]! > 2n }, () => returned(0n, 0n, 0n)),
  cps_close: (call) =>
    endAt(call) === null && listenerAt(call) === null ? refused("EBADF") : returned(0n, 0n, 0n),
};

/** What is wrong with a piece of memory that is to be sent from or received to. */
function pieceReasons(call: TakenCall, flags: bigint): Partial<Record<ErrorName, boolean>> {
  const [, pointer, length] = call.args as [bigint, bigint, bigint];
  const isWrong = flags > 3n || length > LENGTH_MAX || !isExactWord(pointer, length);
  return { EINVAL: isWrong, EFAULT: !isWrong && !reaches(call, pointer, length) };
}

function receiveForecast(call: TakenCall): Expected {
  const end = endAt(call);
  if (end === null) return refused("EBADF");
  const { ledger, args } = call;
  const [, pointer, length, flags] = args as [bigint, bigint, bigint, bigint];
  return unless(pieceReasons(call, flags), () => {
    const { posted } = end;
    if (posted?.got) return returned(posted.got.count, posted.got.full, BigInt(posted.range.base));
    if (waitersAt(ledger, end, "cps_recv").length > 0 || (posted !== null && length > 0n))
      return refused("EBUSY");
    if (posted === null) {
      if (length === 0n) return returned(0n, 0n, 0n);
      const sender = waitersAt(ledger, peerOf(end), "cps_send")[0];
      if (sender !== undefined) {
        const [, , sent, how] = sender.wait.args as [bigint, bigint, bigint, bigint];
        const moved = least(sent, length);
        return returned(moved, ((how | flags) & 2n) !== 0n ? sent : moved, pointer);
      }
      if (!isGoing(peerOf(end))) return returned(0n, 0n, 0n);
    }
    return (flags & 1n) === 1n ? refused("EAGAIN") : waits;
  });
}
