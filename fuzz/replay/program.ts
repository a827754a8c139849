import type { MachineUnderTest, Program } from "../../model/contract.ts";
import { signatureOf } from "../campaign/signature.ts";
import { accuse, type Charge, type Comparison, spokenOf } from "../finding/charge.ts";
import { objectionsOf } from "../finding/objection.ts";
import { storyOf } from "../finding/story.ts";
import { prepare, stepCount } from "../lockstep/stepwise.ts";
import type { Finding } from "../program/index.ts";
import { type Observation, observe } from "../rvfi/observation.ts";
import { type FailedAssertion, type Judgement, judge } from "../testrig/assertion.ts";
import type { Conclusion } from "./verdict.ts";

/** A program to be replayed, and where it came from. */
export interface Replay {
  readonly program: Program;
  readonly file: string;
  /** The finding that the program was stored in, if it was. */
  readonly finding: Finding | null;
}

/** What a program is replayed on. */
export interface Stage {
  /** Those whose answers assertions are judged by. */
  readonly observers: readonly Observer[];
  /** Two sides and how they are compared; null with one side alone. */
  readonly duel: Duel | null;
  /** The machine whose steps the oracles judge: the reference, or the only one. */
  readonly judged: MachineUnderTest;
  /** Faults that were planted on purpose. */
  readonly faults: readonly string[];
}

export interface Observer {
  readonly name: string;
  /** What is seen of each word of an injected program. */
  observe(program: Program): readonly Observation[];
}

export interface Duel extends Comparison {
  readonly machines: { readonly expect: string; readonly actual: string };
}

/** A machine of ours as an observer. */
export function machineObserver(machine: MachineUnderTest): Observer {
  return {
    name: machine.name,
    observe(program) {
      prepare(machine, program);
      return program.words.map((word) => observe(machine.inject(word)));
    },
  };
}

/**
 * Replays a program: compares the two sides, has the oracles judge every step, and tries its assertions. What comes at
 * the earlier step is told.
 */
export function replayProgram(replay: Replay, stage: Stage): Conclusion {
  const { program } = replay;
  const steps = stepCount(program);
  if (steps === 0) return { verdict: "unknown", text: "unknown: no step to take" };
  const { duel, judged } = stage;
  const charge = accuse(program, duel, judged, replay.finding?.violation?.oracle ?? null);
  if (charge !== null) return { verdict: "broken", text: story(replay, stage, charge) };

  const judgements = stage.observers.map((observer) => ({ observer, ...judgeOn(observer, program) }));
  const failed = judgements.flatMap((one) =>
    one.failed.map((failure) => failureText(failure, one.observer.name)),
  );
  if (failed.length > 0) return { verdict: "broken", text: failed.join("\n") };
  const { held, untold } = judgements[0]!;
  if (untold > 0)
    return { verdict: "unknown", text: `unknown: ${untold} assertions on what no step event tells` };

  const { expect, actual } = duel?.machines ?? {};
  const sound =
    duel === null
      ? `${judged.name} breaks no rule in ${steps} steps`
      : `${expect} and ${actual} agree in ${steps} steps and break no rule`;
  return { verdict: "holds", text: held > 0 ? `${sound}, ${held} assertions hold` : sound };
}

function story({ program, file, finding }: Replay, { duel, judged, faults }: Stage, charge: Charge): string {
  const { evidence, traces } = charge;
  const { origin, shrunk, found } = finding ?? { origin: null, shrunk: false, found: program };
  const told = {
    format: "capwright-finding",
    version: 1,
    signature: signatureOf(evidence),
    origin,
    machines: duel?.machines ?? { expect: judged.name, actual: judged.name },
    faults,
    program,
    shrunk,
    found,
    ...spokenOf(evidence),
    objections: objectionsOf(program, traces),
    traces,
  } as const;
  const again = finding === null && faults.length > 0 ? `${file} --fault ${faults.join(",")}` : file;
  return storyOf(told, again).trimEnd();
}

/** An assertion is about an injected word; where words are fetched, nothing says which step it means. */
function judgeOn(observer: Observer, program: Program): Judgement {
  const count = program.marks.filter(({ kind }) => kind === "assert").length;
  if (count === 0 || program.fetch !== "injected") return { held: 0, failed: [], untold: count };
  return judge(program, observer.observe(program));
}

function failureText({ at, field, expect, actual, text }: FailedAssertion, name: string): string {
  return `assertion fails on ${name}: word ${at}: ${field}: expected ${expect}, found ${actual}: ${text}`;
}
