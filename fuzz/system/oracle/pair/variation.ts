/**
 * What the subject stores in the second world of the form `run`: other bytes wherever it never makes them known before
 * they are overwritten. That is found out in a run of the first world alone.
 */
import type {
  SecretPair,
  Step,
  StepReport,
  SystemScript,
  SystemUnderTest,
} from "../../../../model/system-contract.ts";
import { stepsOf } from "../../lockstep.ts";
import { Chronicle, type Intent } from "./chronicle.ts";
import { meaningOf } from "./moment.ts";
import { type Span, shared, sizeOf } from "./span.ts";

/** What a step of the first world made known, and what it overwrote. */
interface Entry {
  readonly step: Step;
  /** Where the subject's data part lies after it. */
  readonly data: Span;
  readonly told: readonly Span[];
  readonly openAfter: readonly Span[];
  readonly written: readonly Span[];
  /** Value of a store. */
  readonly value: bigint;
}

/** The steps of the second world: those that differ are other objects. */
export function variedSteps(script: SystemScript, pair: SecretPair, one: SystemUnderTest): readonly Step[] {
  const steps = stepsOf(script);
  const entries = dryRun(steps, pair, one);
  const varied = [...steps];
  let known: Known | null = null;
  for (let at = entries.length - 1; at >= 0; at--) {
    const { data, told, openAfter, written, step, value } = entries[at]!;
    if (data.from === data.to) continue;
    if (known === null || known.base !== data.from) known = knownIn(data);
    mark(known, openAfter, 1);
    if (written.length > 0) {
      if (isFree(known, written, pair)) varied[at] = other(step, value, pair.seed);
      mark(known, written, 0);
    }
    mark(known, told, 1);
  }
  return varied;
}

function dryRun(steps: readonly Step[], pair: SecretPair, one: SystemUnderTest): Entry[] {
  one.reset();
  const chronicle = new Chronicle(one, pair.cvm, pair.birth);
  const entries: Entry[] = [];
  for (const step of steps) {
    const intent = chronicle.before(step);
    const value = storedBy(step, intent, chronicle);
    const { data } = chronicle.subject;
    let report: StepReport;
    try {
      report = one.step(step, chronicle.reports);
    } catch {
      break;
    }
    const taken = chronicle.after(step, intent, report, one.outline());
    const isDone = report.outcome.kind === "returned";
    entries.push({
      step,
      value,
      data: chronicle.subject.data,
      told: intent.isCode ? [data] : [...taken.told, ...intent.kept],
      openAfter: chronicle.open,
      written: isDone ? taken.written : [],
    });
  }
  return entries;
}

function storedBy(step: Step, { knowing }: Intent, { view, reports }: Chronicle): bigint {
  if (step.by === null || step.action.do !== "store" || knowing === null) return 0n;
  return meaningOf(step.action.value, knowing.domain, view, reports);
}

/** For each byte of a data part whether it is made known before it is overwritten. */
interface Known {
  readonly base: number;
  readonly bytes: Uint8Array;
}

function knownIn({ from, to }: Span): Known {
  return { base: from, bytes: new Uint8Array(to - from) };
}

function mark({ base, bytes }: Known, spans: readonly Span[], value: 0 | 1): void {
  for (const { from, to } of spans) bytes.fill(value, from - base, to - base);
}

function isFree({ base, bytes }: Known, written: readonly Span[], { bytes: allowed }: SecretPair): boolean {
  if (allowed !== null) {
    const pieces = allowed.map(([from, length]) => ({ from: from + base, to: from + base + length }));
    if (sizeOf(shared(written, pieces)) < sizeOf(written)) return false;
  }
  return written.every(({ from, to }) => !bytes.subarray(from - base, to - base).includes(1));
}

const EVERY_BYTE = 0x0101_0101_0101_0101n;

/** The step with another seed or value: every byte is another one. */
function other(step: Step, value: bigint, seed: number): Step {
  if (step.by === null) return step;
  const { action } = step;
  const mask = 1 + (seed % 255);
  if (action.do === "fill") return { ...step, action: { ...action, seed: action.seed ^ mask } };
  if (action.do !== "store") return step;
  const differing = value ^ (EVERY_BYTE * BigInt(mask));
  return { ...step, action: { ...action, value: { kind: "number", value: differing } } };
}
