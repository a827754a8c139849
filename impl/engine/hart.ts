/**
 * The hart in the hands of a host that runs guests on it: whole contexts in and out, registers, and runs that end with
 * the first trap. What a host kernel has of a real core.
 */
import type { Capability } from "../../model/contract.ts";
import {
  exit,
  field,
  flag,
  granule,
  type Layout,
  PAGE_SHIFT,
  PCC_AT,
  RAM_BASE,
  REGISTERS_AT,
  SLOT_BYTES,
  slotAt,
  state,
} from "./layout.ts";
import type { Machine } from "./machine.ts";
import { readSlot } from "./registers.ts";

/** Everything of a hart that belongs to the thread it runs: its state without the windows, and its registers. */
const STATE_BYTES = state.stepsLeft - state.pc;
const CONTEXT_BYTES = STATE_BYTES + 64 * SLOT_BYTES;

/** A slot made null: an integer with the value 0. */
const INTEGER_FLAGS = flag.integer;

/** The two words of a capability in register form: perms 63:48, otype 44:27, bounds 26:0 of the high one. */
export interface EncodedCapability {
  readonly address: bigint;
  readonly high: bigint;
}

/** A register (0-31) or special register (0x20 | scr) of a context put aside, or null if it is not tagged. */
export function taggedIn(context: Uint8Array, index: number): EncodedCapability | null {
  const slot = STATE_BYTES + index * SLOT_BYTES;
  if ((context[slot + field.flags + TAG_BYTE]! & TAG_BIT) === 0) return null;
  const view = new DataView(context.buffer, context.byteOffset + slot, SLOT_BYTES);
  const address = index === 0x20 ? pcIn(context) : view.getBigUint64(field.address, true);
  return { address, high: view.getBigUint64(field.high, true) };
}

/** A register (0-31) or special register of a context put aside, tagged or not; null of an integer. */
export function wholeIn(context: Uint8Array, index: number): (EncodedCapability & { tag: boolean }) | null {
  const slot = STATE_BYTES + index * SLOT_BYTES;
  const view = new DataView(context.buffer, context.byteOffset + slot, SLOT_BYTES);
  const flags = view.getUint32(field.flags, true);
  if ((flags & INTEGER_FLAGS) !== 0) return null;
  const address = index === 0x20 ? pcIn(context) : view.getBigUint64(field.address, true);
  return { tag: (flags & flag.tag) !== 0, address, high: view.getBigUint64(field.high, true) };
}

/** The address or integer of a register of a context put aside. */
export function integerIn(context: Uint8Array, index: number): bigint {
  const slot = STATE_BYTES + index * SLOT_BYTES;
  return new DataView(context.buffer, context.byteOffset + slot).getBigUint64(field.address, true);
}

/** Makes a register (1-31) of a context put aside an integer. */
export function setIntegerIn(context: Uint8Array, index: number, value: bigint): void {
  const view = new DataView(context.buffer, context.byteOffset + STATE_BYTES + index * SLOT_BYTES);
  view.setBigUint64(field.address, value, true);
  view.setUint32(field.flags, INTEGER_FLAGS, true);
}

/** Where a context put aside goes on. */
export function pcIn(context: Uint8Array): bigint {
  return new DataView(context.buffer, context.byteOffset).getBigUint64(0, true);
}

/** Lets a context put aside go on elsewhere, under the PCC it has. */
export function setPcIn(context: Uint8Array, pc: bigint): void {
  new DataView(context.buffer, context.byteOffset).setBigUint64(0, pc, true);
}

/** Where `flag.tag` is in the flags of a slot. */
const TAG_BYTE = 2;
const TAG_BIT = flag.tag >> 16;

const FOUR_TAGS = granule.tag * 0x0101_0101;
/** Granule bytes of pages that nobody has written to, as many as are looked at together. */
const PIECE = new Uint8Array(0x4000);

/** Somebody who is shown the steps of runs. It must leave the hart alone. */
export interface Recorder {
  /** A run is about to begin: registers and memory are as the host has left them. */
  begins(): void;
  /** So many steps more have been taken: their records are those of the engine, from the first. */
  ran(steps: number): void;
}

export class Hart {
  private readonly machine: Machine;
  private readonly layout: Layout;
  private readonly view: DataView;
  private readonly bytes: Uint8Array;
  private readonly words: Int32Array;
  private readonly execute: (steps: number) => number;
  private readonly record: (steps: number) => number;
  /** Shown every run to a trap, which is then taken with records, several times slower; null: nobody is. */
  recorder: Recorder | null = null;
  /** Steps that runs have taken since the hart was made. */
  taken = 0;

  /**
   * `execute` runs fetched steps and returns how many were taken: fewer only if state.exit says why. `record` does the same
   * with records, of at most as many steps as there is room for.
   */
  constructor(
    machine: Machine,
    layout: Layout,
    execute: (steps: number) => number,
    record: (steps: number) => number,
  ) {
    this.machine = machine;
    this.layout = layout;
    this.execute = execute;
    this.record = record;
    this.view = new DataView(machine.memory);
    this.bytes = new Uint8Array(machine.memory);
    this.words = new Int32Array(machine.memory);
  }

  /** A context like the present one. */
  save(into: Uint8Array = new Uint8Array(CONTEXT_BYTES)): Uint8Array {
    into.set(this.bytes.subarray(state.pc, state.pc + STATE_BYTES));
    into.set(this.bytes.subarray(REGISTERS_AT, REGISTERS_AT + 64 * SLOT_BYTES), STATE_BYTES);
    return into;
  }

