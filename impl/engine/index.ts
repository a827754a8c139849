/** The engine: a CHERI-RISC-V machine as a WebAssembly interpreter, emitted when it is created. */
import type {
  Granule,
  MachineState,
  MachineUnderTest,
  Privilege,
  Start,
  StepEvent,
} from "../../model/contract.ts";
import { storedCsrs } from "./csr.ts";
import { eventOf } from "./event.ts";
import { Hart } from "./hart.ts";
import {
  exit,
  type Layout,
  layoutFor,
  RAM_BASE,
  RECORDS_AT,
  RESET_PRESETS,
  SPECIALS,
  STEPS_PER_CALL,
  slotAt,
  state,
  WORDS_AT,
} from "./layout.ts";
import { type Machine, startMachine } from "./machine.ts";
import { RECORD_BYTES, RECORD_SLOTS } from "./record.ts";
import { prepareResets, readSlot } from "./registers.ts";
import { type TranslationCounts, Translator } from "./translator.ts";

/** A machine under test that can also run many steps in one call. */
export interface Engine extends MachineUnderTest {
  /** Steps that one call of injectAll, injectAllQuiet or runTraced can take. */
  readonly stepsPerCall: number;
  /** Trace records (record.ts) of the last traced call, from its first step on. The same memory for good. */
  readonly records: BigUint64Array;
  readonly recordBytes: Uint8Array;
  /** Injects words[0] to words[count-1] and records the steps. Returns their number. */
  injectAll(words: Uint32Array, count: number): number;
  /** The same without records. */
  injectAllQuiet(words: Uint32Array, count: number): number;
  /** Fetches and executes `stepBudget` steps, without records. Returns their number. */
  run(stepBudget: number): number;
  /** The same with records, at most stepsPerCall steps. */
  runTraced(stepBudget: number): number;
  /** What translation of hot loops has done since the engine was created. */
  readonly translation: TranslationCounts;
  /** The hart, for a host that runs guests on it. */
  readonly hart: Hart;
  /** Record `index` of the last traced call as an event; its order counts from the reset. */
  event(index: number): StepEvent;
}

export interface EngineOptions {
  /** Bytes, a multiple of 64 KiB; 8 MiB if absent. */
  readonly ramSize?: number;
  /** Jumps back to one place after which `run` translates the loop there: 1 to 65535, or Infinity for never. */
  readonly translateAfter?: number;
}

/** Creates an engine in the `dii` reset state. Throws RangeError on an option that is out of range. */
export function createEngine(options: EngineOptions = {}): Engine {
  const layout = layoutFor(options.ramSize ?? 0x80_0000);
  const hot = options.translateAfter ?? TRANSLATE_AFTER;
  if (hot !== Infinity && !(Number.isInteger(hot) && hot >= 1 && hot <= 0xffff)) {
    throw new RangeError(`translateAfter: 1 to 65535 or Infinity was expected, not ${hot}`);
  }
  return new WasmEngine(layout, startMachine(layout), hot);
}

const TRANSLATE_AFTER = 2048;

/** Steps of one call into the module: few enough that optimized code takes over soon, many enough to be cheap. */
const RUN_CHUNK = 1 << 19;

/** Runs of fewer steps than this for each jump back that makes code hot are not worth a translation. */
const STEPS_PER_JUMP = 24;

type Loop = "run" | "runPlain" | "runTraced" | "inject" | "injectTraced";

class WasmEngine implements Engine {
  readonly name = "impl";
  readonly ramBase = RAM_BASE;
  readonly ramSize: number;
  readonly stepsPerCall = STEPS_PER_CALL;
  readonly records: BigUint64Array;
  readonly recordBytes: Uint8Array;
  readonly hart: Hart;
  private readonly layout: Layout;
  private readonly machine: Machine;
  private readonly translator: Translator;
  /** Steps of the shortest run that uses and makes translations. */
  private readonly translatingFrom: number;
  private readonly view: DataView;
  private readonly words: Uint32Array;
  private readonly ram: Uint8Array;
  /** Steps since the reset, and of those the ones before the last traced call. */
  private steps = 0;
  private recordedFrom = 0;

  constructor(layout: Layout, machine: Machine, hot: number) {
    const { memory } = machine;
    this.translatingFrom = STEPS_PER_JUMP * hot;
    this.layout = layout;
    this.machine = machine;
    this.translator = new Translator(machine, layout, hot === Infinity ? 0 : hot);
    this.ramSize = layout.ramSize;
    this.view = new DataView(memory);
    this.words = new Uint32Array(memory, WORDS_AT, STEPS_PER_CALL);
    this.ram = new Uint8Array(memory, layout.ramAt, layout.ramSize);
    this.records = new BigUint64Array(memory, RECORDS_AT, STEPS_PER_CALL * RECORD_SLOTS);
    this.recordBytes = new Uint8Array(memory, RECORDS_AT, STEPS_PER_CALL * RECORD_BYTES);
    prepareResets(machine);
    this.hart = new Hart(
      machine,
      layout,
      (steps) => this.fetched(steps),
      (steps) => this.runTraced(steps),
    );
    this.reset({ preset: "dii" });
  }

  reset(start: Start): void {
    this.machine.exports.reset(RESET_PRESETS.indexOf(start.preset));
    this.translator.forget();
    this.steps = 0;
    this.recordedFrom = 0;
  }

