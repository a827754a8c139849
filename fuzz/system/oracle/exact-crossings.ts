/** CP_Call, foretold. */
import type { ErrorName } from "../../../model/system-contract.ts";
import { handleAt } from "./declarations.ts";
import { contains, type DeclaredRequest } from "./declared.ts";
import {
  count,
  type Expected,
  type Forecast,
  hasKey,
  isExactWord,
  LENGTH_MAX,
  mayOpen,
  nextHandle,
  offerReasons,
  refused,
  returned,
  unless,
  waits,
  waitsUnless,
  withKey,
} from "./forecast.ts";
import { requestOf } from "./ledger-calls.ts";
import { nextServed, ticketAt } from "./ledger-parts.ts";
import { keyOf, type TakenCall } from "./taken-call.ts";

const FRAMES_MAX = 8;
const TICKETS_MAX = 16;

export const crossingForecasts: Readonly<Record<string, Forecast>> = {
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
};

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
