import type { Program, StepEvent } from "../../model/contract.ts";
import { BadInput } from "../bad-input.ts";
import { type Charge, spokenOf } from "../finding/charge.ts";
import { objectionsOf } from "../finding/objection.ts";
import type { Untold } from "../finding/story.ts";
import { runJudged } from "../lockstep/judged.ts";
import { createJudge } from "../oracle/judge.ts";
import type { OracleName } from "../oracle/oracle.ts";
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
 * Shrinks a program that something speaks against, with who objects and to what kept fixed, and gathers everything
 * about it. A difference that shows up in a batch alone, but not in single steps, is told as it was found; so is one
 * against a peer that is gone for good.
 */
export function investigate(
  bench: Bench,
  suspect: Suspect,
  origin: Origin | null,
  faults: readonly string[],
): Untold {
  const { model, actual } = bench;
  const { program, isOneMinimal, charge } = shrunk(bench, suspect);
  const evidence = charge?.evidence ?? suspect.evidence;
  const traces = charge?.traces ?? { expect: [], actual: [] };
  return {
    format: "capwright-finding",
    version: 1,
    signature: signatureOf(evidence),
    origin,
    machines: { expect: model.name, actual: actual.name },
    faults,
    program,
    shrunk: isOneMinimal,
    found: suspect.program,
    ...spokenOf(evidence),
    objections: objectionsOf(program, traces),
    traces,
  };
}

/** Runs a program and says what speaks against it, if anything. */
type Accuse = (program: Program) => Charge | null;

interface Shrunk {
  readonly program: Program;
  readonly isOneMinimal: boolean;
  /** What speaks against the program; null where nothing does any longer. */
  readonly charge: Charge | null;
}

function shrunk(bench: Bench, { program: found, evidence }: Suspect): Shrunk {
  const accuse = "oracle" in evidence ? accuserOf(bench, evidence.oracle) : comparison(bench);
  const fails = (program: Program) => {
    const charge = accuse(program);
    return charge === null ? null : failureOf(charge.evidence);
  };
  const isDeath = !("oracle" in evidence) && evidence.fields[0]!.field === "answer";
  const testsMax = isDeath ? SHRINK_TESTS_OF_DEATH_MAX : SHRINK_TESTS_MAX;
  try {
    if (fails(found) === null) return { program: found, isOneMinimal: false, charge: null };
    const { program, isOneMinimal } = shrink(found, fails, {
      testsMax,
      events: (one) => eventsOf(bench, one),
    });
    return { program, isOneMinimal, charge: accuse(program) };
  } catch (error) {
    if (error instanceof BadInput) return { program: found, isOneMinimal: false, charge: null };
    throw error;
  }
}

function comparison({ lockstep }: Bench): Accuse {
  return (program) => {
    const { divergence } = lockstep.program(program, () => {});
    if (divergence === null) return null;
    const { difference, expect, actual } = divergence;
    return { evidence: difference, traces: { expect, actual } };
  };
}

/** The oracle that objected, alone, so that no other one speaks before it. It judges the reference. */
function accuserOf({ model }: Bench, oracle: OracleName): Accuse {
  const judge = createJudge([oracle]);
  return (program) => {
    const { violation, events } = runJudged(model, program, judge);
    return violation === null ? null : { evidence: violation, traces: { expect: events, actual: [] } };
  };
}

/** What the reference does on a program, as far as it comes. */
function eventsOf({ model }: Bench, program: Program): StepEvent[] {
  return [...runJudged(model, program, createJudge([])).events];
}
