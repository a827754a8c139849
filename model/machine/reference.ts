/**
 * The reference machine: the contract of a machine under test, carried out by the definitions of model/isa.
 */

import { nullCapability, rootCapability } from "../capability/index.ts";
import type {
  Capability,
  MachineState,
  MachineUnderTest,
  Privilege,
  Start,
  StepEvent,
  Trap,
} from "../contract.ts";
import { decode } from "../isa/index.ts";
import { illegal } from "./causes.ts";
import { currentPcc, setPcc } from "./control.ts";
import { MISA_RESET, MSTATUS_RESET, storedCsrs } from "./csrs.ts";
import { fetch, fetchTrap } from "./fetch.ts";
import { beginEvent, createMachine, type Machine, scr } from "./machine.ts";
import { createMemory, type Ram } from "./memory.ts";
import { specialNumbers } from "./specials.ts";
import { takeTrap } from "./traps.ts";

const RAM_BASE = 0x80000000n;
const RAM_SIZE = 8 * 2 ** 20;

export interface ModelOptions {
  /** Bytes of RAM, a multiple of 1024. Default 8 MiB. */
  readonly ramSize?: number;
}

/** The reference machine, with its live state in reach of a generator that looks before it chooses. */
export interface Model extends MachineUnderTest {
  /** A register as a whole; an integer is a null capability with that address. */
  readonly registers: (index: number) => Capability;
  /** A special register as it is held; PCC has the current pc as its address. */
  readonly special: (number: number) => Capability;
  readonly pc: () => bigint;
  readonly mode: () => Privilege;
  readonly capabilityMode: () => boolean;
  /** The tag of the granule an address in RAM lies in. */
  readonly tagAt: (address: bigint) => boolean;
}

/** A reference machine, reset to the `dii` start. */
export function createModel(options: ModelOptions = {}): Model {
  const memory = createMemory(RAM_BASE, options.ramSize ?? RAM_SIZE);
  const machine = createMachine(memory);
  let order = 0;

  function requireRam(address: bigint, size: number): void {
    if (!memory.contains(address, size)) {
      throw new RangeError(`no RAM at 0x${address.toString(16)} for ${size} bytes`);
    }
  }

  const model: Model = {
    name: "model",
    ramBase: memory.base,
    ramSize: memory.size,
    reset(start) {
      reset(machine, start);
      memory.clear();
      order = 0;
    },
    load(address, bytes) {
      requireRam(address, bytes.length);
      memory.load(address, bytes);
    },
    inject: (word) => step(machine, order++, word),
    step: () => step(machine, order++, null),
    state: () => stateOf(machine, memory),
    peek(address, size) {
      requireRam(address, size);
      return memory.peek(address, size);
    },
    registers: machine.readCap,
    special: (number) => specialOf(machine, number),
    pc: () => machine.pc,
    mode: () => machine.privilege,
    capabilityMode: () => machine.capabilityMode,
    tagAt(address) {
      requireRam(address, 1);
      return memory.tagAt(address);
    },
  };
  model.reset({ preset: "dii" });
  return model;
}

function reset(machine: Machine, { preset }: Start): void {
  machine.setRegisters(preset === "dii" ? rootCapability : nullCapability);
  machine.pc = RAM_BASE;
  machine.nextPc = RAM_BASE;
  setPcc(machine, rootCapability);
  machine.ddc = rootCapability;
  machine.privilege = 3;
  for (const number of specialNumbers) {
    const vector = number === scr.mtcc || number === scr.mepcc || number === scr.stcc || number === scr.sepcc;
    machine.specials[number] = vector ? rootCapability : nullCapability;
  }
  machine.csrs = {
    mstatus: MSTATUS_RESET,
    misa: MISA_RESET,
    mie: 0n,
    mcounteren: 0n,
    mscratch: 0n,
    mcause: 0n,
    mtval: 0n,
  };
  machine.compressed = true;
  for (const counter of [machine.cycles, machine.retired]) {
    counter.steps = 0;
    counter.offset = 0n;
  }
  machine.reservation = null;
}

/** One step: of an injected word, or of the word at pc. */
export function step(machine: Machine, order: number, injected: number | null): StepEvent {
  const effects = beginEvent(order, machine.privilege, machine.pc);
  machine.effects = effects;

  const taken = (injected === null ? fetch(machine) : inject(machine, injected)) ?? execute(machine);
  if (taken === null) machine.retired.steps++;
  else takeTrap(machine, taken);
  machine.cycles.steps++;
  machine.pc = machine.nextPc;

  effects.word = machine.word;
  effects.pcAfter = machine.nextPc;
  return effects;
}

/** Takes a word instead of fetching it, after the checks of a fetch. */
function inject(machine: Machine, given: number): Trap | null {
  const wide = (given & 3) === 3;
  machine.word = wide ? unsigned(given) : given & 0xffff;
  return fetchTrap(machine, wide ? 4 : 2);
}

function unsigned(word: number): number {
  return word < 0 ? word + 2 ** 32 : word;
}

function execute(machine: Machine): Trap | null {
  const { word } = machine;
  const narrow = (word & 3) !== 3;
  if (narrow && !machine.compressed) return illegal(machine);
  const decoded = decode(word, machine.capabilityMode);
  if (decoded === null) return illegal(machine);

  machine.nextPc = BigInt.asUintN(64, machine.pc + (narrow ? 2n : 4n));
  return decoded.instruction.execute(machine, decoded.operands);
}

function specialOf(machine: Machine, number: number): Capability {
  if (number === scr.pcc) return currentPcc(machine);
  return number === scr.ddc ? machine.ddc : machine.specials[number]!;
}

function stateOf(machine: Machine, memory: Ram): MachineState {
  return {
    pc: machine.pc,
    mode: machine.privilege,
    registers: Array.from({ length: 32 }, (_, index) => machine.readCap(index)),
    specials: specialNumbers.map((number) => ({ scr: number, value: specialOf(machine, number) })),
    csrs: storedCsrs.map(([number, name]) => ({ number, value: machine.csrs[name] })),
    reservation: machine.reservation,
    memory: memory.granules(),
  };
}
