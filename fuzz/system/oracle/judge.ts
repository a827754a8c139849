/** The oracles at work on one system: each step is judged by what was declared before it, and the state by what is now. */
import type { ProbedSystem } from "../../../impl/intravisor/intravisor.ts";
import type { Step, StepReport, SystemView } from "../../../model/system-contract.ts";
import { Docket, type RuleCount } from "./docket.ts";
import { Holdings } from "./held.ts";
import { Ledger } from "./ledger.ts";
import {
  type Sight,
  type SystemMoment,
  type SystemOracle,
  type SystemRule,
  type SystemViolation,
  WHOLE_EVERY,
} from "./oracle.ts";

/** A thing that follows a script on one system. */
export class SystemJudge {
  readonly #system: ProbedSystem;
  readonly #oracles: readonly SystemOracle[];
  readonly #docket: Docket;
  readonly #held = new Holdings();
  #ledger = new Ledger();
  #at = 0;
  #taken = 0;

  constructor(system: ProbedSystem, oracles: readonly SystemOracle[], rules: readonly SystemRule[]) {
    this.#system = system;
    this.#oracles = oracles;
    this.#docket = new Docket(rules);
  }

  /** What is declared now. */
  get ledger(): Ledger {
    return this.#ledger;
  }

  /** A script begins; the system has just been reset. */
  begin(): void {
    this.#ledger = new Ledger();
    this.#at = 0;
    this.#taken = this.#system.probe.machineSteps;
    this.#docket.clear();
    this.#held.reset();
    for (const oracle of this.#oracles) oracle.begin();
  }

  /** A step has been taken whole; `outline` is that of the system after it. The first rule that it breaks. */
  step(
    step: Step,
    report: StepReport,
    reports: readonly StepReport[],
    outline: SystemView,
  ): SystemViolation | null {
    const sight = this.#sight(outline);
    const moment = { ...this.#moment(step, reports, sight), report };
    const docket = this.#docket;
    docket.at(this.#at);
    for (const oracle of this.#oracles) oracle.judge?.(moment, this.#ledger, docket);
    this.#ledger.take(step, report, reports, outline);
    this.#at++;
    const isWhole = this.#at % WHOLE_EVERY === 0;
    for (const oracle of this.#oracles) oracle.check?.(moment, this.#ledger, docket, isWhole);
    return docket.violation;
  }

  /** The script is over: everything is looked at once more. */
  finish(step: Step, report: StepReport, reports: readonly StepReport[]): SystemViolation | null {
    const moment = { ...this.#moment(step, reports, this.#sight()), report };
    this.#docket.at(null);
    for (const oracle of this.#oracles) oracle.check?.(moment, this.#ledger, this.#docket, true);
    return this.#docket.violation;
  }

  counts(): RuleCount[] {
    return this.#docket.counts();
  }

  #moment(step: Step, reports: readonly StepReport[], sight: Sight): Omit<SystemMoment, "report"> {
    const { machineSteps } = sight.probe;
    const taken = machineSteps - this.#taken;
    this.#taken = machineSteps;
    return { at: this.#at, step, reports, sight, machineSteps: taken };
  }

  #sight(outline: SystemView = this.#system.outline()): Sight {
    const { probe } = this.#system;
    this.#held.look();
    return { outline, probe, threads: probe.threads(), held: this.#held };
  }
}
