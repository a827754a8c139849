/** A short scene of two cVMs, and somebody who changes the real state of the system behind its back. */
import { JudgedSystem } from "../fuzz/system/oracle/judged.ts";
import type { SystemOracleName, SystemViolation } from "../fuzz/system/oracle/oracle.ts";
import { SYSTEM_ORACLES } from "../fuzz/system/oracle/oracles.ts";
import type { Engine } from "../impl/engine/index.ts";
import type { Forge, Shape } from "../impl/intravisor/forge.ts";
import { createIntravisor, type ProbedSystem } from "../impl/intravisor/intravisor.ts";
import type { Cvm, Tables, Thread } from "../impl/intravisor/tables.ts";
import { assembleProgram } from "../model/isa/index.ts";
import type {
  CvmDescription,
  Event,
  SliceReport,
  Step,
  StepReport,
  SystemView,
  ThreadName,
  Value,
} from "../model/system-contract.ts";

const assemble = (text: string, capabilityMode: boolean) => assembleProgram(text, { capabilityMode }).words;

/** Bytes of a register in a context: the 64 slots are its end. */
const SLOT_BYTES = 64;
const SLOTS = 64;

/** Hands in the inside of a system. */
export class Hand {
  readonly system: ProbedSystem;

  constructor(system: ProbedSystem) {
    this.system = system;
  }

  get #inside(): { readonly engine: Engine; readonly tables: Tables; readonly forge: Forge } {
    const { kernel } = this.system as unknown as {
      kernel: { engine: Engine; tables: Tables; forge: Forge };
    };
    return kernel;
  }

  get tables(): Tables {
    return this.#inside.tables;
  }

  cvm(name: string): Cvm {
    return this.tables.cvms.find((one) => one?.name === name)!;
  }

  thread(name: string): Thread {
    const [cvm, number] = name.split(".") as [string, string];
    return this.cvm(cvm).threads[Number(number)]!;
  }

  /** Address of the capability store of a cVM. */
  storeOf(name: string): number {
    const { codeBase, codeSize } = this.cvm(name);
    return codeBase + codeSize - this.system.probe.places.storeSize;
  }

  /** Address of the record of a handle. */
  recordOf(name: string, index: number): number {
    const { handlesAt, recordBytes } = this.system.probe.places;
    return this.storeOf(name) + handlesAt + index * recordBytes;
  }

  blockOf(name: string): number {
    const { blocksBase, blocksPerCvm, blockBytes } = this.system.probe.places;
    const { cvm, number } = this.thread(name);
    return blocksBase + (cvm.slot * blocksPerCvm + number) * blockBytes;
  }

  /** Puts a capability into a granule. */
  plant(address: number, shape: Shape): void {
    const { engine, forge } = this.#inside;
    const running = engine.hart.save();
    forge.begin();
    forge.make(shape);
    forge.storeTo(address);
    engine.hart.restore(running);
  }

  /** Makes a granule null. */
  erase(address: number): void {
    this.poke(address, new Uint8Array(16));
  }

  poke(address: number, bytes: ArrayLike<number>): void {
    this.#inside.engine.load(BigInt(address), Uint8Array.from(bytes));
  }

  /** Puts a capability into a register of a thread. */
  hold(name: string, register: number, shape: Shape): void {
    const { engine, forge } = this.#inside;
    const { hart } = engine;
    const running = hart.save();
    forge.begin();
    forge.make(shape);
    hart.copy(register, 5);
    const made = hart.save();
    hart.restore(running);
    this.thread(name).context.set(slotIn(made, register), slotAt(made, register));
  }

  /** Steps of the machine that nobody sees. */
  spin(count: number): void {
    this.#inside.engine.hart.taken += count;
  }

  /** Makes a register of a thread an integer. */
  set(name: string, register: number, value: bigint): void {
    const { hart } = this.#inside.engine;
    const { context } = this.thread(name);
    const running = hart.save();
    hart.restore(context);
    hart.setInteger(register, value);
    hart.save(context);
    hart.restore(running);
  }
}

