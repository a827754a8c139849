/**
 * CP_File: a buffer that its owner exports and others read and write without anybody's help (4.2).
 *
 * A grant is data only, exact, and dies with its owner (I-49, I-50, I-54). Copies move bytes and never tags (I-12).
 */
import { readBytes, writeBytes } from "./bytes.ts";
import { type Caller, type Change, failed, findCvm, isSame, returned } from "./change.ts";
import { LENGTH_MAX, mayReach, offsetOf } from "./guest-memory.ts";
import { findHandle, openHandle, replaceHandle } from "./handles.ts";
import { mayOpen, readAcl, readKey } from "./keys.ts";
import { isExact, isInside, type Range } from "./layout.ts";
import type { Grant, Handle, Rights, System } from "./state.ts";
import { block, wake } from "./waiting.ts";

const RIGHTS: Readonly<Record<string, Rights>> = { 1: "r", 2: "w", 3: "rw" };
const RIGHT_BITS: Readonly<Record<Rights, bigint>> = { r: 1n, w: 2n, rw: 3n };
const OFFSET_MAX = (1n << 63n) - 1n;

type GrantHandle = Extract<Handle, { kind: "grant" }>;

/** cp_file_advertise(key, key length, ptr, len, rights, acl, acl count): a handle. */
export function advertise(system: System, caller: Caller, args: readonly bigint[]): Change {
  const [keyAt, keyLength, pointer, length, rightBits, aclAt, aclCount] = args as [
    bigint,
    bigint,
    bigint,
    bigint,
    bigint,
    bigint,
    bigint,
  ];
  const named = readKey(system, caller, keyAt, keyLength);
  if (typeof named === "string") return failed(system, named);
  const rights = RIGHTS[`${rightBits}`];
  if (rights === undefined || length === 0n || length > LENGTH_MAX) return failed(system, "EINVAL");
  const listed = readAcl(system, caller, aclAt, aclCount);
  if (typeof listed === "string") return failed(system, listed);
  const range = { base: pointer, size: length };
  if (!isInside(pointer, length, caller.frame.ddc)) return failed(system, "EFAULT");
  if (!isExact(range)) return failed(system, "EINVAL");
  if (grantWithKey(system, named.key) !== null) return failed(system, "EEXIST");
  if (grantsOf(system, caller) >= caller.cvm.quotas.grants) return failed(system, "ENOSPC");

  const number = system.next;
  const grant: Grant = {
    key: named.key,
    owner: caller.cvm.identity,
    range,
    rights,
    acl: listed.acl,
    epoch: 0n,
  };
  const granted = { ...system, next: number + 1, grants: new Map(system.grants).set(number, grant) };
  const handle: Handle = { kind: "grant", grant: number, rights, owner: true, position: 0n };
  const opened = openHandle(granted, caller.cvm.identity, handle);
  return opened === null ? failed(system, "ENOSPC") : returned(opened.system, opened.number);
}

/** cp_file_probe(key, key length, wanted rights): a handle, the length, the rights granted. */
export function probe(system: System, caller: Caller, args: readonly bigint[]): Change {
  const [keyAt, keyLength, wantedBits] = args as [bigint, bigint, bigint];
  const named = readKey(system, caller, keyAt, keyLength);
  if (typeof named === "string") return failed(system, named);
  const wanted = RIGHTS[`${wantedBits}`];
  if (wanted === undefined) return failed(system, "EINVAL");
  const number = grantWithKey(system, named.key);
  if (number === null) return failed(system, "ENOENT");
  const grant = system.grants.get(number)!;
  if (!mayOpen(grant.acl, grant.owner, caller.cvm.identity)) return failed(system, "EACCES");
  if (findCvm(system, grant.owner)?.state !== "running") return failed(system, "ENODEV");
  const bits = RIGHT_BITS[grant.rights] & RIGHT_BITS[wanted];
  if (bits !== RIGHT_BITS[wanted]) return failed(system, "EACCES");

  const handle: Handle = { kind: "grant", grant: number, rights: wanted, owner: false, position: 0n };
  const opened = openHandle(system, caller.cvm.identity, handle);
  if (opened === null) return failed(system, "ENOSPC");
  return returned(opened.system, opened.number, grant.range.size, bits);
}

/** cp_file_pread(handle, offset, buffer, n): bytes moved. In the implementation no crossing: the stub copies. */
export function pread(system: System, caller: Caller, args: readonly bigint[]): Change {
  return transfer(system, caller, args, "r");
}

/** cp_file_pwrite(handle, offset, buffer, n): bytes moved. */
export function pwrite(system: System, caller: Caller, args: readonly bigint[]): Change {
  return transfer(system, caller, args, "w");
}

function transfer(system: System, caller: Caller, args: readonly bigint[], way: "r" | "w"): Change {
  const found = grantHandle(system, caller, args[0]!);
  if (found === null) return failed(system, "EBADF");
  const grant = system.grants.get(found.handle.grant);
  if (grant === undefined) return failed(system, "ESTALE");
  if (!found.handle.rights.includes(way)) return failed(system, "EACCES");
  return copy(system, caller, grant.range, args.slice(1), way);
}

