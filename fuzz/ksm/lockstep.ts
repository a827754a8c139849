import { isDeepStrictEqual } from "node:util";
import type { KsmReference } from "../../model/ksm/reference.ts";
import type { KsmMachine } from "../../model/ksm-contract.ts";
import type { KsmScript } from "./script.ts";

/** Where two machines part, and how. */
export interface KsmDifference {
  readonly at: number;
  /** The first field that differs: `view.counters.sharing`. */
  readonly field: string;
  readonly expect: unknown;
  readonly actual: unknown;
}

/**
 * Runs a script on a machine and on the reference, which follows its choices. Reports and views are compared
 * in full
 * after every operation: contents, frames, places, flags, errors, copies, counters, micro-steps.
 */
export function differenceIn(
  { world, ops }: KsmScript,
  model: KsmReference,
  machine: KsmMachine,
): KsmDifference | null {
  model.reset(world);
  machine.reset(world);
  for (const [at, op] of ops.entries()) {
    const report = machine.apply(op);
    const actual = { report, view: machine.view() };
    const expect = { report: model.follow(op, report), view: model.view() };
    const difference = firstDifference("", expect, actual);
    if (difference !== null) return { at, ...difference };
  }
  return null;
}

function firstDifference(path: string, expect: unknown, actual: unknown): Omit<KsmDifference, "at"> | null {
  if (isDeepStrictEqual(expect, actual)) return null;
  if (isRecord(expect) && isRecord(actual)) {
    for (const name of new Set([...Object.keys(expect), ...Object.keys(actual)])) {
      const found = firstDifference(path === "" ? name : `${path}.${name}`, expect[name], actual[name]);
      if (found !== null) return found;
    }
  }
  return { field: path, expect, actual };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
