/** Makes an instruction's code for one variant of the run loop: the other side of the interface in operation.ts. */
import { copySlot } from "../capability/slots.ts";
import { add, extendU } from "../wasm/arithmetic.ts";
import { type Code, i32, type Local, operand, type Statement, sequence } from "../wasm/code.ts";
import { br, call, set } from "../wasm/control.ts";
import { load8uTo64, load16u, load32, load32sTo64, store32, store64 } from "../wasm/memory.ts";
import type { Locals } from "../wasm/module.ts";
import { capabilityValue } from "./access.ts";
import type { Build } from "./build.ts";
import { cause } from "./cause.ts";
import { DDC_AT, field, flag, operationField, PCC_AT, state } from "./layout.ts";
import type { CapabilityFunctions, Instruction, MachineFunctions, Operation } from "./operation.ts";
import { granuleOf } from "./ram.ts";
import { slot } from "./record.ts";
import { type Arm, type Exits, type Registers, type Variant, wordAt, wordOf } from "./run-loop.ts";
import { BY_CAPABILITY, type Tracer } from "./tracer.ts";
import { unseal } from "./trap.ts";

/** What all instructions share. */
export interface Shared extends Build {
  readonly functions: CapabilityFunctions & MachineFunctions;
  readonly tracer: Tracer;
}

/** The code of one instruction in one encoding mode, for any variant. */
export function armOf(instruction: Instruction, capabilityMode: boolean, shared: Shared): Arm {
  return (variant, locals, registers, exits) => {
    const operands = new Operands(locals, registers.decoded);
    const operation = makeOperation(instruction, capabilityMode, shared, {
      variant,
      locals,
      registers,
      exits,
      operands,
    });
    const body = instruction.emit(operation);
    return [...operands.prelude(), ...body];
  };
}

/** Slot addresses of the decoded operands, each loaded once, and only if the emitter asks for it. */
class Operands {
  private readonly loaded = new Map<"rd" | "rs1" | "rs2", Local<"i32">>();
  private readonly locals: Locals;
  private readonly decoded: Local<"i32">;

  constructor(locals: Locals, decoded: Local<"i32">) {
    this.locals = locals;
    this.decoded = decoded;
  }

  get(name: "rd" | "rs1" | "rs2"): Local<"i32"> {
    const known = this.loaded.get(name);
    if (known) return known;
    const local = this.locals.i32();
    this.loaded.set(name, local);
    return local;
  }

  prelude(): Statement[] {
    return [...this.loaded].map(([name, local]) => set(local, load16u(this.decoded, operationField[name])));
  }
}

interface Here {
  readonly variant: Variant;
  readonly locals: Locals;
  readonly registers: Registers;
  readonly exits: Exits;
  readonly operands: Operands;
}

function makeOperation(
  instruction: Instruction,
  capabilityMode: boolean,
  shared: Shared,
  here: Here,
): Operation {
  const { layout, functions } = shared;
  const { locals, registers, operands } = here;
  const { pc, decoded, left } = registers;
  const base = instruction.authority === "base" || (instruction.authority === "mode" && capabilityMode);
  const nextPc = add(pc, load8uTo64(decoded, operationField.length));
  const word = here.variant.injected ? wordOf(load32(registers.cursor)) : wordAt(layout, pc);
  return {
    name: instruction.name,
    capabilityMode,
    locals,
    layout,
    functions,
    get rd() {
      return operands.get("rd");
    },
    get rs1() {
      return operands.get("rs1");
    },
    get rs2() {
      return operands.get("rs2");
    },
    get authority() {
      return base ? operands.get("rs1") : i32(DDC_AT);
    },
    authorityIsDdc: !base,
    imm: load32sTo64(decoded, operationField.imm),
    pc,
    nextPc,
    stepsLeft: left,
    word: extendU(word),
    granuleOf: (at) => granuleOf(layout, at),
    fault: (id) => shared.fault(id),
    ...effects(shared, here),
    ...endings(shared, here, extendU(word)),
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
function effects({ tracer }: Shared, { variant, registers, operands }: Here): Effects {
  const { record } = registers;
  const note = (statement: () => Statement) => (variant.traced ? statement() : sequence());
  const access = (block: number, address: Code<"i64">, at: Code<"i32">, size: number) =>
    note(() => call(tracer.access, record, i32(block), address, at, i32(size)));
  return {
    writeInteger: (value) => {
      const rd = operands.get("rd");
      const write = sequence(store64(rd, field.address, value), store32(rd, field.flags, flag.integer));
      return variant.traced ? sequence(write, call(tracer.integer, record, rd)) : write;
    },
    wroteCapability: () => note(() => call(tracer.capability, record, operands.get("rd"))),
    wroteCapabilityTo: (to) => note(() => call(tracer.capability, record, to)),
    usedAuthority: (used) => note(() => call(tracer.authority, record, used)),
    usedSource: (used) => note(() => call(tracer.source, record, used)),
    wroteSpecial: (written) => note(() => call(tracer.special, record, written)),
    cleared: (mask) => note(() => store64(record, 8 * slot.cleared, mask)),
    wroteCsr: (number, value) => note(() => call(tracer.csr, record, number, value)),
    didRead: (address, at, size) => access(slot.read, address, at, size),
    didWrite: (address, at, size) => access(slot.write, address, at, size),
    didReadCapability: (address, at) => access(slot.read, address, at, 16 | BY_CAPABILITY),
    didWriteCapability: (address, at) => access(slot.write, address, at, 16 | BY_CAPABILITY),
    didReadTags: (address, tags) => note(() => call(tracer.tags, record, address, tags)),
  };
}

type Endings = Pick<
  Operation,
  "jump" | "installPcc" | "returnTo" | "trap" | "capabilityTrap" | "pendingTrap" | "illegal" | "retire"
>;

function endings(
  { functions, tracer, fault }: Shared,
  { variant, registers, exits }: Here,
  word: Code<"i64">,
): Endings {
  const { pc, record } = registers;
  const trap: Operation["trap"] = (code, value) =>
    sequence(store32(0, state.cause, code), store64(0, state.trapValue, value), br(exits.trapped));
  const returnTo: Operation["returnTo"] = (target) =>
    sequence(set(pc, target), ...(variant.traced ? [call(tracer.pcc, record, pc)] : []), br(exits.jumped));
  return {
    jump: (target) => sequence(set(pc, target), br(exits.jumped)),
    returnTo,
    installPcc: (from, target) =>
      sequence(
        set(pc, target),
        ...copySlot(i32(PCC_AT), operand<"i32">(from)),
        ...(fault("S14") ? [] : unseal(PCC_AT)),
        call(functions.refreshFetch),
        returnTo(pc),
      ),
    trap,
    capabilityTrap: (code, at) => trap(cause.capability, capabilityValue(code, at)),
    pendingTrap: () => br(exits.trapped),
    illegal: () => trap(cause.illegal, word),
    retire: () => br(exits.sequential),
  };
}