/** Moves bytes between what is shared and the caller's own: (offset, ptr, n). */
function copy(
  system: System,
  caller: Caller,
  shared: Range,
  args: readonly bigint[],
  way: "r" | "w",
): Change {
  const [offset, buffer, wanted] = args as [bigint, bigint, bigint];
  if (wanted > LENGTH_MAX) return failed(system, "EINVAL");
  if (wanted === 0n) return returned(system, 0n);
  if (offset >= shared.size) return way === "r" ? returned(system, 0n) : failed(system, "ENOSPC");
  let count = shared.size - offset;
  if (wanted < count) count = wanted;
  if (!mayReach(caller, buffer, count)) return failed(system, "EFAULT");

  // As if through a temporary, so that overlapping buffers do not smear (I-59).
  const [from, to] = way === "r" ? [shared.base + offset, buffer] : [buffer, shared.base + offset];
  const moved = readBytes(system.memory, offsetOf(from, count), Number(count));
  return returned({ ...system, memory: writeBytes(system.memory, offsetOf(to, count), moved) }, count);
}

/** cp_buffer_read(offset, ptr, n): out of the buffer of the call that the caller serves. No crossing. */
export function bufferRead(system: System, caller: Caller, args: readonly bigint[]): Change {
  return bufferTransfer(system, caller, args, "r");
}

/** cp_buffer_write(offset, ptr, n): into it. */
export function bufferWrite(system: System, caller: Caller, args: readonly bigint[]): Change {
  return bufferTransfer(system, caller, args, "w");
}

function bufferTransfer(system: System, caller: Caller, args: readonly bigint[], way: "r" | "w"): Change {
  const buffer = caller.frame.activation?.buffer ?? null;
  if (buffer === null) return failed(system, "EBADF");
  if (!buffer.rights.includes(way)) return failed(system, "EACCES");
  return copy(system, caller, buffer.range, args, way);
}

/** cp_file_lseek(handle, offset, whence 0 set 1 current 2 end): the new offset. */
export function lseek(system: System, caller: Caller, args: readonly bigint[]): Change {
  const [number, offset, whence] = args as [bigint, bigint, bigint];
  const found = grantHandle(system, caller, number);
  if (found === null) return failed(system, "EBADF");
  const grant = system.grants.get(found.handle.grant);
  if (grant === undefined) return failed(system, "ESTALE");
  const from = [0n, found.handle.position, grant.range.size][Number(whence > 3n ? 3n : whence)];
  const position = from === undefined ? -1n : from + BigInt.asIntN(64, offset);
  if (position < 0n || position > OFFSET_MAX) return failed(system, "EINVAL");
  const moved = { ...found.handle, position };
  return returned(replaceHandle(system, caller.cvm.identity, found.index, moved), position);
}

/** cp_file_notify(handle): the new epoch. Everybody who waits for this grant wakes. */
export function notify(system: System, caller: Caller, args: readonly bigint[]): Change {
  const found = grantHandle(system, caller, args[0]!);
  if (found === null) return failed(system, "EBADF");
  const grant = system.grants.get(found.handle.grant);
  if (grant === undefined) return failed(system, "ESTALE");
  const epoch = grant.epoch + 1n;
  const told = { ...system, grants: new Map(system.grants).set(found.handle.grant, { ...grant, epoch }) };
  const { system: after, woken } = wake(told, (wait) =>
    wait.for === "notify" && wait.grant === found.handle.grant ? epoch : null,
  );
  return returned(after, epoch, 0n, 0n, { woken });
}

/** cp_file_wait(handle, epoch seen, timeout ns or 2^64-1): the epoch, at once if it is another already (I-61). */
export function waitForNotice(system: System, caller: Caller, args: readonly bigint[]): Change {
  const [number, epoch, timeout] = args as [bigint, bigint, bigint];
  const found = grantHandle(system, caller, number);
  if (found === null) return failed(system, "EBADF");
  const grant = system.grants.get(found.handle.grant);
  if (grant === undefined) return failed(system, "ESTALE");
  if (grant.epoch !== epoch) return returned(system, grant.epoch);
  return block(system, caller, timeout, (until) => ({
    for: "notify",
    grant: found.handle.grant,
    epoch,
    until,
  }));
}

/** cp_file_close(handle): 0. An owner's handle closes like any other; the grant stays until it is revoked. */
export function close(system: System, caller: Caller, args: readonly bigint[]): Change {
  const found = grantHandle(system, caller, args[0]!);
  if (found === null) return failed(system, "EBADF");
  return returned(replaceHandle(system, caller.cvm.identity, found.index, null), 0n);
}

/** cp_file_revoke(handle): 0, and from then on nobody reaches the buffer through the grant (I-55, I-56). */
export function revoke(system: System, caller: Caller, args: readonly bigint[]): Change {
  const found = grantHandle(system, caller, args[0]!);
  if (found === null) return failed(system, "EBADF");
  const grant = system.grants.get(found.handle.grant);
  if (grant === undefined) return failed(system, "ENOENT");
  if (!isSame(grant.owner, caller.cvm.identity)) return failed(system, "EPERM");
  const { system: after, woken } = endGrant(system, found.handle.grant);
  return returned(after, 0n, 0n, 0n, { woken });
}

/** Ends a grant: handles to it are stale from now on, and those who wait for it are told. */
export function endGrant(system: System, number: number): Pick<Change, "system" | "woken"> {
  const grants = new Map(system.grants);
  grants.delete(number);
  return wake({ ...system, grants }, (wait) =>
    wait.for === "notify" && wait.grant === number ? "ESTALE" : null,
  );
}

function grantHandle(system: System, { cvm }: Caller, number: bigint) {
  const found = findHandle(system, cvm.identity, number);
  return found?.handle.kind === "grant" ? { index: found.index, handle: found.handle as GrantHandle } : null;
}

function grantWithKey(system: System, key: string): number | null {
  for (const [number, grant] of system.grants) if (grant.key === key) return number;
  return null;
}

function grantsOf(system: System, { cvm }: Caller): number {
  return [...system.grants.values()].filter(({ owner }) => isSame(owner, cvm.identity)).length;
}
