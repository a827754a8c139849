/** Makes an instruction's code for any place it can stand in: the other side of the interface in operation.ts. */
import { copySlot } from "../capability/slots.ts";
import { extendU } from "../wasm/arithmetic.ts";
import { type Code, i32, type Operand, operand, type Statement, sequence } from "../wasm/code.ts";
import { call, set } from "../wasm/control.ts";
import { store32, store64 } from "../wasm/memory.ts";
import type { Locals } from "../wasm/module.ts";
import { capabilityValue } from "./access.ts";
import type { Build } from "./build.ts";
import { cause } from "./cause.ts";
import { DDC_AT, field, flag, PCC_AT, state } from "./layout.ts";
import type {
  AccessWindow,
  CapabilityFunctions,
  Instruction,
  Link,
  MachineFunctions,
  Operation,
  PccChange,
  Permission,
} from "./operation.ts";
import { granuleOf } from "./ram.ts";
import { slot } from "./record.ts";
import { BY_CAPABILITY, type Tracer } from "./tracer.ts";
import { unseal } from "./trap.ts";

/** What all instructions share. */
export interface Shared extends Build {
  readonly functions: CapabilityFunctions & MachineFunctions;
  readonly tracer: Tracer;
}

/** The place where an instruction's code goes: what it is told there, and where it can leave to. */
export interface Site {
  readonly locals: Locals;
  /** Slot address of an operand. */
  operand(name: "rd" | "rs1" | "rs2"): Code<"i32">;
  /** Whether rd is known to be x0. */
  readonly discardsRd: boolean;
  /** Whether rd is known to be rs1. */
  readonly isInPlace: boolean;
  readonly imm: Code<"i64">;
  readonly pc: Code<"i64">;
  readonly nextPc: Code<"i64">;
  readonly word: Code<"i32">;
  readonly likelyTarget: Code<"i64"> | null;
  readonly stepsLeft: Code<"i32">;
  /** Address of the step's trace record; null if steps are not traced. */
  readonly record: Code<"i32"> | null;
  /** Goes on behind the instruction. */
  retire(): Statement;
  /** Goes on at `target`; PCC has changed that far. */
  jump(target: Code<"i64">, change: PccChange): Statement;
  /** Takes the trap in state.cause and state.trapValue. */
  trap(): Statement;
  /** Told while emitting that the instruction may write RAM. */
  writesRam(): void;
  /** Told while emitting that the instruction may write registers other than rd. */
  writesOthers(): void;
  /** What the site knows of rs1: see Operation. */
  link(kind: Link): Code<"i64"> | null;
  foreseen(looks: Statement, condition: Code<"i32">): Code<"i32"> | null;
  window(permission: Permission, size: number): AccessWindow | null;
}

/** The code of one instruction at a site. */
export type Arm = (site: Site) => readonly Statement[];

/** The code of one instruction in one encoding mode. */
export function armOf(instruction: Instruction, capabilityMode: boolean, shared: Shared): Arm {
  return (site) => instruction.emit(makeOperation(instruction, capabilityMode, shared, site));
}

function makeOperation(
  instruction: Instruction,
  capabilityMode: boolean,
  shared: Shared,
  site: Site,
): Operation {
  const { layout, functions } = shared;
  const base = instruction.authority === "base" || (instruction.authority === "mode" && capabilityMode);
  const word = extendU(site.word);
  return {
    name: instruction.name,
    capabilityMode,
    locals: site.locals,
    layout,
    functions,
    get rd() {
      return site.operand("rd");
    },
    get rs1() {
      return site.operand("rs1");
    },
    get rs2() {
      return site.operand("rs2");
    },
    get authority() {
      return base ? site.operand("rs1") : i32(DDC_AT);
    },
    authorityIsDdc: !base,
    window: (permission, size) => (base ? site.window(permission, size) : null),
    discardsRd: site.discardsRd,
    isInPlace: site.isInPlace,
    imm: site.imm,
    pc: site.pc,
    nextPc: site.nextPc,
    likelyTarget: site.likelyTarget,
    link: (kind) => site.link(kind),
    foreseen: (looks, condition) => site.foreseen(looks, condition),
    stepsLeft: site.stepsLeft,
    word,
    granuleOf: (at) => granuleOf(layout, at),
    ...effects(shared, site),
    ...endings(shared, site, word),
  };
}

