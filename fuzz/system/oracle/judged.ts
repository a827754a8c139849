/**
 * A system with oracles behind it: whatever runs on it, by whole steps or in slices, is judged. Drivers, shrinkers and
 * replays use it as they use any other.
 */
import type { ProbedSystem } from "../../../impl/intravisor/intravisor.ts";
import type {
  Action,
  ClientState,
  Outcome,
  SliceReport,
  Step,
  StepReport,
  SystemView,
  ThreadName,
} from "../../../model/system-contract.ts";
import { threadText } from "../listing.ts";
import { AxiomOracle } from "./axioms.ts";
import type { RuleCount } from "./docket.ts";
import { SystemJudge } from "./judge.ts";
import type { SystemOracleName, SystemViolation } from "./oracle.ts";
import { systemOracles, systemRules } from "./oracles.ts";

export class JudgedSystem implements ProbedSystem {
  readonly #system: ProbedSystem;
  readonly #judge: SystemJudge;
  readonly #recorder: AxiomOracle | null;
  /** Whether there is one oracle only. */
  readonly isAlone: boolean;
  /** Whether those who judge steps of the machine look on: it takes many times as long. From the next step on. */
  isRecorded = true;
  #violation: SystemViolation | null = null;
  #outline: SystemView | null = null;

  constructor(system: ProbedSystem, names: readonly SystemOracleName[]) {
    this.#system = system;
    const rules = systemRules.filter(({ oracle }) => names.includes(oracle));
    this.isAlone = names.length === 1;
    const oracles = systemOracles(names, system.probe);
    this.#recorder = oracles.find((one) => one instanceof AxiomOracle) ?? null;
    this.#judge = new SystemJudge(system, oracles, rules);
  }

  get name(): string {
    return this.#system.name;
  }

  get probe(): ProbedSystem["probe"] {
    return this.#system.probe;
  }

  get secrets(): ProbedSystem["secrets"] {
    return this.#system.secrets;
  }

  /** The step of the script that comes next or goes on, where steps are not taken one after the other. */
  set at(at: number) {
    this.#judge.at = at;
  }

  /** The first rule broken since the reset. */
  get violation(): SystemViolation | null {
    return this.#violation;
  }

  /** Looks at everything once more: the script is over. */
  finish(): SystemViolation | null {
    this.#violation ??= this.#judge.finish();
    return this.#violation;
  }

  /** Calls that the ledger does not follow: of so many scripts nothing more was judged behind one. */
  get unfollowed(): ReadonlyMap<string, number> {
    return this.#judge.unfollowed;
  }

  /** How often each rule was tested since this was made. */
  counts(): RuleCount[] {
    return this.#judge.counts();
  }

  reset(): void {
    this.#system.reset();
    this.#violation = null;
    this.#outline = null;
    this.#judge.begin();
  }

  step(step: Step, results: readonly StepReport[]): StepReport {
    this.#outline = null;
    const report = this.#recorded(() => this.#system.step(step, results));
    if (this.#violation === null) this.#violation = this.#judge.step(step, report, results, this.outline());
    return report;
  }

  begin(by: ThreadName, action: Action, results: readonly StepReport[]): Outcome | null {
    this.#outline = null;
    const ended = this.#recorded(() => this.#system.begin(by, action, results));
    if (ended === null) this.#judge.begun(threadText(by), { by, action }, results);
    else if (action.do === "place" && ended.kind === "returned" && this.#violation === null) {
      // That is over at once, as a whole step.
      const report = { outcome: ended, woken: [], devices: [] };
      this.#violation = this.#judge.step({ by, action }, report, results, this.outline());
    }
    return ended;
  }

  run(by: ThreadName, steps: number): SliceReport {
    this.#outline = null;
    const slice = this.#recorded(() => this.#system.run(by, steps));
    if (this.#violation === null) this.#violation = this.#judge.slice(by, slice, this.outline());
    return slice;
  }

  /** Only what is judged is recorded: others use the same system without oracles. */
  #recorded<Result>(take: () => Result): Result {
    if (this.#recorder === null || !this.isRecorded || this.#violation !== null) return take();
    this.#system.probe.recorder = this.#recorder;
    try {
      return take();
    } finally {
      this.#system.probe.recorder = null;
    }
  }

  runnable(): readonly ThreadName[] {
    return this.#system.runnable();
  }

  inside(by: ThreadName): readonly number[] {
    return this.#system.inside(by);
  }

  states(): readonly ClientState[] {
    return this.#system.states();
  }

  view(): SystemView {
    return this.#system.view();
  }

  outline(): SystemView {
    this.#outline ??= this.#system.outline();
    return this.#outline;
  }

  pages(cvm: string): readonly (Uint8Array | null)[] {
    return this.#system.pages(cvm);
  }
}
