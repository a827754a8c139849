import type { Start, StepEvent } from "../../model/contract.ts";
import { decode } from "../../model/isa/index.ts";
import { CLASSES, modeClass } from "./operand.ts";
import { OUTCOMES, retiredOutcome, trapOutcome } from "./outcome.ts";
import { BLOCK_CELLS, type Layout, type RegisterField, type Row } from "./rows.ts";
import { Shadow } from "./shadow.ts";

const FIRST = CLASSES.length;

/** In mtval of a capability violation: the index of PCC, above the violation. */
const PCC_INDEX = 0x20;
const LENGTH_VIOLATION = 1;
const SYSTEM_VIOLATION = 24;

/**
 * Counts what steps reach: for every instruction and outcome the class of each operand as it stood before the
 * step. It sees step events alone and keeps its own shadow of the registers, so that it serves any machine.
 */
export class Reach {
  readonly layout: Layout;
  readonly counts: Uint32Array;
  /** Cells that count as reached; a caller may set some beforehand. */
  readonly seen: Uint8Array;
  /** Cells reached for the first time since `begin`. */
  fresh = 0;
  /** Outcomes met that the table does not declare: `instruction: outcome`. */
  readonly undeclared = new Set<string>();

  readonly #shadow = new Shadow();
  /** A trap's cause and value taken apart: storing a bigint costs nothing, computing with it does. */
  readonly #trap = new BigUint64Array(2);
  readonly #trapHalves = new Uint32Array(this.#trap.buffer);

  constructor(layout: Layout) {
    this.layout = layout;
    this.counts = new Uint32Array(layout.cells);
    this.seen = new Uint8Array(layout.cells);
  }

  /** Forgets all counts; `seen` says which cells count as reached already. */
  clear(seen: Uint8Array): void {
    this.counts.fill(0);
    this.seen.set(seen);
    this.undeclared.clear();
    this.fresh = 0;
  }

  /** The cells that were counted since `clear`, by ascending number, and how often. */
  touched(): { cells: Uint32Array; counts: Uint32Array } {
    const cells: number[] = [];
    for (let cell = 0; cell < this.counts.length; cell++) if (this.counts[cell] !== 0) cells.push(cell);
    const touched = Uint32Array.from(cells);
    return { cells: touched, counts: touched.map((cell) => this.counts[cell]!) };
  }

  /** A new run begins: registers as the preset has them, nothing fresh. */
  begin(start: Start): void {
    this.#shadow.reset(start);
    this.fresh = 0;
  }

  /** Counts one step. Hot. */
  note(event: StepEvent): void {
    const { trap } = event;
    if (trap !== null) {
      this.#trap[0] = trap.cause;
      this.#trap[1] = trap.value;
    }
    const shadow = this.#shadow;
    const { isCapabilityMode } = shadow;
    const row = this.#rowOf(event, isCapabilityMode);
    const outcome =
      trap === null
        ? retiredOutcome(row.shape, event, shadow)
        : trapOutcome(this.#trapHalves[0]!, this.#trapHalves[2]!);

    const block = row.blocks[outcome]!;
    if (block === row.outcomes.length) this.undeclared.add(`${row.name}: ${OUTCOMES[outcome]}`);
    const base = row.base + block * BLOCK_CELLS;
    this.#count(base + modeClass(event.mode === 0, isCapabilityMode));
    const { sources } = row;
    if (sources.length > 0)
      this.#count(base + FIRST + this.#classOf(sources[0]!, event.word, isCapabilityMode));
    if (sources.length > 1)
      this.#count(base + 2 * FIRST + this.#classOf(sources[1]!, event.word, isCapabilityMode));
    shadow.follow(event);
  }

  #count(cell: number): void {
    const before = this.counts[cell]!;
    this.counts[cell] = before + 1;
    if (before !== 0 || this.seen[cell] !== 0) return;
    this.seen[cell] = 1;
    this.fresh++;
  }

  #rowOf(event: StepEvent, isCapabilityMode: boolean): Row {
    if (event.trap !== null && this.#isFetchTrap(event)) return this.layout.fetch;
    const decoded = decode(event.word, isCapabilityMode);
    if (decoded === null) return this.layout.illegal;
    return this.layout.rowOf.get(decoded.instruction) ?? this.layout.illegal;
  }

  /** Whether PCC itself forbade the step. A jump out of PCC's bounds traps alike, but was itself in bounds. */
  #isFetchTrap({ trap, word, pcBefore }: StepEvent): boolean {
    const cause = this.#trapHalves[0];
    if (cause === 1) return true;
    if (cause === 0) return trap!.value === pcBefore;
    const value = this.#trapHalves[2]!;
    if (cause !== 0x1c || value >>> 5 !== PCC_INDEX) return false;
    const violation = value & 31;
    if (violation === SYSTEM_VIOLATION) return false;
    if (violation !== LENGTH_VIOLATION) return true;
    // A word that could not be fetched as a whole is 0.
    return word === 0 || !this.#shadow.mayFetch(pcBefore, (word & 3) === 3 ? 4n : 2n);
  }

  #classOf({ at, ones, least, kind }: RegisterField, word: number, isCapabilityMode: boolean): number {
    const index = ((word >>> at) & ones) + least;
    const isCapability = kind === "capability" || (kind === "base" && isCapabilityMode);
    return isCapability ? this.#shadow.capabilityClass(index) : this.#shadow.integerClass(index);
  }
}
