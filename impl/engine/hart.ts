/**
 * The hart in the hands of a host that runs guests on it: whole contexts in and out, registers, and runs that end with
 * the first trap. What a host kernel has of a real core.
 */
import type { Capability } from "../../model/contract.ts";
import {
  exit,
  field,
  flag,
  type Layout,
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

export class Hart {
  private readonly machine: Machine;
  private readonly layout: Layout;
  private readonly view: DataView;
  private readonly bytes: Uint8Array;
  private readonly execute: (steps: number) => number;

  /** `execute` runs fetched steps and returns how many were taken: fewer only if state.exit says why. */
  constructor(machine: Machine, layout: Layout, execute: (steps: number) => number) {
    this.machine = machine;
    this.layout = layout;
    this.execute = execute;
    this.view = new DataView(machine.memory);
    this.bytes = new Uint8Array(machine.memory);
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
    const taken = this.execute(steps);
    view.setUint32(state.stopsAtTrap, 0, true);
    const trapped = view.getUint32(state.exit, true) === exit.taken;
    view.setUint32(state.exit, exit.none, true);
    return { steps: taken, trapped };
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
    for (let at = 0; at < size >> 4; at++) if ((this.bytes[first + at]! & 1) === 1) found.push(at * 16);
    return found;
  }

  private refresh(): void {
    this.machine.exports.refreshFetch();
    this.machine.exports.refreshDdc();
  }
}
