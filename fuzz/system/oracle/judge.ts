/** The oracles at work on one system: each step is judged by what was declared before it, and the state by what is now. */
import type { ProbedSystem } from "../../../impl/intravisor/intravisor.ts";
import type {
  Action,
  SliceReport,
  Step,
  StepReport,
  SystemView,
  ThreadName,
} from "../../../model/system-contract.ts";
import { threadText } from "../listing.ts";
import { innermost } from "./declared.ts";
import { Docket, type RuleCount } from "./docket.ts";
import { Holdings } from "./held.ts";
import { Ledger } from "./ledger.ts";
import { takeStopped } from "./ledger-inside.ts";
import {
  type Sight,
  type SystemMoment,
  type SystemOracle,
  type SystemRule,
  type SystemViolation,
  WHOLE_EVERY,
} from "./oracle.ts";
import type { Bytes } from "./shadow.ts";

/** What a thread does in slices. */
interface UnderWay {
  readonly step: Step;
  readonly reports: readonly StepReport[];
}

/** A thing that follows a script on one system. */
export class SystemJudge {
  readonly #system: ProbedSystem;
  readonly #oracles: readonly SystemOracle[];
  readonly #docket: Docket;
  readonly #held = new Holdings();
  #ledger = new Ledger();
  readonly #bytes: Bytes;
  /** What threads do in slices, by name. */
  readonly #under = new Map<string, UnderWay>();
  /** Scripts of which nothing more was judged behind a call that the ledger does not follow, by that call. */
  readonly #unfollowed = new Map<string, number>();
  #last: SystemMoment | null = null;
  /** The step that is being taken; of a script in slices whoever runs it says which. */
  at = 0;
  #looks = 0;
  #taken = 0;

  constructor(system: ProbedSystem, oracles: readonly SystemOracle[], rules: readonly SystemRule[]) {
    this.#system = system;
    this.#oracles = oracles;
    this.#docket = new Docket(rules);
    this.#bytes = (address, size) => system.probe.bytes(address, size);
  }

  /** What is declared now. */
  get ledger(): Ledger {
    return this.#ledger;
  }

  /** Calls that the ledger does not follow: of so many scripts nothing more was judged behind one. */
  get unfollowed(): ReadonlyMap<string, number> {
    return this.#unfollowed;
  }

  /** A script begins; the system has just been reset. */
  begin(): void {
    this.#ledger = new Ledger();
    this.at = 0;
    this.#looks = 0;
    this.#last = null;
    this.#under.clear();
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
    if (this.#ledger.lost !== null) return null;
    const moment = { ...this.#moment(step, reports, this.#sight(outline)), report };
    this.#docket.at(this.at);
    for (const oracle of this.#oracles) oracle.judge?.(moment, this.#ledger, this.#docket);
    this.#ledger.take(step, report, reports, outline, this.#bytes);
    takeStopped(this.#ledger, (thread) => this.#system.inside(thread));
    this.at++;
    return this.#check(moment);
  }

  /** A thread has been set to take a step in slices. */
  begun(name: string, step: Step, reports: readonly StepReport[]): void {
    this.#under.set(name, { step, reports });
  }

  /** A slice has been run. What its thread does by itself is taken over; what it asks for is not. */
  slice(by: ThreadName, slice: SliceReport, outline: SystemView): SystemViolation | null {
    if (this.#ledger.lost !== null) return null;
    const under = this.#under.get(threadText(by));
    const step: Step = under?.step ?? { by, action: { do: "go" } };
    const sight = this.#sight(outline);
    const moment = { ...this.#moment(step, under?.reports ?? [], sight), report: null };
    const action = step.by === null ? null : step.action;
    const args = this.#argumentsOf(by, action, under?.reports ?? []);
    this.#ledger.takeSlice({ by, action, args }, slice, outline, this.#bytes);
    takeStopped(this.#ledger, (thread) => this.#system.inside(thread));
    this.#docket.at(this.at);
    return this.#check(moment);
  }

  #argumentsOf(by: ThreadName, action: Action | null, reports: readonly StepReport[]): bigint[] {
    const thread = this.#ledger.threadOf(by);
    if (action?.do !== "call" || thread === null || thread.state === "dead") return [];
    return action.args.map((value) => this.#ledger.meaning(value, innermost(thread), reports));
  }

  /** The script is over: everything is looked at once more. */
  finish(): SystemViolation | null {
    if (this.#ledger.lost !== null || this.#last === null) return null;
    this.#docket.at(this.#last.at);
    const moment = { ...this.#last, sight: this.#sight(), machineSteps: 0 };
    for (const oracle of this.#oracles) oracle.check?.(moment, this.#ledger, this.#docket, true);
    return this.#docket.violation;
  }

  #check(moment: SystemMoment): SystemViolation | null {
    this.#last = { ...moment, report: null };
    const { lost } = this.#ledger;
    if (lost !== null) {
      this.#unfollowed.set(lost, (this.#unfollowed.get(lost) ?? 0) + 1);
      return null;
    }
    const isWhole = ++this.#looks % WHOLE_EVERY === 0;
    for (const oracle of this.#oracles) oracle.check?.(moment, this.#ledger, this.#docket, isWhole);
    return this.#docket.violation;
  }

  counts(): RuleCount[] {
    return this.#docket.counts();
  }

  #moment(step: Step, reports: readonly StepReport[], sight: Sight): Omit<SystemMoment, "report"> {
    const { machineSteps } = sight.probe;
    const taken = machineSteps - this.#taken;
    this.#taken = machineSteps;
    return { at: this.at, step, reports, sight, machineSteps: taken };
  }

  #sight(outline: SystemView = this.#system.outline()): Sight {
    const { probe } = this.#system;
    this.#held.look();
    return { outline, probe, threads: probe.threads(), held: this.#held };
  }
}
