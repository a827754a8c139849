/** What happened in a run, gathered while it runs: who ended how, what it took, what went from one cVM to another. */
import { pcIn } from "../../impl/engine/hart.ts";
import type { ProbedSystem } from "../../impl/intravisor/intravisor.ts";
import { callWithNumber } from "../../model/intravisor/calls.ts";
import { disassemble } from "../../model/isa/index.ts";
import type { Outcome, SliceReport, SystemView, ThreadName } from "../../model/system-contract.ts";
import { OUTCOMES, trapOutcome } from "../reach/outcome.ts";
import { errorOf } from "../system/listing.ts";
import type { Plan } from "./plan.ts";

/** A host call that a thread has made. */
export interface Asked {
  readonly number: bigint;
  readonly args: readonly bigint[];
}

/** How a cVM came out of a run. */
export type CvmEnd =
  | { readonly kind: "exit"; readonly status: bigint }
  /** All of its threads have ended without an exit. */
  | { readonly kind: "threads ended" }
  | { readonly kind: "fault"; readonly text: string }
  /** It went with the layer around it. */
  | { readonly kind: "ended with its layer" }
  | { readonly kind: "waits"; readonly for: readonly string[] }
  | { readonly kind: "runs" }
  | { readonly kind: "never started" };

export interface CvmRecord {
  readonly name: string;
  readonly end: CvmEnd;
  /** Machine steps that its threads took, in whatever cVM they were. */
  readonly steps: number;
  readonly hostCalls: number;
}

export interface RunRecord {
  readonly seed: string;
  readonly quantum: number;
  /** `ended`: all cVMs have; `deadlock`: those left wait for what never comes. */
  readonly verdict: "ended" | "deadlock" | "steps used up";
  readonly steps: number;
  /** Nanoseconds of virtual time. */
  readonly time: bigint;
  readonly slices: number;
  readonly cvms: readonly CvmRecord[];
  /** By name, each with how often it was made and how often it failed; by number those without a name. */
  readonly hostCalls: readonly { readonly name: string; readonly count: number; readonly failed: number }[];
  /** Calls that entered another cVM, and bytes of the buffers that they took along. */
  readonly entered: { readonly count: number; readonly bufferBytes: bigint };
  /** Bytes that streams moved. CP_Files are not counted: their copies are the guests' own and nobody sees them. */
  readonly streamBytes: bigint;
  /** Rules that were broken, each once. */
  readonly broken: readonly string[];
}

/** Offset of images in a code part. */
const IMAGE_AT = 0x1000;
const EXIT = 16n;
const CALL_RETURN = 35n;
const SEND = 43n;
const FAILED = 1n << 63n;

export class Chronicle {
  readonly #plan: Plan;
  readonly #system: ProbedSystem;
  readonly #steps = new Map<string, number>();
  readonly #calls = new Map<string, number>();
  readonly #byName = new Map<string, { count: number; failed: number }>();
  readonly #ends = new Map<string, CvmEnd>();
  readonly #started = new Set<string>();
  /** What each thread that waits has asked for. */
  readonly #waiting = new Map<string, Asked>();
  readonly #broken = new Set<string>();
  #slices = 0;
  #entered = 0;
  #bufferBytes = 0n;
  #streamBytes = 0n;

  constructor(plan: Plan, system: ProbedSystem) {
    this.#plan = plan;
    this.#system = system;
  }

  start(cvm: string): void {
    this.#started.add(cvm);
  }

  slice({ cvm }: ThreadName, { steps, end }: SliceReport): void {
    this.#slices++;
    if (end.kind === "entered") this.#enters(end.values[7] ?? 0n);
    this.#steps.set(cvm, (this.#steps.get(cvm) ?? 0) + steps);
  }

  /** `before`: what there was before the call was served. */
  served(thread: ThreadName, asked: Asked, outcome: Outcome, before: SystemView): void {
    const name = callName(asked.number);
    this.#calls.set(thread.cvm, (this.#calls.get(thread.cvm) ?? 0) + 1);
    const counted = this.#byName.get(name) ?? { count: 0, failed: 0 };
    this.#byName.set(name, counted);
    counted.count++;
    if (outcome.kind === "blocked") this.#waiting.set(threadText(thread), asked);
    if (outcome.kind === "returned") this.#came(asked, outcome.values[0]);
    if (asked.number === EXIT) {
      const status = BigInt.asIntN(64, asked.args[0] ?? 0n);
      this.#ends.set(domainOf(thread, before), { kind: "exit", status });
    }
  }

  woken(thread: ThreadName, value: bigint): void {
    const asked = this.#waiting.get(threadText(thread));
    this.#waiting.delete(threadText(thread));
    if (asked !== undefined) this.#came(asked, value);
  }

