import type { Program, StepEvent } from "../../model/contract.ts";
import { nameOf } from "../lockstep/name.ts";
import { compareStepwise } from "../lockstep/stepwise.ts";
import type { Finding, Origin } from "../program/index.ts";
import { failureOf } from "../shrink/failure.ts";
import { shrink } from "../shrink/shrink.ts";
import type { Bench } from "./bench.ts";
import type { Suspect } from "./shard.ts";
import { signatureOf } from "./signature.ts";

/** The most programs that are run to shrink one. */
const SHRINK_TESTS_MAX = 20_000;

/**
 * Shrinks a program that differed, and tells everything about it. A difference that shows up in a batch alone,
 * but not in single steps, is told as it was found.
 */
export function investigate(
  bench: Bench,
  suspect: Suspect,
  origin: Origin,
  faults: readonly string[],
): Finding {
  const { model, engine, lockstep } = bench;
  const found = suspect.program;
  const differenceOf = (program: Program) =>
    lockstep.program(program, () => {}).divergence?.difference ?? null;
  const fails = (program: Program) => {
    const difference = differenceOf(program);
    return difference === null ? null : failureOf(difference);
  };
  const { program, isOneMinimal } =
    fails(found) === null
      ? { program: found, isOneMinimal: false }
      : shrink(found, fails, { testsMax: SHRINK_TESTS_MAX, events: (one) => eventsOf(bench, one) });

  const divergence = compareStepwise(program, model, engine, nameOf);
  const difference = divergence?.difference ?? differenceOf(program) ?? suspect.difference;
  return {
    format: "capwright-finding",
    version: 1,
    signature: signatureOf(difference),
    origin,
    machines: { expect: model.name, actual: engine.name },
    faults,
    program,
    shrunk: isOneMinimal,
    found,
    difference,
    traces: { expect: divergence?.expect ?? [], actual: divergence?.actual ?? [] },
    story: "",
  };
}

/** What the reference does on a program. */
function eventsOf({ lockstep }: Bench, program: Program): StepEvent[] {
  const events: StepEvent[] = [];
  lockstep.program(program, (event) => events.push(event));
  return events;
}
