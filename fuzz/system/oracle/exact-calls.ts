/**
 * Each call once more, from the ledger alone: the reasons there are to refuse it, and what it must come to if there are
 * none. If several things are wrong with a call any of them may be told, but where the page says which comes first.
 */
import type { ErrorName } from "../../../model/system-contract.ts";
import { handleAt } from "./declarations.ts";
import {
  contains,
  type DeclaredCvm,
  type DeclaredEndpoint,
  type DeclaredFrame,
  type DeclaredGrant,
  type DeclaredListener,
  type DeclaredRequest,
  type Range,
} from "./declared.ts";
import { requestOf } from "./ledger-calls.ts";
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
import { nextServed, ticketAt } from "./ledger-parts.ts";
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
import { isExactRange } from "./state.ts";
import { keyOf, type TakenCall } from "./taken-call.ts";

/** What a call should come to. `values`: a0 to a2 as far as they are known; null for one that may be anything. */
export type Expected =
  | { readonly kind: "refused"; readonly errors: readonly ErrorName[] }
  | { readonly kind: "returned"; readonly values: readonly (bigint | null)[] }
  | { readonly kind: "entered"; readonly cvm: string; readonly values: readonly bigint[] }
  | { readonly kind: "blocked" };

export type Forecast = (call: TakenCall) => Expected;

export const LENGTH_MAX = 1n << 47n;
const OFFSET_MAX = (1n << 63n) - 1n;
const FRAMES_MAX = 8;
const BACKLOG_MAX = 4;
const TICKETS_MAX = 16;

const refused = (...errors: readonly ErrorName[]): Expected => ({ kind: "refused", errors });
const returned = (...values: readonly (bigint | null)[]): Expected => ({ kind: "returned", values });
const waits: Expected = { kind: "blocked" };

/** The reasons that apply, or what comes if there are none. */
function unless(reasons: Partial<Record<ErrorName, boolean>>, then: () => Expected): Expected {
  const errors = (Object.keys(reasons) as ErrorName[]).filter((error) => reasons[error]);
  return errors.length > 0 ? refused(...errors) : then();
}

function waitsUnless(timeout: bigint): Expected {
  return timeout === 0n ? refused("ETIMEDOUT") : waits;
}

function least(one: bigint, other: bigint): bigint {
  return one < other ? one : other;
}

/** Whether the caller reaches these bytes; anywhere if there are none. */
export function reaches({ frame }: Pick<TakenCall, "frame">, address: bigint, length: bigint): boolean {
  return length === 0n || contains(frame.ddc, address, length);
}

function isExactWord(base: bigint, size: bigint): boolean {
  return size > LENGTH_MAX || isExactRange({ base: Number(base), size: Number(size) });
}

/** The lowest free handle of a cVM, with its next generation; null if there is none. */
function nextHandle({ description, handles, handleGenerations }: DeclaredCvm): bigint | null {
  for (let index = 0; index < description.quotas.handles; index++) {
    if (handles.has(index)) continue;
    return BigInt(index) | (BigInt((handleGenerations.get(index) ?? 0) + 1) << 16n);
  }
  return null;
}

function hasBadKey({ args }: TakenCall): boolean {
  return args[1]! < 1n || args[1]! > 63n;
}

/** What can be wrong with a key, then with what is opened by it. */
function withKey(call: TakenCall, then: (key: string) => Expected): Expected {
  if (hasBadKey(call)) return refused("EINVAL");
  const key = keyOf(call);
  return key === null ? refused("EFAULT") : then(key);
}

function mayOpen(
  { owner, acl }: DeclaredGrant | DeclaredEndpoint | DeclaredListener,
  who: DeclaredCvm,
): boolean {
  return owner === who || acl.includes(who.identity);
}

/** The reasons that every offer can be refused for, the list of who may have it beginning at an argument. */
function offerReasons(call: TakenCall, listAt: number): Partial<Record<ErrorName, boolean>> {
  const { args } = call;
  const isLong = args[listAt + 1]! > 64n;
  const isOut =
    (!hasBadKey(call) && keyOf(call) === null) ||
    (!isLong && !reaches(call, args[listAt]!, 8n * args[listAt + 1]!));
  return { EINVAL: hasBadKey(call), E2BIG: isLong, EFAULT: isOut };
}

function count(list: Iterable<{ readonly owner: DeclaredCvm }>, cvm: DeclaredCvm): number {
  return [...list].filter(({ owner }) => owner === cvm).length;
}

function hasKey(list: Iterable<{ readonly key: string }>, key: string | null): boolean {
  return key !== null && [...list].some((one) => one.key === key);
}

function grantAt({ cvm, args }: TakenCall) {
  const handle = handleAt(cvm, args[0]!);
  return handle?.kind === "grant" ? handle : null;
}

