import type { KsmOp } from "../../model/ksm-contract.ts";
import type { KsmScript } from "./script.ts";

/**
 * A small script that fails as well: fewer operations, then smaller numbers. Operands are numbers of a fixed
 * world, so
 * that what is left means what it did.
 */
export function shrinkKsm(
  script: KsmScript,
  fails: (script: KsmScript) => boolean,
  testsMax: number,
): KsmScript {
  let best = script;
  let tests = 0;
  const offer = (ops: readonly KsmOp[]): boolean => {
    if (tests >= testsMax) return false;
    tests++;
    const candidate = { ...best, ops };
    if (!fails(candidate)) return false;
    best = candidate;
    return true;
  };
  for (let before = -1; before !== best.ops.length && tests < testsMax; ) {
    before = best.ops.length;
    for (let size = best.ops.length >> 1; size >= 1; size >>= 1) {
      for (let at = best.ops.length - size; at > -size; at -= size) {
        offer(best.ops.toSpliced(Math.max(at, 0), Math.min(size, size + at)));
      }
    }
  }
  for (let at = 0; at < best.ops.length; at++) {
    for (const op of simpler(best.ops[at]!)) if (offer(best.ops.with(at, op))) break;
  }
  return best;
}

function simpler(op: KsmOp): KsmOp[] {
  if (op.do === "scan") return [1, op.count >> 1].map((count) => ({ ...op, count }));
  if (op.do === "map" || op.do === "unmap" || op.do === "advise") return [{ ...op, count: 1 }];
  if (op.do === "store" && op.times > 1) return [{ ...op, times: 1 }];
  return [];
}
