/**
 * CP_File, the part that needs the Intravisor: exporting, opening, closing, revoking, and waiting. Copies never come
 * here: the guest's stub makes them, through the capability that probe leaves in the capability store.
 */
import { type Call, wait, waiters } from "./basic-calls.ts";
import { type Answer, type CallFrame, fetch, fetchWord, hexOf, LENGTH_MAX } from "./call-frame.ts";
import { isExact } from "./creation.ts";
import { storeOf } from "./domain.ts";
import { perms } from "./forge.ts";
import { RECORD_BYTES, STORE_HANDLES_AT } from "./layout.ts";
import type { Cvm, Grant, Handle, RightBits } from "./tables.ts";

const ACL_MAX = 64n;
/** The highest with which a handle is not negative: after it an index is given no more. */
const LAST_GENERATION = 2 ** 47 - 1;
const OFFSET_MAX = 2n ** 63n - 1n;

type Named = { readonly key: string } | { readonly error: "EINVAL" | "EFAULT" };

export function keyAt(frame: CallFrame, address: bigint, length: bigint): Named {
  if (length < 1n || length > 63n) return { error: "EINVAL" };
  const bytes = fetch(frame, address, length);
  return bytes === null ? { error: "EFAULT" } : { key: hexOf(bytes) };
}

export function aclAt(frame: CallFrame, address: bigint, count: bigint): bigint[] | "EFAULT" | "E2BIG" {
  if (count > ACL_MAX) return "E2BIG";
  const list: bigint[] = [];
  if (count > 0n && fetch(frame, address, count * 8n) === null) return "EFAULT";
  for (let at = 0n; at < count; at++) list.push(fetchWord(frame, address + 8n * at)!);
  return list;
}

export function mayOpen(acl: readonly bigint[], owner: Cvm, who: Cvm): boolean {
  return owner === who || acl.includes(BigInt(who.slot) | (BigInt(who.generation) << 32n));
}

function rightsFrom(bits: bigint): RightBits | null {
  return bits === 1n || bits === 2n || bits === 3n ? (Number(bits) as RightBits) : null;
}

/** Takes the lowest free handle; its number, or null if there is none. */
export function openHandle({ handles, handleGenerations }: Cvm, handle: Handle): bigint | null {
  const index = handles.findIndex((one, at) => one === null && handleGenerations[at]! < LAST_GENERATION);
  if (index < 0) return null;
  handles[index] = handle;
  handleGenerations[index]! += 1;
  return BigInt(index) | (BigInt(handleGenerations[index]!) << 16n);
}

export function handleAt(cvm: Cvm, number: bigint): { index: number; handle: Handle } | null {
  const index = Number(number & 0xffffn);
  const handle = cvm.handles[index] ?? null;
  return handle !== null && number >> 16n === BigInt(cvm.handleGenerations[index]!)
    ? { index, handle }
    : null;
}

/** The grant behind a handle of the caller. */
function grantAt({ cvm, args }: CallFrame): { index: number; handle: Handle & { kind: "grant" } } | null {
  const found = handleAt(cvm, args[0]!);
  return found?.handle.kind === "grant" ? { index: found.index, handle: found.handle } : null;
}

function recordAt(cvm: Cvm, index: number): number {
  return storeOf(cvm) + STORE_HANDLES_AT + index * RECORD_BYTES;
}

/** Gives a cVM a handle, and the capability behind it: data only, exactly the bytes (I-50). */
function give({ engine, forge }: CallFrame, cvm: Cvm, grant: Grant, rights: RightBits): bigint | null {
  const number = openHandle(cvm, { kind: "grant", grant, rights, position: 0n });
  if (number === null) return null;
  const at = recordAt(cvm, Number(number & 0xffffn));
  const running = engine.hart.save();
  forge.begin();
  const allowed = (rights & 1 ? perms.load : 0) | (rights & 2 ? perms.store : 0);
  forge.make({ base: grant.base, size: grant.size, perms: allowed });
  forge.storeTo(at);
  engine.hart.restore(running);
  const words = new BigUint64Array([number >> 16n, BigInt(rights)]);
  engine.load(BigInt(at + 16), new Uint8Array(words.buffer));
  return number;
}

/** Takes the capability and the generation out of a record: the handle means nothing any more. */
function takeBack({ engine }: CallFrame, cvm: Cvm, index: number): void {
  engine.load(BigInt(recordAt(cvm, index)), new Uint8Array(RECORD_BYTES));
}

