import type { MachineUnderTest, Program } from "../../model/contract.ts";
import { signatureOf } from "../campaign/signature.ts";
import { storyOf } from "../finding/story.ts";
import { type Divergence, prepare, stepCount } from "../lockstep/stepwise.ts";
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
}

export interface Observer {
  readonly name: string;
  /** What is seen of each word of an injected program. */
  observe(program: Program): readonly Observation[];
}

export interface Duel {
  readonly machines: { readonly expect: string; readonly actual: string };
  /** Faults planted in the one that is compared with the reference. */
  readonly faults: readonly string[];
  compare(program: Program): Divergence | null;
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
 * Replays a program and judges its assertions. One side alone is only judged by assertions: a program without
 * any concludes nothing there.
 */
export function replayProgram(replay: Replay, { observers, duel }: Stage): Conclusion {
  const { program } = replay;
  const steps = stepCount(program);
  if (steps === 0) return { verdict: "unknown", text: "unknown: no step to take" };
  const divergence = duel?.compare(program) ?? null;
  if (divergence !== null) return { verdict: "broken", text: story(replay, duel!, divergence) };

  const judgements = observers.map((observer) => ({ observer, ...judgeOn(observer, program) }));
  const failed = judgements.flatMap((one) =>
    one.failed.map((failure) => failureText(failure, one.observer.name)),
  );
  if (failed.length > 0) return { verdict: "broken", text: failed.join("\n") };
  const { held, untold } = judgements[0]!;
  if (untold > 0)
    return { verdict: "unknown", text: `unknown: ${untold} assertions on what no step event tells` };

  const { expect, actual } = duel?.machines ?? {};
  const agreed = duel === null ? [] : [`${expect} and ${actual} agree in ${steps} steps`];
  const holds = [...agreed, ...(held > 0 ? [`${held} assertions hold`] : [])];
  if (holds.length > 0) return { verdict: "holds", text: holds.join(", ") };
  return { verdict: "unknown", text: `unknown: ${observers[0]!.name} alone has nothing to be compared with` };
}

function story(
  { program, file, finding }: Replay,
  { machines, faults }: Duel,
  divergence: Divergence,
): string {
  const { difference, ...traces } = divergence;
  const known = finding ?? { origin: null, shrunk: false, found: program };
  const { origin, shrunk, found } = known;
  const signature = signatureOf(difference);
  const kind = { format: "capwright-finding", version: 1 } as const;
  const told = { ...kind, signature, origin, machines, faults, program, shrunk, found, difference, traces };
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