  load(address: bigint, bytes: Uint8Array): void {
    const offset = this.offsetOf(address, bytes.length);
    if (bytes.length === 0) return;
    this.machine.exports.touch(this.layout.ramAt + offset, bytes.length);
    this.ram.set(bytes, offset);
  }

  peek(address: bigint, size: number): Uint8Array {
    const offset = this.offsetOf(address, size);
    return this.ram.slice(offset, offset + size);
  }

  inject(word: number): StepEvent {
    this.words[0] = word;
    this.take(true, "injectTraced", 1);
    return this.event(0);
  }

  step(): StepEvent {
    this.take(false, "runTraced", 1);
    return this.event(0);
  }

  injectAll(words: Uint32Array, count: number): number {
    return this.injectWith("injectTraced", words, count);
  }

  injectAllQuiet(words: Uint32Array, count: number): number {
    return this.injectWith("inject", words, count);
  }

  run(stepBudget: number): number {
    return this.fetched(stepBudget);
  }

  /** Fetches and executes; fewer steps than the budget only if the host wants to know of traps, and there was one. */
  private fetched(stepBudget: number): number {
    if (stepBudget < this.translatingFrom) {
      return stepBudget > 0 ? stepBudget - this.take(false, "runPlain", stepBudget) : 0;
    }
    let left = stepBudget;
    while (left > 0) {
      const chunk = Math.min(left, RUN_CHUNK);
      const rest = this.take(false, "run", chunk);
      left -= chunk - rest;
      if (rest > 0 && !this.hasStopped()) left -= this.translator.attend(rest);
      if (this.hasStopped()) break;
    }
    this.steps += stepBudget - left;
    return stepBudget - left;
  }

  /** Whether the host is to be told of a trap. */
  private hasStopped(): boolean {
    return this.view.getUint32(state.exit, true) === exit.taken;
  }

  runTraced(stepBudget: number): number {
    const steps = Math.min(stepBudget, STEPS_PER_CALL);
    return steps > 0 ? steps - this.take(false, "runTraced", steps) : 0;
  }

  get translation(): TranslationCounts {
    return this.translator.counts();
  }

  event(index: number): StepEvent {
    return eventOf(this.records, index, this.recordedFrom + index);
  }

  state(): MachineState {
    const { view } = this;
    const read = (index: number) => {
      this.machine.exports.settle(slotAt(index));
      return readSlot(view, index);
    };
    const pc = view.getBigUint64(state.pc, true);
    return {
      pc,
      mode: view.getUint32(state.privilege, true) as Privilege,
      registers: Array.from({ length: 32 }, (_, index) => read(index)),
      specials: SPECIALS.map((scr) => {
        const value = read(0x20 + scr);
        return { scr, value: scr === 0 ? { ...value, address: pc } : value };
      }),
      csrs: storedCsrs.map(({ number, at }) => ({ number, value: view.getBigUint64(at, true) })),
      reservation: view.getUint32(state.reserved, true) ? view.getBigUint64(state.reservation, true) : null,
      memory: this.granules(),
    };
  }

  /** Granules of the pages written since the reset that are not plain zero. */
  private granules(): Granule[] {
    const { view, layout } = this;
    const found: Granule[] = [];
    const words = new Uint32Array(this.machine.memory, layout.ramAt, layout.ramSize / 4);
    const pages = new Uint32Array(
      this.machine.memory,
      layout.touchedPagesAt,
      view.getUint32(state.touchedCount, true),
    );
    for (const page of pages.slice().sort()) {
      for (let offset = page * 4096; offset < (page + 1) * 4096; offset += 16) {
        const tag = (view.getUint8(layout.granulesAt + (offset >> 4)) & 1) === 1;
        const at = offset >> 2;
        if (!tag && (words[at]! | words[at + 1]! | words[at + 2]! | words[at + 3]!) === 0) continue;
        const low = view.getBigUint64(layout.ramAt + offset, true);
        const high = view.getBigUint64(layout.ramAt + offset + 8, true);
        found.push({ address: RAM_BASE + BigInt(offset), data: low | (high << 64n), tag });
      }
    }
    return found;
  }

  private injectWith(loop: "inject" | "injectTraced", words: Uint32Array, count: number): number {
    const steps = Math.min(count, words.length, STEPS_PER_CALL);
    if (steps <= 0) return 0;
    this.words.set(steps === words.length ? words : words.subarray(0, steps));
    this.take(true, loop, steps);
    return steps;
  }

  /** Runs one of the loops, the fetch window being that of its kind. Returns how many steps are left. */
  private take(injecting: boolean, loop: Loop, steps: number): number {
    const { view, machine } = this;
    if ((view.getUint32(state.injecting, true) === 1) !== injecting) {
      view.setUint32(state.injecting, injecting ? 1 : 0, true);
      machine.exports.refreshFetch();
    }
    if (loop === "runTraced" || loop === "injectTraced") {
      this.recordedFrom = this.steps;
      this.recordBytes.fill(0, 0, steps * RECORD_BYTES);
    }
    const left = machine.exports[loop](steps);
    if (loop !== "run") this.steps += steps - left;
    return left;
  }

  private offsetOf(address: bigint, size: number): number {
    const offset = address - RAM_BASE;
    if (offset < 0n || size < 0 || offset + BigInt(size) > BigInt(this.ramSize)) {
      throw new RangeError(`0x${address.toString(16)}: ${size} bytes within RAM were expected`);
    }
    return Number(offset);
  }
}