/** With a live grant of the caller's. */
function withGrant(call: TakenCall, then: (grant: DeclaredGrant) => Expected): Expected {
  const handle = grantAt(call);
  if (handle === null) return refused("EBADF");
  return handle.grant.isLive ? then(handle.grant) : refused("ESTALE");
}

/** How many bytes a copy moves, or why none: (offset, pointer, n). */
function transfer(call: TakenCall, shared: Range, args: readonly bigint[], way: "read" | "write"): Expected {
  const [offset, pointer, wanted] = args as [bigint, bigint, bigint];
  if (wanted > LENGTH_MAX) return refused("EINVAL");
  if (wanted === 0n) return returned(0n, 0n, 0n);
  const size = BigInt(shared.size);
  if (offset >= size) return way === "read" ? returned(0n, 0n, 0n) : refused("ENOSPC");
  const moved = least(wanted, size - offset);
  return reaches(call, pointer, moved) ? returned(moved, 0n, 0n) : refused("EFAULT");
}

function fileTransfer(call: TakenCall, way: "read" | "write"): Expected {
  const handle = grantAt(call);
  if (handle === null) return refused("EBADF");
  const { grant, rights } = handle;
  const isAllowed = (rights & (way === "read" ? 1 : 2)) !== 0;
  return unless({ ESTALE: !grant.isLive, EACCES: grant.isLive && !isAllowed }, () =>
    transfer(call, grant.range, call.args.slice(1), way),
  );
}

function bufferTransfer(call: TakenCall, way: "read" | "write"): Expected {
  const { buffer } = call.frame;
  if (buffer === null) return refused("EBADF");
  if ((buffer.rights & (way === "read" ? 1 : 2)) === 0) return refused("EACCES");
  return transfer(call, buffer, call.args, way);
}

/** What is wrong with a piece of memory that is to be sent from or received to. */
function pieceReasons(call: TakenCall, flags: bigint): Partial<Record<ErrorName, boolean>> {
  const [, pointer, length] = call.args as [bigint, bigint, bigint];
  const isWrong = flags > 3n || length > LENGTH_MAX || !isExactWord(pointer, length);
  return { EINVAL: isWrong, EFAULT: !isWrong && !reaches(call, pointer, length) };
}

