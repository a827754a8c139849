/** A short scene of two cVMs, and somebody who changes the real state of the system behind its back. */
import { JudgedSystem } from "../fuzz/system/oracle/judged.ts";
import type { SystemOracleName, SystemViolation } from "../fuzz/system/oracle/oracle.ts";
import { SYSTEM_ORACLES } from "../fuzz/system/oracle/oracles.ts";
import type { Engine } from "../impl/engine/index.ts";
import type { Forge, Shape } from "../impl/intravisor/forge.ts";
import { createIntravisor, type ProbedSystem } from "../impl/intravisor/intravisor.ts";
import type { Cvm, Tables, Thread } from "../impl/intravisor/tables.ts";
import type { StepEvent } from "../model/contract.ts";
import { assembleProgram } from "../model/isa/index.ts";
import type { SliceReport, Step, StepReport, SystemView, ThreadName } from "../model/system-contract.ts";
import { labels, steps } from "./system-tampering-scene.ts";

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

/** What somebody does behind the system's back after a step, or what the step is said to have come to. */
export interface Tampering {
  /** The step of the scene after which it is done. */
  readonly after: string;
  readonly does?: (hand: Hand) => void;
  readonly says?: (report: StepReport) => StepReport;
  readonly shows?: (view: SystemView) => SystemView;
  /** What the machine is said to have done in each step of its own, in the next step of the scene. */
  readonly records?: (event: StepEvent) => StepEvent;
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
    const { probe } = this.#system;
    const event = (index: number) => {
      const told = probe.event(index);
      return labels[this.#steps - 1] === this.#tampering.after
        ? (this.#tampering.records?.(told) ?? told)
        : told;
    };
    return Object.create(probe, { event: { value: event } });
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

  inside(by: ThreadName): readonly number[] {
    return this.#system.inside(by);
  }

  states(): ReturnType<ProbedSystem["states"]> {
    return this.#system.states();
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
