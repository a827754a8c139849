/**
 * What a call should come to, and the reasons that there are to refuse it. If several things are wrong with a call any of
 * them may be told, but where the page says which comes first.
 */
import type { ErrorName } from "../../../model/system-contract.ts";
import {
  contains,
  type DeclaredCvm,
  type DeclaredEndpoint,
  type DeclaredGrant,
  type DeclaredListener,
} from "./declared.ts";
import { isExactRange } from "./exactness.ts";
import { keyOf, type TakenCall } from "./taken-call.ts";

/** What a call should come to. `values`: a0 to a2 as far as they are known; null for one that may be anything. */
export type Expected =
  | { readonly kind: "refused"; readonly errors: readonly ErrorName[] }
  | { readonly kind: "returned"; readonly values: readonly (bigint | null)[] }
  | { readonly kind: "entered"; readonly cvm: string; readonly values: readonly bigint[] }
  | { readonly kind: "blocked" }
  /** Code of guests says what comes of it. */
  | { readonly kind: "free" };

export type Forecast = (call: TakenCall) => Expected;

export const LENGTH_MAX = 1n << 47n;

export const refused = (...errors: readonly ErrorName[]): Expected => ({ kind: "refused", errors });
export const returned = (...values: readonly (bigint | null)[]): Expected => ({ kind: "returned", values });
export const waits: Expected = { kind: "blocked" };

/** The reasons that apply, or what comes if there are none. */
export function unless(reasons: Partial<Record<ErrorName, boolean>>, then: () => Expected): Expected {
  const errors = (Object.keys(reasons) as ErrorName[]).filter((error) => reasons[error]);
  return errors.length > 0 ? refused(...errors) : then();
}

export function waitsUnless(timeout: bigint): Expected {
  return timeout === 0n ? refused("ETIMEDOUT") : waits;
}

export function least(one: bigint, other: bigint): bigint {
  return one < other ? one : other;
}

/** Whether the caller reaches these bytes; anywhere if there are none. */
export function reaches({ frame }: Pick<TakenCall, "frame">, address: bigint, length: bigint): boolean {
  return length === 0n || contains(frame.ddc, address, length);
}

export function isExactWord(base: bigint, size: bigint): boolean {
  return size > LENGTH_MAX || isExactRange({ base: Number(base), size: Number(size) });
}

/** The lowest free handle of a cVM, with its next generation; null if there is none. */
export function nextHandle({ description, handles, handleGenerations }: DeclaredCvm): bigint | null {
  for (let index = 0; index < description.quotas.handles; index++) {
    if (handles.has(index)) continue;
    return BigInt(index) | (BigInt((handleGenerations.get(index) ?? 0) + 1) << 16n);
  }
  return null;
}

export function hasBadKey({ args }: TakenCall): boolean {
  return args[1]! < 1n || args[1]! > 63n;
}

/** What can be wrong with a key, then with what is opened by it. */
export function withKey(call: TakenCall, then: (key: string) => Expected): Expected {
  if (hasBadKey(call)) return refused("EINVAL");
  const key = keyOf(call);
  return key === null ? refused("EFAULT") : then(key);
}

export function mayOpen(
  { owner, acl }: DeclaredGrant | DeclaredEndpoint | DeclaredListener,
  who: DeclaredCvm,
): boolean {
  return owner === who || acl.includes(who.identity);
}

/** The reasons that every offer can be refused for, the list of who may have it beginning at an argument. */
export function offerReasons(call: TakenCall, listAt: number): Partial<Record<ErrorName, boolean>> {
  const { args } = call;
  const isLong = args[listAt + 1]! > 64n;
  const isOut =
    (!hasBadKey(call) && keyOf(call) === null) ||
    (!isLong && !reaches(call, args[listAt]!, 8n * args[listAt + 1]!));
  return { EINVAL: hasBadKey(call), E2BIG: isLong, EFAULT: isOut };
}

export function count(list: Iterable<{ readonly owner: DeclaredCvm }>, cvm: DeclaredCvm): number {
  return [...list].filter(({ owner }) => owner === cvm).length;
}

export function hasKey(list: Iterable<{ readonly key: string }>, key: string | null): boolean {
  return key !== null && [...list].some((one) => one.key === key);
}
