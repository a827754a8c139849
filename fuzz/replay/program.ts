import type { MachineUnderTest, Program } from "../../model/contract.ts";
import { nameOf } from "../lockstep/name.ts";
import { compareStepwise, prepare, stepCount } from "../lockstep/stepwise.ts";
import { observe } from "../rvfi/observation.ts";
import { type FailedAssertion, type Judgement, judge } from "../testrig/assertion.ts";
import { divergenceText } from "./divergence.ts";
import type { Conclusion } from "./verdict.ts";

/**
 * Replays a program on one machine, or on two side by side, and judges its assertions on each.
 *
 * One machine alone is only judged by assertions: a program without any concludes nothing there.
 */
export function replayProgram(program: Program, machines: readonly MachineUnderTest[]): Conclusion {
  const steps = stepCount(program);
  const [expect, actual] = machines;
  const divergence = actual === undefined ? null : compareStepwise(program, expect!, actual, nameOf);
  if (divergence !== null) {
    return {
      verdict: "broken",
      text: divergenceText(
        program,
        divergence,
        machines.map(({ name }) => name),
      ),
    };
  }

  if (steps === 0) return { verdict: "unknown", text: "unknown: no step to take" };

  const judgements = machines.map((machine) => ({ machine, ...judgeOn(machine, program) }));
  const failed = judgements.flatMap((one) =>
    one.failed.map((failure) => failureText(failure, one.machine.name)),
  );
  if (failed.length > 0) return { verdict: "broken", text: failed.join("\n") };
  const { held, untold } = judgements[0]!;
  if (untold > 0)
    return { verdict: "unknown", text: `unknown: ${untold} assertions on what no step event tells` };

  const agreed = actual === undefined ? [] : [`${expect!.name} and ${actual.name} agree in ${steps} steps`];
  const holds = [...agreed, ...(held > 0 ? [`${held} assertions hold`] : [])];
  if (holds.length > 0) return { verdict: "holds", text: holds.join(", ") };
  return { verdict: "unknown", text: `unknown: ${expect!.name} alone has nothing to be compared with` };
}

/** An assertion is about an injected word; where words are fetched, nothing says which step it means. */
function judgeOn(machine: MachineUnderTest, program: Program): Judgement {
  const count = program.marks.filter(({ kind }) => kind === "assert").length;
  if (count === 0 || program.fetch !== "injected") return { held: 0, failed: [], untold: count };
  prepare(machine, program);
  return judge(
    program,
    program.words.map((word) => observe(machine.inject(word))),
  );
}

function failureText({ at, field, expect, actual, text }: FailedAssertion, machine: string): string {
  return `assertion fails on ${machine}: word ${at}: ${field}: expected ${expect}, found ${actual}: ${text}`;
}
