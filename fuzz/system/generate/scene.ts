/** What a script has done so far, and what whoever makes it keeps in mind: threads, handles by kind and owner, values. */
import type {
  Action,
  CvmName,
  CvmView,
  Event,
  Step,
  StepReport,
  SystemUnderTest,
  SystemView,
  ThreadName,
  Value,
} from "../../../model/system-contract.ts";
import type { Random } from "../../generate/random.ts";

/** What a handle is to, by the call that gave it. */
const openers = {
  cp_file_advertise: { kind: "grant", own: true },
  cp_file_probe: { kind: "grant", own: false },
  cp_call_register: { kind: "endpoint", own: true },
  cp_call_open: { kind: "endpoint", own: false },
  cps_listen: { kind: "listener", own: true },
  cps_connect: { kind: "stream", own: true },
  cps_accept: { kind: "stream", own: false },
  sco_create: { kind: "object", own: true },
  sco_lookup: { kind: "object", own: false },
} as const;

/** A handle that some cVM was given. */
export interface Held {
  readonly domain: CvmName;
  /** Which of the cVMs that had the name: its place and generation. */
  readonly identity: bigint;
  /** The step that gave it; -1 if it came to a thread that had waited. */
  readonly step: number;
  readonly number: bigint;
  readonly kind: (typeof openers)[keyof typeof openers]["kind"];
  readonly own: boolean;
  /** Number of the key it was opened under; of an object, of the file that it was made from. */
  readonly key: number;
  /** Rights asked for, in bits, and bytes of the buffer, of a grant. */
  readonly rights: bigint;
  readonly length: bigint;
  /** Of a stream: the step that connected it, which both ends have in common; -1 if that is not known. */
  readonly pair: number;
}

/** A thread that can act, and the cVM it is in now. */
export interface Actor {
  readonly by: ThreadName;
  readonly domain: CvmName;
  /** 1 where a thread has begun, and one more for each call that it is in. */
  readonly depth: number;
}

/** The file of an object, well-formed or not. */
export interface MadeFile {
  readonly bytes: Uint8Array;
  /** SHA-256, hexadecimal. */
  readonly hash: string;
  readonly exports: number;
  readonly imports: number;
}

const FAILED = 1n << 63n;
const SEEN_MAX = 64;

export class Scene {
  readonly random: Random;
  readonly #model: SystemUnderTest;
  readonly #watch: Watch;
  outline: SystemView;
  readonly steps: Step[] = [];
  readonly reports: StepReport[] = [];
  /** Every handle that was ever given, dropped ones too. */
  readonly held: Held[] = [];
  /** What words of memory hold that were stored for a call, by cVM: they need not be stored again. */
  readonly #stored = new Map<bigint, Map<number, string>>();
  readonly #threads = new Map<CvmName, number>();
  /** Files of objects that somebody has had. */
  readonly files: MadeFile[] = [];
  /** Values that calls gave, the latest last: cVMs tell each other. */
  readonly seen: bigint[] = [];

  /** The model is reset. `watch` sees every step. */
  constructor(random: Random, model: SystemUnderTest, watch: Watch) {
    this.random = random;
    this.#model = model;
    this.#watch = watch;
    model.reset();
    this.outline = model.outline();
  }

  take(step: Step): StepReport {
    const before = this.outline;
    const report = this.#model.step(step, this.reports);
    this.outline = this.#model.outline();
    this.#watch(step, report, this.reports, before, this.outline);
    this.steps.push(step);
    this.reports.push(report);
    if (report.outcome.kind === "returned") this.#remember(report.outcome.values);
    return report;
  }