function slotAt(context: Uint8Array, register: number): number {
  return context.length - (SLOTS - register) * SLOT_BYTES;
}

function slotIn(context: Uint8Array, register: number): Uint8Array {
  return context.subarray(slotAt(context, register), slotAt(context, register) + SLOT_BYTES);
}

const number = (value: bigint | number): Value => ({ kind: "number", value: BigInt(value) });
const own = (offset: number): Value => ({ kind: "at", cvm: null, part: "data", offset: BigInt(offset) });
const entry: Value = { kind: "at", cvm: null, part: "code", offset: 0x1000n };

function described(name: string): Event {
  const quotas = { threads: 4, handles: 8, grants: 2, endpoints: 2, timers: 1 };
  const cvm: CvmDescription = {
    name,
    size: 0xc000,
    codeSize: 0x4000,
    image: "13000000",
    parent: null,
    quotas,
  };
  return { do: "create", cvm };
}

const labels: string[] = [];
const steps: Step[] = [];

function event(label: string, what: Event): void {
  labels.push(label);
  steps.push({ by: null, event: what });
}

function call(label: string, thread: string, name: string, ...args: readonly Value[]): void {
  const [cvm, which] = thread.split(".") as [string, string];
  labels.push(label);
  steps.push({ by: { cvm, thread: Number(which) }, action: { do: "call", call: name, args } });
}

function store(thread: string, offset: number, value: bigint | number): void {
  const [cvm, which] = thread.split(".") as [string, string];
  labels.push("store");
  const action = { do: "store", address: own(offset), size: 8, value: number(value) } as const;
  steps.push({ by: { cvm, thread: Number(which) }, action });
}

const resultOf = (label: string): Value => ({ kind: "result", step: labels.indexOf(label), index: 0 });

event("create a", described("a"));
event("create b", described("b"));
store("a.0", 0x40, 0x61);
store("b.0", 0x40, 0x61);
store("a.0", 0x80, 1n | (1n << 32n));
store("a.0", 0x1000, 0x1122334455667788n);
call(
  "advertise",
  "a.0",
  "cp_file_advertise",
  own(0x40),
  number(8),
  own(0x1000),
  number(0x100),
  number(3),
  own(0x80),
  number(1),
);
call("probe", "b.0", "cp_file_probe", own(0x40), number(8), number(3));
call("pread", "b.0", "cp_file_pread", resultOf("probe"), number(0), own(0x2000), number(64));
call("pwrite", "b.0", "cp_file_pwrite", resultOf("probe"), number(64), own(0x2000), number(64));
call("notify", "a.0", "cp_file_notify", resultOf("advertise"));
call("no wait", "b.0", "cp_file_wait", resultOf("probe"), number(0), number(100));
call(
  "taken",
  "a.0",
  "cp_file_advertise",
  own(0x40),
  number(8),
  own(0x1000),
  number(0x100),
  number(1),
  own(0x80),
  number(0),
);
call(
  "register",
  "a.0",
  "cp_call_register",
  own(0x40),
  number(8),
  entry,
  number(0x800),
  number(0),
  own(0x80),
  number(1),
);
call("open", "b.0", "cp_call_open", own(0x40), number(8));
for (const [at, word] of [7n, 8n, 9n, 10n, 11n, 12n, 0n, 0n, 0n, 0n].entries())
  store("b.0", 0x100 + 8 * at, word);
