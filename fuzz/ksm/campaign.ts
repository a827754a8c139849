/** Scripts one after the other, until something is found or the budget is used up. */

import type { KsmReference } from "../../model/ksm/reference.ts";
import type { KsmMachine } from "../../model/ksm-contract.ts";
import { Random } from "../generate/random.ts";
import { ksmScript, type Style } from "./generate.ts";
import { violationIn } from "./judge.ts";
import { differenceIn } from "./lockstep.ts";
import { type KsmScript, scriptText } from "./script.ts";
import { shrinkKsm } from "./shrink.ts";

const OPS = 120;
/** Scripts that are tried to shrink one. */
const SHRINK_TESTS_MAX = 3000;

export interface KsmCampaignOptions {
  readonly seed: string;
  readonly scripts: number;
  readonly machine: KsmMachine;
  /** What it is compared with; null: it is only judged by its invariants. */
  readonly model: KsmReference | null;
}

export interface KsmFinding {
  /** The invariant that is broken, or `difference`. */
  readonly rule: string;
  /** What was seen on the small script. */
  readonly text: string;
  readonly script: KsmScript;
  /** The script for a reader, one operation a line. */
  readonly listing: string;
  readonly origin: { readonly seed: string; readonly run: number };
}

export interface KsmCampaign {
  readonly scripts: number;
  /** Micro-steps by name, with what came of them. */
  readonly events: ReadonlyMap<string, number>;
  readonly finding: KsmFinding | null;
}

/** Scripts of all styles: tight and ample worlds, with and without forks and pins. */
export function runKsmCampaign({ seed, scripts, machine, model }: KsmCampaignOptions): KsmCampaign {
  const random = new Random(seed);
  const events = new Map<string, number>();
  const seen = counting(machine, events);
  for (let run = 0; run < scripts; run++) {
    random.restart(run);
    const script = ksmScript(random, styleOf(run));
    const failure = failureOf(script, seen, model);
    if (failure === null) continue;
    const fails = (other: KsmScript) => failureOf(other, machine, model)?.rule === failure.rule;
    const small = shrinkKsm(script, fails, SHRINK_TESTS_MAX);
    const finding = {
      ...failureOf(small, machine, model)!,
      script: small,
      listing: scriptText(small),
      origin: { seed, run },
    };
    return { scripts: run + 1, events, finding };
  }
  return { scripts, events, finding: null };
}

function styleOf(run: number): Style {
  return { ops: OPS, isTight: run % 3 === 0, hasForksAndPins: run % 2 === 0, isAmbush: run % 4 >= 2 };
}

function failureOf(
  script: KsmScript,
  machine: KsmMachine,
  model: KsmReference | null,
): Pick<KsmFinding, "rule" | "text"> | null {
  const violation = violationIn(script, machine);
  if (violation !== null) return { rule: violation.rule, text: `${violation.at}: ${violation.text}` };
  const difference = model === null ? null : differenceIn(script, model, machine);
  if (difference === null) return null;
  const { at, field, expect, actual } = difference;
  const text = `${at}: ${field} is ${JSON.stringify(actual)}, not ${JSON.stringify(expect)}`;
  return { rule: "difference", text };
}

/** The same machine; its micro-steps are counted. */
function counting(machine: KsmMachine, events: Map<string, number>): KsmMachine {
  const count = (name: string) => events.set(name, (events.get(name) ?? 0) + 1);
  return {
    reset: (world) => machine.reset(world),
    view: () => machine.view(),
    apply: (op) => {
      const report = machine.apply(op);
      for (const event of report.events)
        count(event.step === "give-up" ? `give-up ${event.during}` : event.step);
      return report;
    },
  };
}
