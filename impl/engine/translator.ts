/**
 * Finds paths worth translating and keeps them: the run loop stops at a hot jump back, and where a path has ended often;
 * what comes then is followed, for one turn if it is a loop, and becomes a function that the run loop calls from then on.
 */
import { compile, instantiateBeside, TABLE_SIZE } from "../wasm/instance.ts";
import {
  exit,
  field,
  type Layout,
  operationField,
  PATH_HEATS_AT,
  PCC_AT,
  SINK_AT,
  state,
  TRANSLATED,
  translation,
} from "./layout.ts";
import type { Machine } from "./machine.ts";
import { pathModule } from "./path.ts";
import type { Path, PathStep } from "./path-step.ts";
import { MODE_BIT } from "./window.ts";

/** Longest path, and the shortest one that is no loop, in steps. */
const STEPS_MAX = 256;
const STEPS_MIN = 8;
/** Translations in the life of an engine: each leaves a compiled module behind. */
const TRANSLATIONS_MAX = 2000;
/** Times that code may change under translated paths before no more are made, until the next reset. */
const DISCARDS_MAX = 16;

type Followed = Omit<Path, "number">;
/** With where its first operation lies. */
type Headed = Followed & { readonly head: number };

/** What translation has done so far. */
export interface TranslationCounts {
  /** Paths translated, those of them that are no loops, and how often all were taken back because code had changed. */
  readonly paths: number;
  readonly straight: number;
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
  private straight = 0;

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
      straight: this.straight,
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
    const most = Math.min(steps, STEPS_MAX);
    // A host that wants to know of traps has some left.
    return most - this.machine.exports.runPlain(most);
  }

  /** Takes every path back. */
  private discard(): void {
    const { view } = this;
    view.setUint32(state.stale, 0, true);
    if (this.heads.length === 0) return;
    for (const head of this.heads) {
      if (!this.isHead(head)) continue;
      view.setUint16(head + operationField.op, view.getUint16(head + operationField.heat, true), true);
    }
    this.heads = [];
    this.discards += 1;
    this.allDiscards += 1;
  }

  /** Follows what begins at pc, translates it, and returns the steps that took. */
  private translate(limit: number): number {
    const { view } = this;
    const full = this.heads.length >= TABLE_SIZE || this.translations >= TRANSLATIONS_MAX;
    if (full || this.discards >= DISCARDS_MAX) return 0;
    const start = this.pc();
    const head = this.decodedAt(start);
    if (head === 0 || this.isHead(head)) return 0;
    const { taken, ...followed } = this.record(start, Math.min(limit, STEPS_MAX));
    const isCut = taken === limit && limit < STEPS_MAX;
    const isWorth = followed.isLoop || (followed.steps.length >= STEPS_MIN && !isCut);
    if (isWorth && view.getUint32(state.stale, true) === 0) this.install(this.fromCall(head, followed));
    return taken;
  }

  /**
   * Follows what begins at `start` for at most so many steps: to where it began, else to the beginning of another path,
   * a step that cannot be part of one, or a change of PCC. `taken` are the steps that were taken for that.
   */
  private record(start: bigint, limit: number): Omit<Path, "number"> & { readonly taken: number } {
    const mode = this.mode();
    const steps: PathStep[] = [];
    let taken = 0;
    let end = start;
    /** Steps in front of the beginning of another path. */
    let straight: number | null = null;
    while (taken < limit) {
      if (taken > 0 && this.isHead(this.decodedAt(end))) straight ??= taken;
      const authority = this.authority();
      const step = this.follow();
      taken++;
      if (step === null) break;
      steps.push(step);
      end = this.pc();
      if (this.authority() !== authority) break;
      if (end === start && this.mode() === mode) return { steps, taken, end, isLoop: true };
    }
    if (straight === null || straight === steps.length) return { steps, taken, end, isLoop: false };
    return { steps: steps.slice(0, straight), taken, end: steps[straight]!.pc, isLoop: false };
  }

  /** Takes one step; what it was, or null if it cannot be part of a path. */
  private follow(): PathStep | null {
    const { view, machine, layout } = this;
    const pc = this.pc();
    const mode = this.mode();
    const at = this.decodedAt(pc);
    const retired = this.retired();
    machine.exports.runPlain(1);
    if (at === 0 || this.retired() === retired) return null;
    const read = (name: "op" | "rd" | "rs1" | "rs2" | "heat") =>
      view.getUint16(at + operationField[name], true);
    const number = this.isHead(at) ? read("heat") : read("op");
    const operation = machine.operations[number - 1];
    if (!operation?.translatable) return null;
    const offset = Number(pc - machine.ramBase);
    const length = view.getUint8(at + operationField.length);
    const low = view.getUint16(layout.ramAt + offset, true);
    const word = length === 2 ? low : view.getUint32(layout.ramAt + offset, true);
    const imm = view.getInt32(at + operationField.imm, true);
    const { arm, movesAddress, links } = operation;
    const operands = { rd: read("rd"), rs1: read("rs1"), rs2: read("rs2"), imm };
    return { pc, mode, word, length, arm, movesAddress, links, ...operands };
  }

  /** A loop that was found where a call leads begins with the call: what is known of its link lasts for a turn. */
  private fromCall(head: number, followed: Followed): Headed {
    const { steps, isLoop } = followed;
    const call = steps.at(-1)!;
    if (!isLoop || call.links === null || call.rd === SINK_AT) return { head, ...followed };
    const atCall = this.decodedAt(call.pc);
    if (atCall === 0 || this.isHead(atCall)) return { head, ...followed };
    return { head: atCall, steps: [call, ...steps.slice(0, -1)], end: call.pc, isLoop };
  }

  /** PCC may be another than that in front of the path: what is decoded at its start cannot be looked up any more. */
  private install({ head, ...followed }: Headed): void {
    const { view, machine, layout } = this;
    const number = this.heads.push(head) - 1;
    const module = compile(pathModule({ ...followed, number }, machine.functions, layout));
    const path = instantiateBeside(module, machine.running)["path"]!;
    machine.running.environment.table.set(number, path);
    this.translations += 1;
    if (!followed.isLoop) this.straight += 1;
    view.setUint32(PATH_HEATS_AT + 4 * number, 0, true);
    view.setUint16(head + operationField.heat, view.getUint16(head + operationField.op, true), true);
    view.setUint8(head + operationField.path, number);
    view.setUint16(head + operationField.op, TRANSLATED, true);
  }

  /** Whether a path begins at a decoded operation. */
  private isHead(decoded: number): boolean {
    return this.view.getUint16(decoded + operationField.op, true) === TRANSLATED;
  }

  private pc(): bigint {
    return this.view.getBigUint64(state.pc, true);
  }

  private mode(): number {
    return this.view.getUint32(state.mode, true);
  }

  /** What of PCC must stay as it is along a path: everything but address and encoding mode. */
  private authority(): string {
    const { view } = this;
    const high = view.getBigUint64(PCC_AT + field.high, true) & ~MODE_BIT;
    const bounds = [field.base, field.top].map((at) => view.getBigUint64(PCC_AT + at, true));
    return `${high} ${bounds} ${view.getUint32(PCC_AT + field.flags, true)}`;
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
