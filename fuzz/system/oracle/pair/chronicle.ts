/** Follows a script in one world: who may know what at each step, and what of the subject's is open to others. */
import type { Step, StepReport, SystemUnderTest, SystemView } from "../../../../model/system-contract.ts";
import { Ledger } from "../ledger.ts";
import { afterwards, domainOf, meaningOf, openNow, spansOf, type Telling, tellingOf } from "./moment.ts";
import { type Span, united } from "./span.ts";
import { cvmIn, identityIn, Subject, threadIn } from "./subject.ts";

type ActionStep = Extract<Step, { action: unknown }>;

/** A step before it is taken. */
export interface Intent {
  /** The subject, or a layer around it, acts: null if it is somebody else, or an event. */
  readonly knowing: { readonly domain: string; readonly telling: Telling | null } | null;
  /** Any code of theirs runs, which may do anything. */
  readonly isCode: boolean;
  /** What the step makes known of the subject's memory, at most. */
  readonly most: readonly Span[];
  /** What is known as long as it waits. */
  readonly waiting: readonly Span[];
  /** What goes to a device of the subject's. */
  readonly kept: readonly Span[];
}

/** A step that was taken. */
export interface Taken {
  /** What it has made known of the subject's memory. */
  readonly told: readonly Span[];
  /** Name of the call that told it; `body`: of whatever ran. */
  readonly by: string | null;
  /** Bytes of its memory that the subject has written, the same in both worlds. */
  readonly written: readonly Span[];
}

export class Chronicle {
  readonly subject: Subject;
  readonly ledger = new Ledger();
  readonly reports: StepReport[] = [];
  view: SystemView;
  /** What others may read of the subject's data part, in order. */
  open: readonly Span[] = [];
  /** Something happened that the ledger does not follow: nothing is known to be secret any more. */
  isLost = false;
  readonly #one: SystemUnderTest;
  readonly #waiting = new Map<string, readonly Span[]>();

  /** The system has just been reset. */
  constructor(one: SystemUnderTest, cvm: string, birth: number) {
    this.#one = one;
    this.subject = new Subject(cvm, birth);
    this.view = one.outline();
  }

  before(step: Step): Intent {
    const domain = step.by === null ? null : domainOf(step.by, this.view);
    const cvm = domain === null ? undefined : cvmIn(this.view, domain);
    if (step.by === null || cvm === undefined || !this.subject.mayKnow(identityIn(cvm))) return NOTHING;
    const telling = tellingOf(step, cvm.name, this.view, this.reports, this.#one);
    const isCode = isCodeOf(step, cvm.name, telling, this.view);
    const knowing = { domain: cvm.name, telling };
    if (telling === null) return { ...NOTHING, knowing, isCode };
    const { row, made } = telling;
    const spans = (list: typeof row.tells) => spansOf(list?.(made), this.subject.data);
    return {
      knowing,
      isCode,
      most: spans(row.tells),
      waiting: spans(row.tellsWaiting),
      kept: spans(row.keeps),
    };
  }

  after(step: Step, intent: Intent, report: StepReport, view: SystemView): Taken {
    const { data } = this.subject;
    const telling = intent.knowing?.telling ?? null;
    const told = telling === null ? [] : spansOf(toldBy(telling, report), data);
    const written = intent.knowing === null ? [] : this.#writtenBy(step as ActionStep, intent.knowing.domain);
    const before = this.view;
    this.view = view;
    this.#follow(step, report);
    this.#noteWait(step, intent, telling, [report, before]);
    if (intent.isCode) this.#checkCode(step, report);
    this.reports.push(report);
    if (before !== view)
      this.open = this.isLost
        ? united([this.subject.data])
        : openNow(this.ledger, this.subject, this.#waiting);
    const by = intent.isCode ? "body" : told.length > 0 ? telling!.name : null;
    return { told, by, written };
  }

  #follow(step: Step, report: StepReport): void {
    try {
      if (!this.isLost) this.ledger.take(step, report, this.reports, this.view);
    } catch {
      // A system with a mistake may report what cannot be.
      this.isLost = true;
    }
    this.subject.follow(step, report, this.ledger);
  }

  #noteWait(
    step: Step,
    { waiting }: Intent,
    telling: Telling | null,
    [{ outcome, woken }, before]: readonly [StepReport, SystemView],
  ): void {
    for (const [name, spans] of this.#waiting) {
      const [cvm, thread] = name.split(" ");
      if (thread === undefined || threadIn(this.view, cvm!, Number(thread))?.state === "blocked") continue;
      this.#waiting.delete(name);
      const depthIn = (view: SystemView) => threadIn(view, cvm!, Number(thread))?.domains.length;
      const isWoken = woken.some((one) => one.thread.cvm === cvm && one.thread.thread === Number(thread));
      // A caller that has been told so has left who waits behind.
      const isOver = isWoken && depthIn(before) === depthIn(this.view);
      // Its thread was taken from under it, and it waits on in another: from here on that is not told apart.
      if (!isOver) this.#waiting.set(`${cvm}-${thread}-since-${this.reports.length}`, spans);
    }
    if (step.by === null || waiting.length === 0) return;
    if (outcome.kind === "blocked") this.#waiting.set(`${step.by.cvm} ${step.by.thread}`, waiting);
    else if (outcome.kind === "returned" && telling?.row.outlives) {
      this.#waiting.set(`${this.reports.length}`, waiting);
    }
  }

  /** What guest code has declared by itself is known from the tables only, or not at all. */
  #checkCode(step: Step, { outcome }: StepReport): void {
    const isAway = outcome.kind === "blocked" || outcome.kind === "entered";
    const grants = this.view.grants.filter(({ owner }) => {
      const cvm = cvmIn(this.view, owner);
      return cvm !== undefined && this.subject.mayKnow(identityIn(cvm));
    });
    const keys = new Set([...this.ledger.grants].map(({ key }) => key));
    if (isAway || grants.some(({ key }) => !keys.has(key)) || this.#isBeside(step)) this.isLost = true;
  }

  /** Whether the ledger has a thread elsewhere than it is. */
  #isBeside({ by }: Step): boolean {
    if (by === null) return false;
    const frames = this.ledger.threadOf(by)?.frames.length ?? 0;
    return frames !== (threadIn(this.view, by.cvm, by.thread)?.domains.length ?? 0);
  }

  #writtenBy({ action }: ActionStep, domain: string): readonly Span[] {
    if (action.do !== "fill" && action.do !== "store") return [];
    const address = meaningOf(action.address, domain, this.view, this.reports);
    const length = BigInt(action.do === "fill" ? action.length : action.size);
    return spansOf([{ address, length }], this.subject.data);
  }
}

/** A library is code of its client's: it may look at all that the client can. */
function isCodeOf(
  { action }: ActionStep,
  domain: string,
  telling: Telling | null,
  view: SystemView,
): boolean {
  if (action.do === "body" || action.do === "go") return true;
  if (telling?.name !== "sco_call") return false;
  return view.objects.some(({ bindings }) =>
    bindings.some(({ cvm, mode }) => cvm === domain && mode === "library"),
  );
}

function toldBy(telling: Telling, report: StepReport) {
  const { row, made } = afterwards(telling, report);
  return row.tells?.(made);
}

const NOTHING: Intent = { knowing: null, isCode: false, most: [], waiting: [], kept: [] };
