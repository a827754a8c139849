/**
 * Finds paths worth translating and keeps them: the run loop stops at a hot jump back, the loop it leads into is
 * followed for one turn, and what was executed becomes a function that the run loop calls from then on.
 */
import { compile, instantiateBeside, TABLE_SIZE } from "../wasm/instance.ts";
import { exit, type Layout, operationField, state, TRANSLATED, translation } from "./layout.ts";
import type { Machine } from "./machine.ts";
import { type PathStep, pathModule } from "./path.ts";

/** Longest path, in steps. */
const STEPS_MAX = 256;
/** Translations in the life of an engine: each leaves a compiled module behind. */
const TRANSLATIONS_MAX = 2000;
/** Times that code may change under translated paths before no more are made, until the next reset. */
const DISCARDS_MAX = 16;

/** What translation has done so far. */
export interface TranslationCounts {
  /** Paths translated, and how often all of them were taken back because code had changed. */
  readonly paths: number;
  readonly discards: number;
  /** How often a path began, and the steps taken in paths. */
  readonly begun: number;
  readonly steps: bigint;
  /** How often one ended with a trap, by writing over code, and where a jump went another way. */
  readonly trapped: number;
  readonly overwritten: number;
  readonly strayed: number;
}

export class Translator {
  private readonly machine: Machine;
  private readonly layout: Layout;
  private readonly view: DataView;
  /** Where each path's first operation lies. */
  private heads: number[] = [];
  private discards = 0;
  private allDiscards = 0;
  private translations = 0;

  /** `hot`: jumps back that make the code they go to worth a translation, up to 65535; 0 if nothing ever is. */
  constructor(machine: Machine, layout: Layout, hot: number) {
    this.machine = machine;
    this.layout = layout;
    this.view = new DataView(machine.memory);
    this.view.setUint32(translation.hot, hot, true);
  }

  counts(): TranslationCounts {
    const read = (name: keyof typeof translation) => this.view.getUint32(translation[name], true);
    return {
      paths: this.translations,
      discards: this.allDiscards,
      begun: read("begun"),
      steps: this.view.getBigUint64(translation.steps, true),
      trapped: read("trapped"),
      overwritten: read("overwritten"),
      strayed: read("strayed"),
    };
  }

  /** After a reset: decoded operations are gone, and the paths with them. */
  forget(): void {
    this.heads = [];
    this.discards = 0;
  }

  /** Does what the run loop has stopped for, with at most `steps` steps. Returns the steps taken. */
  attend(steps: number): number {
    const why = this.view.getUint32(state.exit, true);
    this.view.setUint32(state.exit, exit.none, true);
    if (this.view.getUint32(state.stale, true) === 1) this.discard();
    if (why === exit.hot) return this.translate(steps);
    const taken = Math.min(steps, STEPS_MAX);
    this.machine.exports.runPlain(taken);
    return taken;
  }

  /** Takes every path back. */
  private discard(): void {
    const { view } = this;
    view.setUint32(state.stale, 0, true);
    if (this.heads.length === 0) return;
    for (const head of this.heads) {
      if (view.getUint16(head + operationField.op, true) !== TRANSLATED) continue;
      view.setUint16(head + operationField.op, view.getUint16(head + operationField.heat, true), true);
    }
    this.heads = [];
    this.discards += 1;
    this.allDiscards += 1;
  }

  /** Follows the loop at pc for one turn, translates it if it has one, and returns the steps that took. */
  private translate(limit: number): number {
    const { view } = this;
    const full = this.heads.length >= TABLE_SIZE || this.translations >= TRANSLATIONS_MAX;
    if (full || this.discards >= DISCARDS_MAX) return 0;
    const mode = view.getUint32(state.mode, true);
    const start = this.pc();
    const head = this.decodedAt(start);
    if (head === 0 || view.getUint16(head + operationField.op, true) === TRANSLATED) return 0;
    const steps: PathStep[] = [];
    for (let taken = 1; taken <= Math.min(limit, STEPS_MAX); taken++) {
      const step = this.follow();
      if (!step || view.getUint32(state.mode, true) !== mode) return taken;
      steps.push(step);
      if (this.pc() === start) {
        if (view.getUint32(state.stale, true) === 0) this.install(head, mode, steps);
        return taken;
      }
    }
    return Math.min(limit, STEPS_MAX);
  }

  /** Takes one step; what it was, or null if it cannot be part of a path. */
  private follow(): PathStep | null {
    const { view, machine, layout } = this;
    const pc = this.pc();
    const at = this.decodedAt(pc);
    const retired = this.retired();
    machine.exports.runPlain(1);
    if (at === 0 || this.retired() === retired) return null;
    const read = (name: "op" | "rd" | "rs1" | "rs2" | "heat") =>
      view.getUint16(at + operationField[name], true);
    const number = read("op") === TRANSLATED ? read("heat") : read("op");
    const operation = machine.operations[number - 1];
    if (!operation?.translatable) return null;
    const offset = Number(pc - machine.ramBase);
    const length = view.getUint8(at + operationField.length);
    const low = view.getUint16(layout.ramAt + offset, true);
    const word = length === 2 ? low : view.getUint32(layout.ramAt + offset, true);
    const imm = view.getInt32(at + operationField.imm, true);
    const { arm, movesAddress } = operation;
    const operands = { rd: read("rd"), rs1: read("rs1"), rs2: read("rs2"), imm };
    return { pc, word, length, arm, movesAddress, ...operands };
  }

  private install(head: number, mode: number, steps: readonly PathStep[]): void {
    const { view, machine, layout } = this;
    const module = compile(pathModule({ mode, steps }, machine.functions, layout));
    const path = instantiateBeside(module, machine.running)["path"]!;
    const number = this.heads.push(head) - 1;
    machine.running.environment.table.set(number, path);
    this.translations += 1;
    view.setUint16(head + operationField.heat, view.getUint16(head + operationField.op, true), true);
    view.setUint8(head + operationField.path, number);
    view.setUint16(head + operationField.op, TRANSLATED, true);
  }

  private pc(): bigint {
    return this.view.getBigUint64(state.pc, true);
  }

  /** Retired instructions so far: does not move when a step traps. */
  private retired(): bigint {
    return this.view.getBigUint64(state.instretBase, true);
  }

  /** Where the decoded operation of pc lies; 0 if the fetch window does not reach there. */
  private decodedAt(pc: bigint): number {
    const { view } = this;
    const offset = BigInt.asUintN(64, pc - view.getBigUint64(state.fetchBase, true));
    if (offset >= view.getBigUint64(state.fetchCount, true)) return 0;
    return view.getUint32(state.fetchTable, true) + Number(offset) * 8;
  }
}