const advertise: Call = (frame) => {
  const { cvm, tables, args, ddcBase, ddcTop } = frame;
  const [keyPointer, keyLength, pointer, length, bits, aclPointer, aclCount] = args as [
    bigint,
    bigint,
    bigint,
    bigint,
    bigint,
    bigint,
    bigint,
  ];
  const named = keyAt(frame, keyPointer, keyLength);
  if ("error" in named) return named.error;
  const rights = rightsFrom(bits);
  if (rights === null || length === 0n || length > LENGTH_MAX) return "EINVAL";
  const acl = aclAt(frame, aclPointer, aclCount);
  if (typeof acl === "string") return acl;
  if (pointer < ddcBase || pointer + length > ddcTop) return "EFAULT";
  if (!isExact(pointer, length)) return "EINVAL";
  const mine = [...tables.grants].filter((grant) => grant.owner === cvm);
  if ([...tables.grants].some((grant) => grant.key === named.key)) return "EEXIST";
  if (mine.length >= cvm.quotas.grants) return "ENOSPC";
  const grant = {
    key: named.key,
    owner: cvm,
    base: Number(pointer),
    size: Number(length),
    rights,
    acl,
    epoch: 0n,
    live: true,
  };
  const number = give(frame, cvm, grant, rights);
  if (number === null) return "ENOSPC";
  tables.grants.add(grant);
  return [number];
};

const probe: Call = (frame) => {
  const { cvm, tables, args } = frame;
  const named = keyAt(frame, args[0]!, args[1]!);
  if ("error" in named) return named.error;
  const wanted = rightsFrom(args[2]!);
  if (wanted === null) return "EINVAL";
  const grant = [...tables.grants].find((one) => one.key === named.key);
  if (grant === undefined) return "ENOENT";
  if (!mayOpen(grant.acl, grant.owner, cvm)) return "EACCES";
  if (grant.owner.state !== "running") return "ENODEV";
  if ((grant.rights & wanted) !== wanted) return "EACCES";
  const number = give(frame, cvm, grant, wanted);
  return number === null ? "ENOSPC" : [number, BigInt(grant.size), BigInt(wanted)];
};

const lseek: Call = (frame) => {
  const found = grantAt(frame);
  if (found === null) return "EBADF";
  const { handle } = found;
  if (!handle.grant.live) return "ESTALE";
  const [, offset, whence] = frame.args as [bigint, bigint, bigint];
  if (whence > 2n) return "EINVAL";
  const from = whence === 0n ? 0n : whence === 1n ? handle.position : BigInt(handle.grant.size);
  const position = from + BigInt.asIntN(64, offset);
  if (position < 0n || position > OFFSET_MAX) return "EINVAL";
  handle.position = position;
  return [position];
};

const notify: Call = (frame) => {
  const found = grantAt(frame);
  if (found === null) return "EBADF";
  const { grant } = found.handle;
  if (!grant.live) return "ESTALE";
  grant.epoch += 1n;
  for (const thread of waiters(frame)) {
    if (thread.wait?.for === "notice" && thread.wait.grant === grant) frame.wake(thread, [grant.epoch]);
  }
  return [grant.epoch];
};

const waitForNotice: Call = (frame) => {
  const found = grantAt(frame);
  if (found === null) return "EBADF";
  const { grant } = found.handle;
  const [, epoch, timeout] = frame.args as [bigint, bigint, bigint];
  if (!grant.live) return "ESTALE";
  if (grant.epoch !== epoch) return [grant.epoch];
  return wait(frame, timeout, (until) => ({ for: "notice", grant, until }));
};

const close: Call = (frame) => {
  const found = grantAt(frame);
  if (found === null) return "EBADF";
  frame.cvm.handles[found.index] = null;
  takeBack(frame, frame.cvm, found.index);
  frame.tables.isLess = true;
  return [0n];
};

const revoke: Call = (frame): Answer => {
  const found = grantAt(frame);
  if (found === null) return "EBADF";
  const { grant } = found.handle;
  if (!grant.live) return "ENOENT";
  if (grant.owner !== frame.cvm) return "EPERM";
  endGrant(frame, grant);
  return [0n];
};

/** Ends a grant: every capability made for it is gone from every store before anybody is told (I-55). */
export function endGrant(frame: Pick<CallFrame, "tables" | "engine" | "wake">, grant: Grant): void {
  grant.live = false;
  frame.tables.isLess = true;
  frame.tables.grants.delete(grant);
  for (const cvm of frame.tables.cvms) {
    for (const [index, handle] of cvm?.handles.entries() ?? []) {
      // The generation stays, so that the stub can tell a revoked handle from none.
      if (handle?.kind === "grant" && handle.grant === grant) {
        frame.engine.load(BigInt(recordAt(cvm!, index)), new Uint8Array(16));
      }
    }
  }
  for (const thread of waiters(frame)) {
    if (thread.wait?.for === "notice" && thread.wait.grant === grant) frame.wake(thread, "ESTALE");
  }
}

export const fileCalls: readonly (readonly [number, Call])[] = [
  [20, advertise],
  [21, probe],
  [24, lseek],
  [25, notify],
  [26, waitForNotice],
  [27, close],
  [28, revoke],
];