export const forecasts: Readonly<Record<string, Forecast>> = {
  console_write(call) {
    const [pointer, length] = call.args as [bigint, bigint];
    const moved = least(length, 4096n);
    if (length > LENGTH_MAX) return refused("EINVAL");
    return reaches(call, pointer, moved) ? returned(moved, 0n, 0n) : refused("EFAULT");
  },
  time: ({ ledger }) => returned(ledger.time, 0n, 0n),
  sleep({ args }) {
    if (args[0]! >= 1n << 63n) return refused("EINVAL");
    return args[0] === 0n ? returned(0n, 0n, 0n) : waits;
  },
  timer_arm({ ledger, thread, cvm, args }) {
    const armed = ledger.timers.filter((timer) => timer.thread.cvm === thread.cvm).length;
    return unless(
      { EINVAL: args[0] === 0n || args[0]! >= 1n << 63n, EAGAIN: armed >= cvm.description.quotas.timers },
      () => returned(0n, 0n, 0n),
    );
  },
  thread_create({ ledger, cvm, args }) {
    const taken = new Set(ledger.framesIn(cvm).map(({ frame }) => frame.stack));
    let number = 0;
    while (taken.has(number)) number++;
    const isOut = !contains(cvm.code, args[0]!, 2n);
    return unless(
      {
        EFAULT: isOut,
        EINVAL: (args[0]! & 1n) === 1n,
        EAGAIN: !isOut && number >= cvm.description.quotas.threads,
      },
      () => returned(BigInt(number), 0n, 0n),
    );
  },
  thread_exit: ({ frame }) => (frame.endpoint === null ? returned(0n, 0n, 0n) : refused("EPERM")),
  thread_join({ thread, cvm, args }) {
    const other = args[0]! < BigInt(cvm.threads.length) ? cvm.threads[Number(args[0])] : undefined;
    if (!other?.hasLived) return refused("ESRCH");
    if (other === thread) return refused("EDEADLK");
    return other.state === "dead" ? returned(other.exitValue, 0n, 0n) : waits;
  },
  thread_self: ({ frame, cvm }) => returned(BigInt(frame.stack), cvm.identity, 0n),
  futex_wait(call) {
    const [address, value, timeout] = call.args as [bigint, bigint, bigint];
    if ((address & 7n) !== 0n) return refused("EINVAL");
    const words = call.ledger.words(call, address, 1);
    if (words === null) return refused("EFAULT");
    return words[0] === value ? waitsUnless(timeout) : refused("EAGAIN");
  },
  futex_wake(call) {
    const [address, most] = call.args as [bigint, bigint];
    const waiting = [...call.ledger.living()].filter(
      ({ wait }) => wait?.call === "futex_wait" && wait.args[0] === address,
    ).length;
    return unless({ EINVAL: (address & 7n) !== 0n, EFAULT: !reaches(call, address, 8n) }, () =>
      returned(least(most, BigInt(waiting)), 0n, 0n),
    );
  },
  exit: () => returned(0n, 0n, 0n),

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
    if (!thread.isHandling || frame.endpoint !== null) return refused("EPERM");
    return unless(
      { EFAULT: !contains(cvm.code, pc, 2n) || !hasFrame(cvm, frame), EINVAL: (pc & 1n) === 1n },
      () => returned(0n, 0n, 0n),
    );
  },

  cp_file_advertise(call) {
    const { ledger, cvm, args } = call;
    const [pointer, length, rights] = [args[2]!, args[3]!, args[4]!];
    const reasons = offerReasons(call, 5);
    const isWrong = rights < 1n || rights > 3n || length === 0n || length > LENGTH_MAX;
    const handle = nextHandle(cvm);
    return unless(
      {
        ...reasons,
        EINVAL: reasons.EINVAL || isWrong || !isExactWord(pointer, length),
        EFAULT: reasons.EFAULT || (!isWrong && !contains(call.frame.ddc, pointer, length)),
        EEXIST: hasKey(ledger.grants, keyOf(call)),
        ENOSPC: handle === null || count(ledger.grants, cvm) >= cvm.description.quotas.grants,
      },
      () => returned(handle, 0n, 0n),
    );
  },
  cp_file_probe: (call) =>
    withKey(call, (key) => {
      const { ledger, cvm, args } = call;
      if (args[2]! < 1n || args[2]! > 3n) return refused("EINVAL");
      const grant = [...ledger.grants].find((one) => one.key === key);
      if (grant === undefined) return refused("ENOENT");
      const isAllowed = mayOpen(grant, cvm) && (BigInt(grant.rights) & args[2]!) === args[2];
      const handle = nextHandle(cvm);
      return unless({ EACCES: !isAllowed, ENOSPC: handle === null }, () =>
        returned(handle, BigInt(grant.range.size), args[2]!),
      );
    }),
  cp_file_pread: (call) => fileTransfer(call, "read"),
  cp_file_pwrite: (call) => fileTransfer(call, "write"),
  cp_buffer_read: (call) => bufferTransfer(call, "read"),
  cp_buffer_write: (call) => bufferTransfer(call, "write"),
  cp_file_lseek: (call) =>
    withGrant(call, (grant) => {
      const [, offset, whence] = call.args as [bigint, bigint, bigint];
      const from = [0n, grantAt(call)!.position, BigInt(grant.range.size)][Number(whence > 3n ? 3n : whence)];
      const position = from === undefined ? -1n : from + BigInt.asIntN(64, offset);
      return position < 0n || position > OFFSET_MAX ? refused("EINVAL") : returned(position, 0n, 0n);
    }),
  cp_file_notify: (call) => withGrant(call, ({ epoch }) => returned(epoch + 1n, 0n, 0n)),
  cp_file_wait: (call) =>
    withGrant(call, ({ epoch }) =>
      epoch === call.args[1] ? waitsUnless(call.args[2]!) : returned(epoch, 0n, 0n),
    ),
  cp_file_close: (call) => (grantAt(call) === null ? refused("EBADF") : returned(0n, 0n, 0n)),
  cp_file_revoke(call) {
    const handle = grantAt(call);
    if (handle === null) return refused("EBADF");
    const { isLive, owner } = handle.grant;
    return unless({ ENOENT: !isLive, EPERM: owner !== call.cvm }, () => returned(0n, 0n, 0n));
  },

  cp_call_register(call) {
    const { ledger, cvm, args } = call;
    const [entry, messageMax, mode] = [args[2]!, args[3]!, args[4]!];
    const reasons = offerReasons(call, 5);
    const isPool = (mode & 0xffn) === 1n && mode > 0xffn && mode < 0x1_0000n;
    const isOdd = (entry & 1n) === 1n || messageMax > LENGTH_MAX || !(mode === 0n || mode === 2n || isPool);
    const handle = nextHandle(cvm);
    return unless(
      {
        ...reasons,
        EINVAL: reasons.EINVAL || isOdd,
        EFAULT: reasons.EFAULT || !contains(cvm.code, entry, 2n),
        EEXIST: hasKey(ledger.endpoints, keyOf(call)),
        ENOSPC: handle === null || count(ledger.endpoints, cvm) >= cvm.description.quotas.endpoints,
      },
      () => returned(handle, 0n, 0n),
    );
  },
  cp_call_open: (call) =>
    withKey(call, (key) => {
      const endpoint = [...call.ledger.endpoints].find((one) => one.key === key);
      if (endpoint === undefined) return refused("ENOENT");
      const handle = nextHandle(call.cvm);
      return unless({ EACCES: !mayOpen(endpoint, call.cvm), ENOSPC: handle === null }, () =>
        returned(handle, 0n, 0n),
      );
    }),
  cp_call: callForecast,
  cp_call_return: ({ thread, frame, args }) => {
    if (frame.endpoint === null) return refused("EPERM");
    const isForNobody = thread.frames.length === 1 || frame.isServed;
    return returned(isForNobody ? 0n : args[0]!, 0n, 0n);
  },
  cp_call_async(call) {
    const reasons = requestReasons(call);
    const { ledger, cvm } = call;
    const request = requestOf(call);
    const isFull = [...ledger.tickets].filter(({ owner }) => owner === cvm).length >= TICKETS_MAX;
    return unless({ ...reasons, EAGAIN: isFull }, () => {
      const number = returned(cvm.tickets + 1n, 0n, 0n);
      if (request!.timeout !== 0n) return number;
      // Somebody has to be there to serve it at once, and nothing before it.
      const isServed = [...ledger.living()].some(
        ({ wait, frames }) =>
          wait?.call === "cp_call_serve" && frames.at(-1)!.cvm === request!.endpoint.owner,
      );
      return isServed && ledger.roomIn(request!.endpoint) !== null ? number : refused("EAGAIN");
    });
  },
  cp_call_wait({ ledger, cvm, args }) {
    const ticket = ticketAt(ledger, cvm, args[0]!);
    if (ticket === null) return refused("ENOENT");
    return ticket.state === "done" ? returned(ticket.result, 1n, 0n) : waitsUnless(args[1]!);
  },
  cp_call_serve({ ledger, thread, cvm, args }) {
    if (thread.frames.length >= FRAMES_MAX) return refused("ELOOP");
    const ticket = nextServed(ledger, cvm);
    if (ticket === null) return args[0] === 0n ? refused("EAGAIN") : waits;
    return entry(ticket.request);
  },
  cp_call_unregister(call) {
    const handle = handleAt(call.cvm, call.args[0]!);
    if (handle?.kind !== "endpoint") return refused("EBADF");
    const { endpoint } = handle;
    const isInside = call.thread.frames.some((frame) => frame.endpoint === endpoint);
    return unless({ ENOENT: !endpoint.isLive, EPERM: endpoint.owner !== call.cvm, EBUSY: isInside }, () =>
      returned(0n, 0n, 0n),
    );
  },
  cp_call_close: ({ cvm, args }) =>
    handleAt(cvm, args[0]!)?.kind === "endpoint" ? returned(0n, 0n, 0n) : refused("EBADF"),

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

