/** What a caller of CP_Call asks for: a handle, and a block of ten words in its memory. */
import { type CallFrame, fetch, LENGTH_MAX } from "./call-frame.ts";
import { isExact } from "./creation.ts";
import { handleAt } from "./file-calls.ts";
import type { CallRequest, Handle, RightBits } from "./tables.ts";

type Refusal = "EBADF" | "EFAULT" | "ESTALE" | "EINVAL" | "E2BIG";

/** The request that the arguments name, and its timeout. The block is read once. */
export function requestAt(frame: CallFrame): { request: CallRequest; timeout: bigint } | Refusal {
  const found = endpointAt(frame);
  if (found === null) return "EBADF";
  const bytes = fetch(frame, frame.args[1]!, 80n);
  if (bytes === null) return "EFAULT";
  const words = new BigUint64Array(bytes.slice().buffer);
  const { endpoint } = found.handle;
  if (!endpoint.live) return "ESTALE";
  const buffer = bufferOf(frame, words, endpoint.messageMax);
  if (typeof buffer === "string") return buffer;
  const integers = Array.from(words.subarray(0, 6));
  return { request: { caller: frame.cvm, endpoint, integers, buffer }, timeout: words[9]! };
}

/** The handle of an endpoint of the caller. */
export function endpointAt({
  cvm,
  args,
}: CallFrame): { index: number; handle: Handle & { kind: "endpoint" } } | null {
  const found = handleAt(cvm, args[0]!);
  return found?.handle.kind === "endpoint" ? { index: found.index, handle: found.handle } : null;
}

function bufferOf(
  { ddcBase, ddcTop }: CallFrame,
  words: BigUint64Array,
  messageMax: bigint,
): CallRequest["buffer"] | "EINVAL" | "EFAULT" | "E2BIG" {
  const [base, size, rights] = [words[6]!, words[7]!, words[8]!];
  if (rights > 3n || size > 0n !== rights > 0n || size > LENGTH_MAX) return "EINVAL";
  if (rights === 0n) return null;
  if (!isExact(base, size)) return "EINVAL";
  if (base < ddcBase || base + size > ddcTop) return "EFAULT";
  if (size > messageMax) return "E2BIG";
  return { base: Number(base), size: Number(size), rights: Number(rights) as RightBits };
}
