/** Numbers of operations, which come from outside. */
import type { KsmOp, KsmWorld } from "../../model/ksm-contract.ts";

/** Whether the world can have what the operation names; EINVAL if not. */
export function isSound(op: KsmOp, world: KsmWorld): boolean {
  if ("space" in op && !isNumber(op.space, world.spaces - 1)) return false;
  if ("page" in op && !isNumber(op.page, world.pages - 1)) return false;
  if ("first" in op) {
    if (!isNumber(op.first, world.pages - 1) || !isNumber(op.count, world.pages - op.first)) return false;
    return op.count > 0;
  }
  switch (op.do) {
    case "create":
      return isNumber(op.tenant, world.spaces - 1);
    case "fork":
      return isNumber(op.child, world.spaces - 1);
    case "store":
      return isData(op.bytes) && isStretch(op.offset, op.bytes.length / 2, op.times, world.pageSize);
    case "store-capability":
      return isNumber(op.granule, world.pageSize / 16 - 1) && op.bytes.length === 32 && isData(op.bytes);
    case "knob":
      return (
        typeof op.value === "boolean" || isNumber(op.value - (op.knob === "maxSharing" ? 2 : 0), Infinity)
      );
    case "scan":
      return isNumber(op.count, Infinity);
    default:
      return true;
  }
}

function isNumber(value: number, most: number): boolean {
  return Number.isInteger(value) && value >= 0 && value <= most;
}

function isStretch(offset: number, length: number, times: number, size: number): boolean {
  return isNumber(offset, size - 1) && isNumber(times - 1, Infinity) && length * times <= size - offset;
}

function isData(bytes: string): boolean {
  return bytes.length > 0 && bytes.length % 2 === 0 && /^[0-9a-f]+$/.test(bytes);
}

export function dataOf(bytes: string): Uint8Array {
  return Uint8Array.from({ length: bytes.length / 2 }, (_, at) =>
    Number.parseInt(bytes.slice(2 * at, 2 * at + 2), 16),
  );
}
