/**
 * Scripts in slices as a reader would write them: who went on for how long, how it ended or where it was stopped, and what
 * the reference made of that.
 */
import type {
  GuestSlice,
  ReferenceSystem,
  SteppedSystem,
  StepReport,
  SystemScript,
  SystemView,
  ThreadName,
} from "../../model/system-contract.ts";
import { askedText, outcomeText, reportText, stepText, threadText } from "./listing.ts";
import type { SliceMoment } from "./slice-moment.ts";
import { runSlices, stepsOf } from "./slices.ts";

/** Pieces of memory that are told one by one. */
const PIECES_SHOWN = 3;

/** A line, and the step that it belongs to. */
interface Line {
  readonly at: number;
  readonly text: string;
}

/**
 * Runs a script on both in slices, up to where they part, and tells it: one line for each slice, event, call that is
 * served, and step that is over before it begins. What follows the step `last` is left out.
 */
export function slicesListing(
  script: SystemScript,
  expect: ReferenceSystem,
  actual: SteppedSystem,
  last: number,
): string[] {
  const teller = new Teller(actual);
  const { reports } = runSlices(script, overheard(expect, teller), actual, (moment) => teller.show(moment));
  const lines = teller.lines;
  for (const [at, step] of stepsOf(script).entries()) {
    const report = reports[at];
    if (report === undefined || at > last || lines.some((line) => line.at === at)) continue;
    const text = `${stepText(step)}  ${reportText(report)}`;
    const next = lines.findIndex((line) => line.at > at);
    lines.splice(next < 0 ? lines.length : next, 0, { at, text });
  }
  const end = lines.findLastIndex(({ at }) => at === last);
  return lines
    .slice(0, end < 0 ? lines.length : end + 1)
    .map(({ at, text }) => `${String(at).padStart(4)}  ${text}`);
}

class Teller {
  readonly lines: Line[] = [];
  readonly #actual: SteppedSystem;
  /** Steps that have been told of. */
  readonly #begun = new Set<number>();
  /** What came of the last event. */
  #happened = "";

  constructor(actual: SteppedSystem) {
    this.#actual = actual;
  }

  /** What the reference says of an event that is to be shown. */
  happened(report: StepReport): void {
    this.#happened = reportText(report);
  }

  show({ at, by, slice, action, event }: SliceMoment): void {
    if (by === null) {
      if (event !== null) this.lines.push({ at, text: `${stepText({ by, event })}  ${this.#happened}` });
      return;
    }
    if (slice === null || action === null) return;
    const what = this.#begun.has(at) ? "goes on" : stepText({ by, action }).slice(threadText(by).length + 1);
    this.#begun.add(at);
    const { end, served, steps } = slice;
    if (served !== null && steps === 0) {
      const more = end.kind === "preempted" ? "" : `; ${this.#endText(by, slice)}`;
      this.lines.push({ at, text: `${threadText(by)} is served  ${outcomeText(served)}${more}` });
      return;
    }
    const isOwn = action.do === "body" || action.do === "go";
    const told = this.#endText(by, slice, isOwn ? "its own code" : "a stub");
    this.lines.push({ at, text: `${threadText(by)} ${what}  ${steps} machine steps, ${told}` });
  }

  /** How a slice ended: `code` is where a thread is that is nowhere else. */
  #endText(by: ThreadName, { end, place }: NonNullable<SliceMoment["slice"]>, code = "its own code"): string {
    switch (end.kind) {
      case "preempted": {
        const object = this.#actual.inside(by).at(-1);
        if (object !== undefined && place === "code") return `stopped in object ${object}`;
        const places = { code, copy: "a copy of a stub", gate: "the gate" } as const;
        return place === null ? "stopped" : `stopped in ${places[place]}`;
      }
      case "asks":
        return `asks for ${askedText(end.number, end.args)}`;
      default:
        return `ends: ${outcomeText(end)}`;
    }
  }

  /** What the reference has made of the slice or event told last, which is over now. */
  note(text: string): void {
    const line = this.lines.pop();
    if (line !== undefined) this.lines.push({ ...line, text: `${line.text}; ${text}` });
  }

  /** Where bytes are, in the words of a script. */
  placeText(address: bigint): string {
    const found = cvmAround(this.#actual.outline(), address);
    const offset = found === undefined ? address : address - found.dataBase;
    return `${found === undefined ? "" : `${found.name}.data+`}0x${offset.toString(16)}`;
  }
}

/** The innermost cVM that has an address in its data part. */
function cvmAround({ cvms }: SystemView, address: bigint): SystemView["cvms"][number] | undefined {
  return cvms
    .filter(({ size, codeSize, dataBase }) => {
      return address >= dataBase && address < dataBase + BigInt(size - codeSize);
    })
    .sort((one, other) => Number(other.dataBase - one.dataBase))[0];
}

/** A reference that says what it is asked for, and what it answers. */
function overheard(reference: ReferenceSystem, teller: Teller): ReferenceSystem {
  const { guest } = reference;
  return {
    ...reference,
    step(step, results) {
      const report = reference.step(step, results);
      if (step.by === null) teller.happened(report);
      else teller.note(`the reference takes the whole step: ${reportText(report)}`);
      return report;
    },
    guest: {
      ...guest,
      adopt(by, slice) {
        const violations = guest.adopt(by, slice);
        const told = adoptedText(slice, teller);
        if (told !== "") teller.note(`the reference takes over ${told}`);
        for (const violation of violations) teller.note(`but not: ${violation}`);
        return violations;
      },
      trap(...what) {
        const report = guest.trap(...what);
        teller.note(`in the reference: ${reportText(report)}`);
        return report;
      },
    },
  };
}

/** `12 bytes at a.data+0x40`; nothing where nothing was written. */
function adoptedText({ written }: GuestSlice, teller: Teller): string {
  const pieces = written
    .slice(0, PIECES_SHOWN)
    .map(({ address, bytes }) => `${bytes.length} bytes at ${teller.placeText(address)}`);
  const more = written.length - pieces.length;
  return [...pieces, ...(more > 0 ? [`${more} more pieces`] : [])].join(", ");
}
