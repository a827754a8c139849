/** What the caller of CP_Call asks for: the handle, and the block of ten words that is read once (I-40, I-42, I-68). */
import type { ErrorName } from "../system-contract.ts";
import type { Caller } from "./change.ts";
import { LENGTH_MAX, readWords } from "./guest-memory.ts";
import { findHandle } from "./handles.ts";
import { isExact, isInside } from "./layout.ts";
import type { CallRequest, Rights, System } from "./state.ts";

const RIGHTS: readonly (Rights | null)[] = [null, "r", "w", "rw"];

/**
 * The request in (handle, block), and its timeout. In this order: EBADF; EFAULT (block); ESTALE (endpoint is over);
 * EINVAL, EFAULT, E2BIG (buffer). The block is i0 to i5, buffer, its length and rights, timeout.
 */
export function requestFrom(
  system: System,
  caller: Caller,
  args: readonly bigint[],
): { request: CallRequest; timeout: bigint } | ErrorName {
  const found = endpointHandle(system, caller, args[0]!);
  if (found === null) return "EBADF";
  const words = readWords(system, caller, args[1]!, 10);
  if (words === null) return "EFAULT";
  const number = found.handle.endpoint;
  const endpoint = system.endpoints.get(number);
  if (endpoint === undefined) return "ESTALE";
  const buffer = bufferFrom(caller, words, endpoint.messageMax);
  if (typeof buffer === "string") return buffer;
  const request = { caller: caller.cvm.identity, endpoint: number, integers: words.slice(0, 6), ...buffer };
  return { request, timeout: words[9]! };
}

function bufferFrom(
  caller: Caller,
  words: readonly bigint[],
  messageMax: bigint,
): Pick<CallRequest, "buffer"> | ErrorName {
  const [base, size, bits] = words.slice(6, 9) as [bigint, bigint, bigint];
  if (bits > 3n || (size === 0n) !== (bits === 0n) || size > LENGTH_MAX) return "EINVAL";
  const rights = RIGHTS[Number(bits)] ?? null;
  if (rights === null) return { buffer: null };
  const range = { base, size };
  if (!isExact(range)) return "EINVAL";
  if (!isInside(base, size, caller.frame.ddc)) return "EFAULT";
  return size > messageMax ? "E2BIG" : { buffer: { range, rights } };
}

/** The handle of an endpoint of the caller with this number, or null. */
export function endpointHandle(system: System, { cvm }: Caller, number: bigint) {
  const found = findHandle(system, cvm.identity, number);
  return found?.handle.kind === "endpoint" ? { index: found.index, handle: found.handle } : null;
}