  #came({ number }: Asked, value: bigint): void {
    // What is handed back from a call may look like an error and be none.
    if (number === CALL_RETURN) return;
    if (errorOf(value) !== null) this.#byName.get(callName(number))!.failed++;
    else if (number === SEND && value < FAILED) this.#streamBytes += value;
  }

  #enters(bufferBytes: bigint): void {
    this.#entered++;
    this.#bufferBytes += bufferBytes;
  }

  /** A fault; says where it was and which instruction, and who ended by it. */
  fault(
    thread: ThreadName,
    { cause, value }: { readonly cause: bigint; readonly value: bigint },
    before: SystemView,
    after: SystemView,
  ): string {
    const domain = domainOf(thread, before);
    const text = `${causeText(cause, value)}${this.#placeText(thread, domain, before)}`;
    const ended = after.cvms.filter(
      ({ state }, at) => state !== "running" && before.cvms[at]?.state === "running",
    );
    const first = ended.find(({ name }) => name === domain) ?? ended[0];
    if (first !== undefined) this.#ends.set(first.name, { kind: "fault", text });
    return text;
  }

  /** ` at label+0x8: lbu a0, -1(t1)`; nothing where the thread is not there any more. */
  #placeText({ cvm, thread }: ThreadName, domain: string, { cvms }: SystemView): string {
    const found = this.#system.probe.threads().find((one) => one.cvm === cvm && one.number === thread);
    const there = cvms.find(({ name }) => name === domain);
    if (found === undefined || there === undefined) return "";
    const pc = pcIn(found.context);
    const at = Number(pc - there.base);
    if (at < 0 || at >= there.codeSize) return domain === cvm ? ` at ${hex(pc)}` : ` in ${domain}`;
    const bytes = this.#system.probe.bytes(Number(pc), Math.min(4, there.codeSize - at));
    const word = Buffer.from(bytes).readUIntLE(0, bytes.length);
    return ` at ${this.#labelOf(domain, at)}: ${disassemble(word | 0, false)}`;
  }

  #labelOf(cvm: string, at: number): string {
    const labels = this.#plan.cvms.find(({ description }) => description.name === cvm)?.labels ?? new Map();
    let best: [string, number] | null = null;
    for (const [name, offset] of labels as ReadonlyMap<string, number>) {
      if (offset <= at && (best === null || offset > best[1])) best = [name, offset];
    }
    if (best === null || at < IMAGE_AT)
      return at < IMAGE_AT ? `stubs+${hex(at)}` : `image+${hex(at - IMAGE_AT)}`;
    return at === best[1] ? best[0] : `${best[0]}+${hex(at - best[1])}`;
  }

  /** A cVM has ended. */
  end(cvm: string): void {
    if (!this.#ends.has(cvm)) this.#ends.set(cvm, { kind: "ended with its layer" });
  }

  broken(rule: string): void {
    this.#broken.add(rule);
  }

  finish(
    {
      seed,
      quantum,
      verdict,
      steps,
      time,
    }: Pick<RunRecord, "seed" | "quantum" | "verdict" | "steps" | "time">,
    outline: SystemView,
  ): RunRecord {
    const shown = this.#plan.cvms.filter(({ wait }) => wait !== null);
    return {
      seed,
      quantum,
      verdict,
      steps,
      time,
      slices: this.#slices,
      cvms: shown.map(({ description: { name } }) => ({
        name,
        end: this.#endOf(name, outline),
        steps: this.#steps.get(name) ?? 0,
        hostCalls: this.#calls.get(name) ?? 0,
      })),
      hostCalls: [...this.#byName].map(([name, counts]) => ({ name, ...counts })),
      entered: { count: this.#entered, bufferBytes: this.#bufferBytes },
      streamBytes: this.#streamBytes,
      broken: [...this.#broken],
    };
  }

  #endOf(name: string, { cvms }: SystemView): CvmEnd {
    const known = this.#ends.get(name);
    if (known !== undefined) return known;
    if (!this.#started.has(name)) return { kind: "never started" };
    const threads = cvms.find((cvm) => cvm.name === name)?.threads ?? [];
    const living = threads.filter(({ state }) => state !== "dead");
    if (living.length === 0) return { kind: "threads ended" };
    if (living.some(({ state }) => state === "ready")) return { kind: "runs" };
    return { kind: "waits", for: living.map(({ thread }) => this.#waitText({ cvm: name, thread })) };
  }

  #waitText(thread: ThreadName): string {
    const asked = this.#waiting.get(threadText(thread));
    return `thread ${thread.thread} in ${asked === undefined ? "a call" : askedText(asked)}`;
  }
}

/** The cVM that a thread is in. */
function domainOf({ cvm, thread }: ThreadName, { cvms }: SystemView): string {
  return cvms.find(({ name }) => name === cvm)?.threads[thread]?.domains.at(-1) ?? cvm;
}

function threadText({ cvm, thread }: ThreadName): string {
  return `${cvm}.${thread}`;
}

function callName(number: bigint): string {
  return callWithNumber(number)?.name ?? `number ${number}`;
}

/** `futex_wait(address=0x80904010, value=0, timeout=never)`. */
export function askedText({ number, args }: Asked): string {
  const names = callWithNumber(number)?.args ?? [];
  const list = names.map((name, at) => `${name}=${valueText(name, args[at] ?? 0n)}`);
  return `${callName(number)}(${list.join(", ")})`;
}

function valueText(name: string, value: bigint): string {
  if (name === "timeout" && value === 2n ** 64n - 1n) return "never";
  return value < 10n ? `${value}` : hex(value);
}

const CHERI = 28n;
/** Special registers as values of traps name them. */
const SPECIALS: Readonly<Record<number, string>> = { 32: "pcc", 33: "ddc" };

/** The name of a trap; of a capability's, the register too. */
function causeText(cause: bigint, value: bigint): string {
  const name = OUTCOMES[trapOutcome(Number(cause), Number(value))]!;
  if (cause !== CHERI) return name;
  const register = Number(value >> 5n);
  return `${name} violation of ${SPECIALS[register] ?? `c${register}`}`;
}

function hex(value: bigint | number): string {
  return `0x${value.toString(16)}`;
}