  restore(context: Uint8Array): void {
    this.bytes.set(context.subarray(0, STATE_BYTES), state.pc);
    this.bytes.set(context.subarray(STATE_BYTES), REGISTERS_AT);
    // What was reserved may have been written to since.
    this.view.setUint32(state.reserved, 0, true);
    this.refresh();
  }

  get pc(): bigint {
    return this.view.getBigUint64(state.pc, true);
  }

  set pc(address: bigint) {
    this.view.setBigUint64(state.pc, address, true);
  }

  /** The address of a register (0-31) or special register (0x20 | scr). */
  integer(index: number): bigint {
    return this.view.getBigUint64(slotAt(index) + field.address, true);
  }

  setInteger(index: number, value: bigint): void {
    this.view.setBigUint64(slotAt(index) + field.address, value, true);
    this.view.setUint32(slotAt(index) + field.flags, INTEGER_FLAGS, true);
  }

  capability(index: number): Capability {
    this.machine.exports.settle(slotAt(index));
    const value = readSlot(this.view, index);
    return index === 0x20 ? { ...value, address: this.pc } : value;
  }

  /** A register put aside. */
  register(index: number): Uint8Array {
    return this.bytes.slice(slotAt(index), slotAt(index) + SLOT_BYTES);
  }

  /** Makes a register what was put aside; of PCC it sets everything but the address. */
  setRegister(index: number, value: Uint8Array): void {
    this.bytes.set(value, slotAt(index));
    this.refresh();
  }

  /** Makes one register what another is; PCC takes its address with it. */
  copy(to: number, from: number): void {
    this.bytes.copyWithin(slotAt(to), slotAt(from), slotAt(from) + SLOT_BYTES);
    if (slotAt(to) === PCC_AT) this.pc = this.integer(from);
    this.refresh();
  }

  /** Runs until a trap has been taken or the steps are used up. Returns the steps taken, the one that trapped too. */
  runToTrap(steps: number): { readonly steps: number; readonly trapped: boolean } {
    const { view } = this;
    view.setUint32(state.stopsAtTrap, 1, true);
    view.setUint32(state.exit, exit.none, true);
    const taken = this.recorder === null ? this.execute(steps) : this.recorded(steps, this.recorder);
    this.taken += taken;
    view.setUint32(state.stopsAtTrap, 0, true);
    const trapped = view.getUint32(state.exit, true) === exit.taken;
    view.setUint32(state.exit, exit.none, true);
    return { steps: taken, trapped };
  }

  private recorded(steps: number, recorder: Recorder): number {
    recorder.begins();
    let taken = 0;
    while (taken < steps && this.view.getUint32(state.exit, true) === exit.none) {
      const piece = this.record(steps - taken);
      taken += piece;
      recorder.ran(piece);
    }
    return taken;
  }

  /** Cause and value of the last trap taken. */
  trap(): { readonly cause: bigint; readonly value: bigint } {
    return {
      cause: this.view.getBigUint64(state.mcause, true),
      value: this.view.getBigUint64(state.mtval, true),
    };
  }

  /** Tags of the granules of a piece of RAM: the offsets in bytes, from its start, of those that are tagged. */
  tagsIn(address: bigint, size: number): number[] {
    const first = (Number(address - RAM_BASE) >> 4) + this.layout.granulesAt;
    const found: number[] = [];
    const end = first + (size >> 4);
    for (let at = first; at < end; at += PIECE.length) {
      const piece = this.bytes.subarray(at, Math.min(at + PIECE.length, end));
      // Most of a large piece of RAM was never written.
      if (piece.length < PIECE.length || Buffer.compare(piece, PIECE) !== 0) {
        this.eachTag(at, at + piece.length, (one) => found.push((one - first) * 16));
      }
    }
    return found;
  }

  /** Calls back with the address of each granule byte that has a tag; looks at four at a time where it can. */
  private eachTag(from: number, to: number, take: (at: number) => void): void {
    const { bytes, words } = this;
    for (let at = from; at < to; at++) {
      if ((at & 3) === 0) {
        while (at + 4 <= to && (words[at >> 2]! & FOUR_TAGS) === 0) at += 4;
        if (at === to) return;
      }
      if ((bytes[at]! & granule.tag) !== 0) take(at);
    }
  }

  /** Addresses of all tagged granules. */
  tagged(): number[] {
    const { touchedPagesAt, granulesAt } = this.layout;
    const found: number[] = [];
    const count = this.view.getUint32(state.touchedCount, true);
    for (let index = 0; index < count; index++) {
      const page = this.view.getUint32(touchedPagesAt + 4 * index, true);
      const first = granulesAt + (page << (PAGE_SHIFT - 4));
      this.eachTag(first, first + (1 << (PAGE_SHIFT - 4)), (at) =>
        found.push(Number(RAM_BASE) + (at - granulesAt) * 16),
      );
    }
    return found;
  }

  /** A piece of RAM as it is now and will be: to be looked at, never to be written. */
  ramIn(address: bigint, size: number): Uint8Array {
    const first = Number(address - RAM_BASE) + this.layout.ramAt;
    return this.bytes.subarray(first, first + size);
  }

  private refresh(): void {
    this.machine.exports.refreshFetch();
    this.machine.exports.refreshDdc();
  }
}
