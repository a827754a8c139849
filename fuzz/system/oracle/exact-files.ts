/** CP_File and the buffers of calls, foretold. */
import { handleAt } from "./declarations.ts";
import { contains, type DeclaredGrant, type Range } from "./declared.ts";
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
  waitsUnless,
  withKey,
} from "./forecast.ts";
import { keyOf, type TakenCall } from "./taken-call.ts";

const OFFSET_MAX = (1n << 63n) - 1n;

export const fileForecasts: Readonly<Record<string, Forecast>> = {
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
};

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
