/** What a run looks like to a reader: consoles with the name of their cVM in front, a trace, and what came of it all. */
import { columns } from "../../reports/columns.ts";
import { resultText, threadText } from "../system/listing.ts";
import { askedText, type CvmEnd, type RunRecord } from "./record.ts";
import type { Moment } from "./runner.ts";

/** Bytes of a line that is cut though it is not over, and of all consoles together: guests may print for ever. */
const LINE_MAX = 1024;
const OUTPUT_MAX = 1 << 20;

/** Puts consoles together line by line. */
export class Consoles {
  readonly #write: (line: string) => void;
  readonly #open = new Map<string, number[]>();
  #bytes = 0;

  constructor(write: (line: string) => void) {
    this.#write = write;
  }

  take(cvm: string, bytes: Uint8Array): void {
    const line = this.#open.get(cvm) ?? [];
    this.#open.set(cvm, line);
    for (const byte of bytes) {
      if (++this.#bytes > OUTPUT_MAX) {
        if (this.#bytes === OUTPUT_MAX + 1) this.#write("(consoles: no more is shown)");
        return;
      }
      if (byte !== 0x0a) line.push(byte);
      if (byte === 0x0a || line.length >= LINE_MAX) this.#end(cvm, line);
    }
  }

  /** Shows lines that are not over. */
  finish(): void {
    for (const [cvm, line] of this.#open) if (line.length > 0) this.#end(cvm, line);
  }

  #end(cvm: string, line: number[]): void {
    const text = Buffer.from(line).toString("utf8");
    // What a guest prints must not reach the terminal as commands.
    this.#write(`${cvm}| ${text.replace(/[^\x20-\x7e\u00a0-\u2027\u2030-\uffff]/g, "?")}`);
    line.length = 0;
  }
}

/** A moment as a line of a trace; null: not told. */
export function momentText(moment: Moment): string | null {
  const told = textOf(moment);
  return told === null ? null : `${String(moment.time).padStart(12)}  ${told}`;
}

function textOf(moment: Moment): string | null {
  switch (moment.kind) {
    case "starts":
    case "ends":
      return `${moment.cvm} ${moment.kind}`;
    case "console":
      return null;
    case "served": {
      const { thread, asked, outcome } = moment;
      const what =
        outcome.kind === "returned"
          ? resultText(outcome.values[0])
          : outcome.kind === "blocked"
            ? "waits"
            : outcome.kind === "entered"
              ? `enters ${outcome.cvm}`
              : outcome.kind;
      return `${threadText(thread)} ${askedText(asked)} ${what}`;
    }
    case "wakes":
      return `${threadText(moment.thread)} wakes ${resultText(moment.value)}`;
    case "faults":
      return `${threadText(moment.thread)} faults: ${moment.text}`;
    case "breaks":
      return `rule broken: ${moment.rule}`;
  }
}

/** What came of a run. */
export function summaryOf(record: RunRecord): string {
  const { cvms, hostCalls, entered, streamBytes, broken, steps, slices, time, verdict } = record;
  const rows = cvms.map(({ name, end, steps: taken, hostCalls: calls }) => [
    name,
    endText(end),
    number(taken),
    number(calls),
  ]);
  const named = [...hostCalls].sort((a, b) => b.count - a.count || (a.name < b.name ? -1 : 1));
  const calls = named.map(({ name, count, failed }) => [
    name,
    number(count),
    failed === 0 ? "" : `${number(failed)} failed`,
  ]);
  const total = hostCalls.reduce((sum, { count }) => sum + count, 0);
  const work = columns([
    ["machine steps", `${number(steps)} in ${number(slices)} turns`],
    ["virtual time", `${number(Number(time))} ns`],
    ["host calls", number(total)],
    [
      "calls into cVMs",
      `${number(entered.count)}, with buffers of ${number(Number(entered.bufferBytes))} bytes`,
    ],
    ["streams", `${number(Number(streamBytes))} bytes`],
  ]);
  return [
    columns([["cVM", "end", "steps", "host calls"], ...rows]),
    work,
    calls.length === 0 ? "" : columns([["host call", "times"], ...calls]),
    broken.length === 0 ? "" : `Rules broken\n${broken.map((rule) => `  ${rule}`).join("\n")}`,
    verdicts[verdict],
  ]
    .filter((part) => part !== "")
    .join("\n\n");
}

const verdicts: Readonly<Record<RunRecord["verdict"], string>> = {
  ended: "all cVMs have ended",
  deadlock: "deadlock: those that are left wait for what never comes",
  "steps used up": "the steps are used up",
};

function endText(end: CvmEnd): string {
  switch (end.kind) {
    case "exit":
      return `exit status ${end.status}`;
    case "threads ended":
      return "all threads ended";
    case "fault":
      return `fault: ${end.text}`;
    case "ended with its layer":
      return "ended with the layer around it";
    case "waits":
      return `still waiting: ${end.for.join(", ")}`;
    case "runs":
      return "still running";
    case "never started":
      return "never started";
  }
}

/** Whether a run is as it should be: every cVM has ended by itself with status 0, and no rule was broken. */
export function isWell({ cvms, broken, verdict }: RunRecord): boolean {
  const hasEnded = ({ kind, ...end }: CvmEnd) =>
    kind === "threads ended" || kind === "ended with its layer" || ("status" in end && end.status === 0n);
  return verdict === "ended" && broken.length === 0 && cvms.every(({ end }) => hasEnded(end));
}

function number(value: number): string {
  return value.toLocaleString("en-US");
}
