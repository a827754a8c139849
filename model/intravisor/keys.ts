/** Keys under which things are offered, and who may open them (4.1, I-52, I-63). */
import type { ErrorName } from "../system-contract.ts";
import { hexOf } from "./bytes.ts";
import { type Caller, isSame } from "./change.ts";
import { readGuest, readWords } from "./guest-memory.ts";
import type { Identity, System } from "./state.ts";

const KEY_MAX = 63n;
/** Identities on one access list, at most. */
export const ACL_MAX = 64n;

/** A key from guest memory, as hexadecimal: compared by length and content, zero bytes included. */
export function readKey(
  system: System,
  caller: Caller,
  address: bigint,
  length: bigint,
): { key: string } | ErrorName {
  if (length === 0n || length > KEY_MAX) return "EINVAL";
  const bytes = readGuest(system, caller, address, length);
  if (bytes === null) return "EFAULT";
  return { key: hexOf(bytes) };
}

/** An access list from guest memory: words of slot | generation << 32. An empty list lets nobody in. */
export function readAcl(
  system: System,
  caller: Caller,
  address: bigint,
  count: bigint,
): { acl: Identity[] } | ErrorName {
  if (count > ACL_MAX) return "E2BIG";
  const words = readWords(system, caller, address, Number(count));
  if (words === null) return "EFAULT";
  return { acl: words.map(identityOf) };
}

export function identityOf(word: bigint): Identity {
  return { slot: Number(word & 0xffff_ffffn), generation: Number(word >> 32n) };
}

export function identityWord({ slot, generation }: Identity): bigint {
  return BigInt(slot) | (BigInt(generation) << 32n);
}

/** Whether a domain is on the list; an owner is always welcome to what is its own. */
export function mayOpen(acl: readonly Identity[], owner: Identity, who: Identity): boolean {
  return isSame(owner, who) || acl.some((listed) => isSame(listed, who));
}
