/** Single-copy objects, foretold: what may be loaded is, and what may not be is refused for the first reason there is. */
import { failure } from "../../../model/intravisor/errors.ts";
import { contains } from "./declared.ts";
import type { DeclaredObject } from "./declared-object.ts";
import { unitOf } from "./exactness.ts";
import {
  type Expected,
  type Forecast,
  LENGTH_MAX,
  nextHandle,
  reaches,
  refused,
  returned,
  unless,
} from "./forecast.ts";
import {
  bindingOf,
  hashOf,
  insideOf,
  NUMBERS,
  nextNumber,
  objectAt,
  objectWith,
  STATE_QUOTA,
  stateOf,
} from "./ledger-objects.ts";
import { FILE_MAX, fileVerdict } from "./object-file.ts";
import { kinds } from "./object-relocations.ts";
import type { TakenCall } from "./taken-call.ts";

const HASH_BYTES = 32n;

export const objectForecasts: Readonly<Record<string, Forecast>> = {
  sco_create(call) {
    const { ledger, cvm, args } = call;
    const [pointer, length] = args as [bigint, bigint];
    if (!reaches(call, pointer, length)) return refused("EFAULT");
    if (length > BigInt(FILE_MAX)) return refused("E2BIG");
    const bytes = ledger.fetch(call, pointer, length)!;
    const verdict = fileVerdict(bytes);
    if ("reason" in verdict) return returned(failure("ENOEXEC"), BigInt(verdict.reason), 0n);
    const handle = nextHandle(cvm);
    const isKnown = objectWith(ledger, hashOf(bytes)) !== null;
    return unless({ ENOSPC: handle === null || (!isKnown && nextNumber(ledger) >= NUMBERS) }, () =>
      returned(handle, 0n, 0n),
    );
  },
  sco_lookup(call) {
    const { ledger, cvm, args } = call;
    if (!reaches(call, args[0]!, HASH_BYTES)) return refused("EFAULT");
    const hash = Buffer.from(ledger.fetch(call, args[0]!, HASH_BYTES)!).toString("hex");
    if (objectWith(ledger, hash) === null) return refused("ENOENT");
    const handle = nextHandle(cvm);
    return unless({ ENOSPC: handle === null }, () => returned(handle, 0n, 0n));
  },
  sco_bind: (call) =>
    withObject(call, (object) => {
      const { ledger, cvm, args } = call;
      if (args[1]! > 1n) return refused("EINVAL");
      if (bindingOf(object, cvm) !== null) return refused("EEXIST");
      const isTooMuch = stateOf(ledger, cvm) + roundedState(object) > STATE_QUOTA;
      return unless({ ENOMEM: isTooMuch }, () => returned(0n, BigInt(object.number), 0n));
    }),
  sco_unbind: (call) =>
    withObject(call, (object) => {
      const binding = bindingOf(object, call.cvm);
      if (binding === null) return refused("ENOENT");
      return unless({ EBUSY: insideOf(call.ledger, binding) > 0 }, () => returned(0n, 0n, 0n));
    }),
  sco_close: (call) => withObject(call, () => returned(0n, 0n, 0n)),
  sco_import: (call) =>
    withObject(call, (object) => {
      const { cvm, args } = call;
      const other = objectAt(cvm, args[2]!);
      if (other === null) return refused("EBADF");
      const [from, to] = [bindingOf(object, cvm), bindingOf(other, cvm)];
      if (from === null || to === null) return refused("ENOENT");
      const isAlone = from.mode === "library" || to.mode === "library";
      const isOdd = isAlone || !hasImport(object, args[1]!) || args[3]! >= BigInt(other.file.exports.length);
      return unless({ EINVAL: isOdd }, () => returned(0n, 0n, 0n));
    }),
  sco_callback: (call) =>
    withObject(call, (object) => {
      const { cvm, args } = call;
      const binding = bindingOf(object, cvm);
      if (binding === null) return refused("ENOENT");
      const isOdd =
        binding.mode === "library" ||
        !hasImport(object, args[1]!) ||
        (args[2]! & 1n) === 1n ||
        !contains(cvm.code, args[2]!, 2n);
      return unless({ EINVAL: isOdd }, () => returned(0n, 0n, 0n));
    }),
  sco_return: ({ frame }) => (frame.chain === null ? refused("EPERM") : FREE),
  sco_call(call) {
    const { cvm, frame, args } = call;
    const object = objectAt(cvm, args[0]!);
    const binding = object && bindingOf(object, cvm);
    if (!object || !binding) return refused("EBADF");
    const [pointer, length] = [args[6]!, args[7]!];
    const isOdd = args[1]! >= BigInt(object.file.exports.length);
    if (length > LENGTH_MAX) return refused("EINVAL", "EFAULT");
    if (isOdd || (length > 0n && !isExactPlace(pointer, length))) return refused("EINVAL");
    if (!reaches(call, pointer, length)) return refused("EFAULT");
    return binding.mode === "library" && frame.ddc.size === 0 ? refused("EFAULT", "ELOOP") : FREE;
  },
};

/** What comes of it is for an object to say. */
const FREE: Expected = { kind: "free" };

function withObject(call: TakenCall, then: (object: DeclaredObject) => Expected): Expected {
  const object = objectAt(call.cvm, call.args[0]!);
  return object === null ? refused("EBADF") : then(object);
}

/** Whether bounds can cover these bytes exactly, wherever they are. */
function isExactPlace(pointer: bigint, length: bigint): boolean {
  const unit = BigInt(unitOf(Number(length)));
  return pointer % unit === 0n && length % unit === 0n;
}

/** Whether an object has a place for this import. */
function hasImport({ file }: DeclaredObject, number: bigint): boolean {
  return file.relocations.some(({ kind, target }) => kind === kinds.import && BigInt(target) === number);
}

/** Bytes of a state as it is placed: so many that bounds cover it exactly. */
export function roundedState({ file: { stateSize } }: DeclaredObject): number {
  const unit = Math.max(16, unitOf(stateSize));
  return Math.ceil(stateSize / unit) * unit;
}
