/** What the commands do with one script of cVMs: replaying and minimizing it, on the reference and on the machine code. */
import type { ProbedSystem } from "../../impl/intravisor/intravisor.ts";
import { createSystemModel } from "../../model/intravisor/system.ts";
import type { SystemScript, SystemUnderTest } from "../../model/system-contract.ts";
import { readText } from "../program/index.ts";
import type { Conclusion } from "../replay/verdict.ts";
import { isScriptText, loadScriptOrFinding, saveSystemFinding, signatureOf } from "../system/finding.ts";
import { foundIn, SHRINK_TESTS_MAX, shrinkFailure } from "../system/investigation.ts";
import { stepsOf } from "../system/lockstep.ts";
import { JudgedSystem } from "../system/oracle/judged.ts";
import { SYSTEM_ORACLES } from "../system/oracle/oracles.ts";
import { noCounts, type PairCounts } from "../system/oracle/pair/pair.ts";
import { shrinkLeak } from "../system/oracle/pair/shrink.ts";
import { judgePair } from "../system/oracle/pair/worlds.ts";
import { type Failure, failureText, judgeScript, violationIn } from "../system/replay.ts";
import { saveScript } from "../system/script.ts";
import { listingOf, storyOf } from "../system/story.ts";
import { createSystem, createSystems } from "./both-systems.ts";

/**
 * What is wrong with a script: a difference, an expectation, a rule that the machine code breaks; with one that has a pair
 * also what is wrong between two worlds, on either side.
 */
function judge(
  script: SystemScript,
  model: SystemUnderTest,
  system: ProbedSystem,
  counts: PairCounts,
): Failure | null {
  const failure = judgeScript(script, model, system);
  if (failure !== null) return failure;
  const violation = violationIn(script, model, new JudgedSystem(system, SYSTEM_ORACLES));
  if (violation !== null) return { kind: "violation", violation };
  if (script.pair === undefined) return null;
  const worlds = [
    [model, createSystemModel()],
    [system, createSystem()],
  ] as const;
  return judgePair(script, worlds, counts);
}

/** Whether a file is a matter of this level. */
export function isScriptFile(file: string): boolean {
  return file.endsWith(".json") && isScriptText(readText(file));
}

/**
 * `replay` of a script: both sides, difference and expectations.
 *
 * @throws BadInput naming file and path.
 */
export function replayScript(file: string): Conclusion {
  const { script } = loadScriptOrFinding(file);
  const { model, system } = createSystems();
  const steps = stepsOf(script);
  if (steps.length === 0) return { verdict: "unknown", text: "unknown: no step to take" };
  const counts = noCounts();
  const failure = judge(script, model, system, counts);
  if (failure === null) {
    if (script.pair !== undefined && counts.held === 0) {
      return { verdict: "unknown", text: "unknown: nothing differed between the two worlds" };
    }
    const expected = steps.filter(({ expect }) => expect?.result !== undefined).length;
    const lines = listingOf(script, { model, system }, null);
    const met = expected === 0 ? "" : `, ${expected} expectations met`;
    const told = script.pair === undefined ? "" : ", two worlds look the same";
    return {
      verdict: "holds",
      text: [...lines, `holds: ${steps.length} steps agree${met}${told}`].join("\n"),
    };
  }
  return {
    verdict: "broken",
    text: [...listingOf(script, { model, system }, failure), ...failureText(failure)].join("\n"),
  };
}

/**
 * `minimize` of a script: writes the small one, a finding if the systems differ. Returns exit code and text.
 *
 * @throws BadInput naming file and path.
 */
export function minimizeScript(file: string, out: string | undefined): { exitCode: number; text: string } {
  const { script, finding } = loadScriptOrFinding(file);
  const { model, system } = createSystems();
  const steps = stepsOf(script).length;
  if (steps === 0) return { exitCode: 2, text: `${file}: unknown: no step to take\n` };
  const failure = judge(script, model, system, noCounts());
  if (failure === null) {
    return { exitCode: 0, text: `${file}: holds: ${steps} steps agree and do as expected\n` };
  }
  const small =
    failure.kind === "leak"
      ? smallLeak(script, failure, model, system)
      : shrinkFailure(
          script,
          failure,
          model,
          failure.kind === "violation" ? new JudgedSystem(system, SYSTEM_ORACLES) : system,
        );
  const path = out ?? `${file.replace(/\.json$/, "")}.min.json`;
  const story = storyOf(small.script, small.failure, { model, system }, path);
  if (small.failure.kind === "expectation") saveScript(path, small.script);
  else {
    saveSystemFinding(path, {
      format: "capwright-system-finding",
      version: 1,
      signature: signatureOf(small.script, small.failure),
      origin: finding?.origin ?? null,
      script: small.script,
      shrunk: small.isMinimal,
      ...foundIn(small.failure)!,
      story,
    });
  }
  const { tests, isMinimal } = small;
  const ending = isMinimal
    ? ""
    : `; stopped after ${tests.toLocaleString("en-US")} scripts, could be smaller`;
  const counts = `broken: ${stepsOf(small.script).length} of ${steps} steps, written to ${path}${ending}`;
  return { exitCode: 1, text: `${story.join("\n")}\n${counts}\n` };
}

function smallLeak(
  script: SystemScript,
  failure: Extract<Failure, { kind: "leak" }>,
  model: SystemUnderTest,
  system: SystemUnderTest,
): ReturnType<typeof shrinkFailure> {
  const worlds =
    failure.system === model.name
      ? ([model, createSystemModel()] as const)
      : ([system, createSystem()] as const);
  const { pair: _, ...alone } = script;
  const small = shrinkLeak({ script: alone, pair: failure.pair }, failure.leak, worlds, SHRINK_TESTS_MAX);
  const { pair, leak, isMinimal, tests } = small;
  return { script: { ...small.script, pair }, failure: { ...failure, pair, leak }, isMinimal, tests };
}
