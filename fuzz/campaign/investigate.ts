import type { Program, StepEvent } from "../../model/contract.ts";
import { BadInput } from "../bad-input.ts";
import type { Untold } from "../finding/story.ts";
import { type Divergence, prepare, stepCount, take } from "../lockstep/stepwise.ts";
import type { Origin } from "../program/index.ts";
import { failureOf } from "../shrink/failure.ts";
import { shrink } from "../shrink/shrink.ts";
import type { Bench } from "./bench.ts";
import type { Suspect } from "./shard.ts";
import { signatureOf } from "./signature.ts";

/** The most programs that are run to shrink one. */
const SHRINK_TESTS_MAX = 20_000;

/** The same where every run that fails waits for a peer that hangs or has to come back. */
const SHRINK_TESTS_OF_DEATH_MAX = 500;

/**
 * Shrinks a program that differed, and gathers everything about it. A difference that shows up in a batch alone,
 * but not in single steps, is told as it was found; so is one against a peer that is gone for good.
 */
export function investigate(
  bench: Bench,
  suspect: Suspect,
  origin: Origin | null,
  faults: readonly string[],
): Untold {
  const { model, actual } = bench;
  const { program, isOneMinimal, divergence } = shrunk(bench, suspect);
  const difference = divergence?.difference ?? suspect.difference;
  return {
    format: "capwright-finding",
    version: 1,
    signature: signatureOf(difference),
    origin,
    machines: { expect: model.name, actual: actual.name },
    faults,
    program,
    shrunk: isOneMinimal,
    found: suspect.program,
    difference,
    traces: { expect: divergence?.expect ?? [], actual: divergence?.actual ?? [] },
  };
}

interface Shrunk {
  readonly program: Program;
  readonly isOneMinimal: boolean;
  /** How the machines part on it; null where they no longer do. */
  readonly divergence: Divergence | null;
}

function shrunk(bench: Bench, { program: found, difference }: Suspect): Shrunk {
  const divergenceOf = (program: Program) => bench.lockstep.program(program, () => {}).divergence;
  const fails = (program: Program) => {
    const divergence = divergenceOf(program);
    return divergence === null ? null : failureOf(divergence.difference);
  };
  const isDeath = difference.fields[0]!.field === "answer";
  const testsMax = isDeath ? SHRINK_TESTS_OF_DEATH_MAX : SHRINK_TESTS_MAX;
  try {
    if (fails(found) === null) return { program: found, isOneMinimal: false, divergence: null };
    const { program, isOneMinimal } = shrink(found, fails, {
      testsMax,
      events: (one) => eventsOf(bench, one),
    });
    return { program, isOneMinimal, divergence: divergenceOf(program) };
  } catch (error) {
    if (error instanceof BadInput) return { program: found, isOneMinimal: false, divergence: null };
    throw error;
  }
}

/** What the reference does on a program. */
function eventsOf({ model }: Bench, program: Program): StepEvent[] {
  prepare(model, program);
  return Array.from({ length: stepCount(program) }, (_, at) => take(model, program, at));
}
