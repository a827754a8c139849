import type { Capability, Start, StepEvent } from "../../model/contract.ts";
import { decode } from "../../model/isa/index.ts";
import { capabilityClass, CLASSES, integerClass, modeClass, type RegisterValue } from "./operand.ts";
import { retiredOutcome, trapOutcome } from "./outcome.ts";
import { BLOCK_CELLS, type Layout, type RegisterField, type Row } from "./rows.ts";

const PCC = 0;
const DDC = 1;
const FIRST = CLASSES.length;

/** mtval of a violation that names PCC, without its cause. */
const PCC_VIOLATION = 0x20n << 5n;

const ROOT: Capability = {
  tag: true,
  address: 0n,
  base: 0n,
  top: 1n << 64n,
  perms: 0xffffn,
  otype: 0x3ffffn,
  flags: 0n,
  reserved: 0n,
  bounds: 0n,
};

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
  /** Outcomes met that the table does not declare: `instruction: outcome number`. */
  readonly undeclared = new Set<string>();

  readonly #registers: RegisterValue[] = new Array<RegisterValue>(32).fill(0n);
  #pcc: Capability = ROOT;
  #ddc: Capability = ROOT;

  constructor(layout: Layout) {
    this.layout = layout;
    this.counts = new Uint32Array(layout.cells);
    this.seen = new Uint8Array(layout.cells);
  }

  /** A new run begins: registers as the preset has them, nothing fresh. */
  begin(start: Start): void {
    this.#registers.fill(start.preset === "dii" ? ROOT : 0n);
    this.#registers[0] = 0n;
    this.#pcc = ROOT;
    this.#ddc = ROOT;
    this.fresh = 0;
  }

  /** Counts one step. Hot. */
  note(event: StepEvent): void {
    const isCapabilityMode = this.#pcc.flags === 1n;
    const row = this.#rowOf(event, isCapabilityMode);
    const outcome =
      event.trap === null
        ? retiredOutcome(row.shape, event, this.#capability(event.source))
        : trapOutcome(event.trap);

    const block = row.blocks[outcome]!;
    if (block === row.outcomes.length) this.undeclared.add(`${row.name}: ${outcome}`);
    const base = row.base + block * BLOCK_CELLS;
    this.#count(base + modeClass(event.mode === 0, isCapabilityMode));
    const { sources } = row;
    if (sources.length > 0) this.#count(base + FIRST + this.#classOf(sources[0]!, event.word, isCapabilityMode));
    if (sources.length > 1) this.#count(base + 2 * FIRST + this.#classOf(sources[1]!, event.word, isCapabilityMode));
    this.#follow(event);
  }

  #count(cell: number): void {
    this.counts[cell]!++;
    if (this.seen[cell] !== 0) return;
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
    const { cause, value } = trap!;
    if (cause === 1n) return true;
    if (cause === 0n) return value === pcBefore;
    if (cause !== 0x1cn || (value & ~31n) !== PCC_VIOLATION) return false;
    const violation = value & 31n;
    if (violation === 24n) return false;
    if (violation !== 1n) return true;
    const width = (word & 3) === 3 ? 4n : 2n;
    return pcBefore < this.#pcc.base || pcBefore + width > this.#pcc.top;
  }

  #classOf({ at, ones, least, kind }: RegisterField, word: number, isCapabilityMode: boolean): number {
    const value = this.#registers[((word >>> at) & ones) + least]!;
    const isCapability = kind === "capability" || (kind === "base" && isCapabilityMode);
    return isCapability ? capabilityClass(value) : integerClass(value);
  }

  /** The capability that an index names, before the step; null for an integer. */
  #capability(index: number | null): Capability | null {
    if (index === null) return null;
    if (index === 0x20) return this.#pcc;
    if (index === 0x21) return this.#ddc;
    const value = index < 32 ? this.#registers[index]! : 0n;
    return typeof value === "bigint" ? null : value;
  }

  #follow({ register, cleared, specials }: StepEvent): void {
    if (register !== null) this.#registers[register.index] = register.value;
    for (const { scr, value } of specials) {
      if (scr === PCC) this.#pcc = value;
      else if (scr === DDC) this.#ddc = value;
    }
    if (cleared === 0) return;
    for (let index = 1; index < 32; index++) if (((cleared >>> index) & 1) === 1) this.#registers[index] = 0n;
  }
}