type Effects = Pick<
  Operation,
  | "writeInteger"
  | "wroteCapability"
  | "wroteCapabilityTo"
  | "usedAuthority"
  | "usedSource"
  | "wroteSpecial"
  | "cleared"
  | "wroteCsr"
  | "didRead"
  | "didWrite"
  | "didReadCapability"
  | "didWriteCapability"
  | "didReadTags"
>;

/** What the step did, for the record; only the integer result is more than that. */
function effects({ tracer }: Shared, site: Site): Effects {
  const note = (statement: (record: Code<"i32">) => Statement) =>
    site.record ? statement(site.record) : sequence();
  const access = (block: number, address: Code<"i64">, at: Code<"i32">, size: number) =>
    note((record) => call(tracer.access, record, i32(block), address, at, i32(size)));
  const wrote = (address: Code<"i64">, at: Code<"i32">, size: number) => {
    site.writesRam();
    return access(slot.write, address, at, size);
  };
  return {
    writeInteger: (value) => {
      const rd = site.operand("rd");
      const write = sequence(store64(rd, field.address, value), store32(rd, field.flags, flag.integer));
      return sequence(
        write,
        note((record) => call(tracer.integer, record, rd)),
      );
    },
    wroteCapability: () => note((record) => call(tracer.capability, record, site.operand("rd"))),
    wroteCapabilityTo: (to) => {
      site.writesOthers();
      return note((record) => call(tracer.capability, record, to));
    },
    usedAuthority: (used) => note((record) => call(tracer.authority, record, used)),
    usedSource: (used) => note((record) => call(tracer.source, record, used)),
    wroteSpecial: (written) => note((record) => call(tracer.special, record, written)),
    cleared: (mask) => {
      site.writesOthers();
      return note((record) => store64(record, 8 * slot.cleared, mask));
    },
    wroteCsr: (number, value) => note((record) => call(tracer.csr, record, number, value)),
    didRead: (address, at, size) => access(slot.read, address, at, size),
    didWrite: (address, at, size) => wrote(address, at, size),
    didReadCapability: (address, at) => access(slot.read, address, at, 16 | BY_CAPABILITY),
    didWriteCapability: (address, at) => wrote(address, at, 16 | BY_CAPABILITY),
    didReadTags: (address, tags) => note((record) => call(tracer.tags, record, address, tags)),
  };
}

type Endings = Pick<
  Operation,
  | "jump"
  | "installPcc"
  | "returnTo"
  | "jumpAsPcc"
  | "trap"
  | "capabilityTrap"
  | "pendingTrap"
  | "illegal"
  | "retire"
>;

function endings({ functions, tracer }: Shared, site: Site, word: Code<"i64">): Endings {
  const trap: Operation["trap"] = (code, value) =>
    sequence(store32(0, state.cause, code), store64(0, state.trapValue, value), site.trap());
  const jumpWithPcc = (target: Operand<"i64">, change: PccChange) => {
    const pc = site.locals.i64();
    const { record } = site;
    return sequence(
      set(pc, target),
      ...(record ? [call(tracer.pcc, record, pc)] : []),
      site.jump(pc, change),
    );
  };
  return {
    jump: (target) => site.jump(operand<"i64">(target), "none"),
    returnTo: (target) => jumpWithPcc(target, "whole"),
    jumpAsPcc: (target, change) => jumpWithPcc(target, change),
    installPcc: (from, target) => {
      const pc = site.locals.i64();
      return sequence(
        set(pc, target),
        ...copySlot(i32(PCC_AT), operand<"i32">(from)),
        ...unseal(PCC_AT),
        call(functions.refreshFetch),
        jumpWithPcc(pc, "whole"),
      );
    },
    trap,
    capabilityTrap: (code, at) => trap(cause.capability, capabilityValue(code, at)),
    pendingTrap: () => site.trap(),
    illegal: () => trap(cause.illegal, word),
    retire: () => site.retire(),
  };
}