  #remember(values: readonly bigint[]): void {
    for (const value of values) if (value !== 0n) this.seen.push(value);
    this.seen.splice(0, this.seen.length - SEEN_MAX);
  }

  happen(event: Event): StepReport {
    const report = this.take({ by: null, event });
    const isDone = report.outcome.kind === "done" && report.outcome.value === 0n;
    if (event.do === "create" && isDone) this.#threads.set(event.cvm.name, event.cvm.quotas.threads);
    return report;
  }

  /** Stores a word in the domain of a thread, if it is not what was stored there last. */
  put(actor: Actor, offset: number, value: Value): void {
    const identity = this.identity(actor.domain);
    const words = this.#stored.get(identity) ?? new Map<number, string>();
    this.#stored.set(identity, words);
    const spelt = value.kind === "number" ? `${value.value}` : null;
    if (spelt !== null && words.get(offset) === spelt) return;
    words.set(offset, spelt ?? "");
    const address: Value = { kind: "at", cvm: null, part: "data", offset: BigInt(offset) };
    this.act(actor, { do: "store", address, size: 8, value });
  }

  /** What a word holds that was stored for a call is not known any more. */
  forget(name: CvmName, offset: number): void {
    this.#stored.get(this.identity(name))?.delete(offset);
  }

  /** Whether a cVM has a stack for one more call. */
  hasRoom(name: CvmName): boolean {
    const runs = this.outline.cvms.flatMap(({ threads }) => threads.flatMap(({ domains }) => domains));
    return runs.filter((domain) => domain === name).length < (this.#threads.get(name) ?? 0);
  }

  act({ by }: Actor, action: Action): StepReport {
    return this.take({ by, action });
  }

  call(actor: Actor, call: string, ...args: readonly Value[]): StepReport {
    return this.act(actor, { do: "call", call, args });
  }

  /** A call that gives a handle, which is kept in mind if it does. */
  open(
    actor: Actor,
    call: keyof typeof openers,
    args: readonly Value[],
    about: Pick<Held, "key"> & Partial<Pick<Held, "rights" | "length" | "pair">>,
  ): Held | null {
    const step = this.steps.length;
    const { outcome } = this.call(actor, call, ...args);
    if (outcome.kind !== "returned" || outcome.values[0] >= FAILED) return null;
    return this.keep(actor.domain, {
      step,
      number: outcome.values[0],
      rights: 0n,
      length: outcome.values[1],
      pair: call === "cps_connect" ? step : -1,
      ...openers[call],
      ...about,
    });
  }

  /** Keeps a handle in mind that a cVM was given. */
  keep(domain: CvmName, about: Omit<Held, "domain" | "identity">): Held {
    const held: Held = { domain, identity: this.identity(domain), ...about };
    this.held.push(held);
    return held;
  }

  cvm(name: CvmName): CvmView | undefined {
    return this.outline.cvms.find((cvm) => cvm.name === name);
  }

  /** Slot and generation of a cVM as one word; 0 if there is none. */
  identity(name: CvmName): bigint {
    const cvm = this.cvm(name);
    return cvm === undefined ? 0n : BigInt(cvm.slot) | (BigInt(cvm.generation) << 32n);
  }

  /** Names of the cVMs that run. */
  running(): CvmName[] {
    return this.outline.cvms.filter(({ state }) => state === "running").map(({ name }) => name);
  }

  /** Threads that can act. */
  actors(wanted: (actor: Actor) => boolean = () => true): Actor[] {
    const found: Actor[] = [];
    for (const cvm of this.outline.cvms) {
      if (cvm.state !== "running") continue;
      for (const { thread, state, worker, domains } of cvm.threads) {
        if (state !== "ready") continue;
        const actor = {
          by: { cvm: cvm.name, thread },
          domain: domains.at(-1) ?? cvm.name,
          depth: domains.length + (worker ? 1 : 0),
        };
        if (wanted(actor)) found.push(actor);
      }
    }
    return found;
  }

  actor(wanted?: (actor: Actor) => boolean): Actor | null {
    const found = this.actors(wanted);
    return found.length === 0 ? null : this.random.pick(found);
  }

  /** The same thread as it is now; null if it cannot act. */
  again({ by }: Actor): Actor | null {
    return this.actors((one) => one.by.cvm === by.cvm && one.by.thread === by.thread)[0] ?? null;
  }

  /** Open handles, of a cVM if it is named; those of grants that are over are among them. */
  handles(kind: Held["kind"], domain?: CvmName): Held[] {
    return this.held.filter(
      (held) => held.kind === kind && (domain === undefined || held.domain === domain) && this.isOpen(held),
    );
  }

  isOpen({ domain, identity, number }: Held): boolean {
    if (this.identity(domain) !== identity) return false;
    return this.cvm(domain)!.handles.some(({ handle }) => handle === number);
  }

  /** Whether a grant, endpoint or listener is there under the key of this number. */
  isTaken(kind: Held["kind"], key: number): boolean {
    const { grants, endpoints, listeners } = this.outline;
    const list = kind === "grant" ? grants : kind === "endpoint" ? endpoints : listeners;
    return list.some((one) => one.key === KEYS[key]);
  }
}

/** Sees every step that is taken on the reference: with the reports before it, and what there was before and after. */
export type Watch = (
  step: Step,
  report: StepReport,
  reports: readonly StepReport[],
  before: SystemView,
  after: SystemView,
) => void;

/** Where in its data part each cVM keeps things. */
export const at = {
  keys: 0x40,
  acl: 0x80,
  block: 0x100,
  words: 0x1c0,
  buffers: 0x200,
  iov: 0x1a00,
  hash: 0x1b00,
  set: 0x1c00,
  files: 0x2400,
} as const;
export const BUFFERS_SIZE = 0x1800;
export const KEY_BYTES = 8;
export const KEY_SEED = 0x6b;

/** Keys as the view spells them: pieces of the pattern that every cVM fills its keys with. */
export const KEYS: readonly string[] = Array.from({ length: 6 }, (_, key) =>
  Array.from({ length: KEY_BYTES }, (_, index) =>
    ((KEY_SEED * 31 + (key * KEY_BYTES + index) * 7 + 1) & 0xff).toString(16).padStart(2, "0"),
  ).join(""),
);