labels.push("buffer");
steps.push({
  by: { cvm: "b", thread: 0 },
  action: { do: "store", address: own(0x130), size: 8, value: own(0x3000) },
});
store("b.0", 0x138, 0x80);
store("b.0", 0x140, 3);
store("b.0", 0x1c8, (1n << 64n) - 1n);
call("enter", "b.0", "cp_call", resultOf("open"), own(0x100));
call("buffer read", "b.0", "cp_buffer_read", number(0), own(0x4000), number(32));
call("return", "b.0", "cp_call_return", number(5));
call("create thread", "a.0", "thread_create", entry, number(3));
call("sleep", "a.1", "sleep", number(1000));
call("join", "a.0", "thread_join", number(2));
call("bad close", "b.0", "cp_file_close", number(99));
labels.push("narrow");
steps.push({
  by: { cvm: "b", thread: 0 },
  action: { do: "narrow", address: own(0), length: number(0x3000) },
});
call("listen", "a.0", "cps_listen", own(0x40), number(8), own(0x80), number(1));
call("connect", "b.0", "cps_connect", own(0x40), number(8));
call("ticket", "b.0", "cp_call_async", resultOf("open"), own(0x180));
call("disk", "a.0", "disk_capacity", number(0));
event("advance", { do: "advance", ns: 10n });
call("close", "b.0", "cp_file_close", resultOf("probe"));
call("closed again", "b.0", "cp_file_close", resultOf("probe"));
call("revoke", "a.0", "cp_file_revoke", resultOf("advertise"));
call("time", "b.0", "time");
event("kill b", { do: "kill", cvm: "b" });
event("reclaim b", { do: "reclaim", cvm: "b" });
event("create b again", described("b"));
event("wake", { do: "advance", ns: 2000n });
call("last", "a.0", "time");

/** What somebody does behind the system's back after a step, or what the step is said to have come to. */
export interface Tampering {
  /** The step of the scene after which it is done. */
  readonly after: string;
  readonly does?: (hand: Hand) => void;
  readonly says?: (report: StepReport) => StepReport;
  readonly shows?: (view: SystemView) => SystemView;
}

class TamperedSystem implements ProbedSystem {
  readonly name = "impl";
  readonly #system: ProbedSystem;
  readonly #tampering: Tampering;
  #steps = 0;

  constructor(system: ProbedSystem, tampering: Tampering) {
    this.#system = system;
    this.#tampering = tampering;
  }

  get probe(): ProbedSystem["probe"] {
    return this.#system.probe;
  }

  get secrets(): ProbedSystem["secrets"] {
    return this.#system.secrets;
  }

  reset(): void {
    this.#steps = 0;
    this.#system.reset();
  }

  step(step: Step, results: readonly StepReport[]): StepReport {
    const report = this.#system.step(step, results);
    const isIt = labels[this.#steps++] === this.#tampering.after;
    if (!isIt) return report;
    this.#tampering.does?.(new Hand(this.#system));
    return this.#tampering.says?.(report) ?? report;
  }

  begin(): null {
    return null;
  }

  run(_by: ThreadName, _steps: number): SliceReport {
    throw new Error("the scene is of whole steps");
  }

  runnable(): ThreadName[] {
    return [];
  }

  view(): SystemView {
    return this.#system.view();
  }

  outline(): SystemView {
    const view = this.#system.outline();
    const isIt = labels[this.#steps - 1] === this.#tampering.after;
    return (isIt ? this.#tampering.shows?.(view) : undefined) ?? view;
  }

  pages(cvm: string): readonly (Uint8Array | null)[] {
    return this.#system.pages(cvm);
  }
}

const system = createIntravisor({ assemble });

/** Plays the scene for some oracles, and ends it with the first rule that is broken. */
export function played(
  tampering: Tampering | null,
  oracles: readonly SystemOracleName[] = SYSTEM_ORACLES,
): { readonly violation: SystemViolation | null; readonly judged: JudgedSystem } {
  const judged = new JudgedSystem(new TamperedSystem(system, tampering ?? { after: "nothing" }), oracles);
  if (tampering !== null && !labels.includes(tampering.after)) throw new Error(`no step ${tampering.after}`);
  judged.reset();
  const reports: StepReport[] = [];
  for (const step of steps) {
    reports.push(judged.step(step, reports));
    if (judged.violation !== null) break;
  }
  return { violation: judged.finish(), judged };
}