/** Whether the handler of a thread still reaches what it was shown. */
function hasFrame(cvm: DeclaredCvm, frame: DeclaredFrame): boolean {
  const { base, size } = shownAt(cvm, frame.stack);
  return contains(frame.ddc, BigInt(base), BigInt(size));
}

/** What is wrong with the handle, the block or the buffer of a call. */
function requestReasons(call: TakenCall): Partial<Record<ErrorName, boolean>> {
  const { ledger, cvm, frame, args } = call;
  const handle = handleAt(cvm, args[0]!);
  if (handle?.kind !== "endpoint") return { EBADF: true };
  const words = ledger.words(call, args[1]!, 10);
  if (words === null) return { EFAULT: true };
  if (!handle.endpoint.isLive) return { ESTALE: true };
  const [base, size, rights] = words.slice(6) as [bigint, bigint, bigint];
  const isWrong = rights > 3n || size > 0n !== rights > 0n || size > LENGTH_MAX || !isExactWord(base, size);
  return {
    EINVAL: isWrong,
    EFAULT: !isWrong && size > 0n && !contains(frame.ddc, base, size),
    E2BIG: size > handle.endpoint.messageMax,
  };
}

function entry({ endpoint, integers, caller, buffer }: DeclaredRequest): Expected {
  const values = [...integers, caller, BigInt(buffer?.size ?? 0)];
  return { kind: "entered", cvm: endpoint.owner.name, values };
}

function callForecast(call: TakenCall): Expected {
  const { ledger, thread } = call;
  const reasons = requestReasons(call);
  if (Object.values(reasons).some(Boolean)) return unless(reasons, () => waits);
  const request = requestOf(call)!;
  const { endpoint } = request;
  const isOnStack = thread.frames.some((one) => one.endpoint === endpoint);
  return unless(
    { ELOOP: thread.frames.length >= FRAMES_MAX, EDEADLK: endpoint.mode === "serial" && isOnStack },
    () => {
      if (ledger.roomIn(endpoint) === null) return request.timeout === 0n ? refused("EAGAIN") : waits;
      return entry(request);
    },
  );
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
