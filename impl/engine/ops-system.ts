/** Environment calls, CSR access, return from traps, fences and what is illegal (RISC-V Privileged; CHERI ISAv9). */
import { and, eq, extendU, isZero, ne, or, shrU, wrap, xor } from "../wasm/arithmetic.ts";
import { type Code, i32, type Statement } from "../wasm/code.ts";
import { call, select, set, when } from "../wasm/control.ts";
import { load32, store64 } from "../wasm/memory.ts";
import { capabilityCause, cause } from "./cause.ts";
import { csr } from "./csr.ts";
import { field, flag, MEPCC_AT, MTCC_AT, PCC_AT, REGISTERS_AT, state } from "./layout.ts";
import type { Instruction, Operation } from "./operation.ts";
import { addressOf } from "./slot-code.ts";

const isUser = (): Code<"i32"> => isZero(load32(state.privilege));

/** Traps unless PCC has Access_System_Registers. */
function needsSystemAccess(op: Operation): Statement[] {
  return [
    when(isZero(and(load32(PCC_AT, field.flags), flag.system)), [
      op.capabilityTrap(capabilityCause.system, PCC_AT),
    ]),
    op.usedAuthority(PCC_AT),
  ];
}

interface CsrForm {
  readonly name: string;
  readonly funct3: string;
  /** The value written, from the old one and the operand. */
  readonly combine: (old: Code<"i64">, given: Code<"i64">) => Code<"i64">;
  /** csrrs and csrrc with x0 or 0 do not write. */
  readonly alwaysWrites: boolean;
}

const csrForms: readonly CsrForm[] = [
  { name: "csrrw", funct3: "01", combine: (_, given) => given, alwaysWrites: true },
  { name: "csrrs", funct3: "10", combine: or, alwaysWrites: false },
  { name: "csrrc", funct3: "11", combine: (old, given) => and(old, xor(given, -1n)), alwaysWrites: false },
];

/** The immediate holds the CSR's number, and below it the five-bit operand of the immediate forms. */
const csrOps: readonly Instruction[] = csrForms.flatMap((form) => [
  {
    name: form.name,
    encodings: [`uimm[16:5] rs1[4:0] 0${form.funct3} rd[4:0] 1110011`],
    emit: (op: Operation) => accessCsr(op, form, addressOf(op.rs1), ne(op.rs1, REGISTERS_AT)),
  },
  {
    name: `${form.name}i`,
    encodings: [`uimm[16:5] uimm[4:0] 1${form.funct3} rd[4:0] 1110011`],
    emit: (op: Operation) => accessCsr(op, form, and(op.imm, 31n), ne(and(op.imm, 31n), 0n)),
  },
]);

function accessCsr(op: Operation, form: CsrForm, given: Code<"i64">, asksToWrite: Code<"i32">): Statement[] {
  const { functions } = op;
  const [number, writes] = [op.locals.i32(), op.locals.i32()];
  const [old, value] = [op.locals.i64(), op.locals.i64()];
  const special = (which: number, slot: number) => when(eq(number, which), [op.wroteSpecial(slot)]);
  return [
    set(number, wrap(shrU(op.imm, 5n))),
    set(writes, form.alwaysWrites ? i32(1) : asksToWrite),
    when(isZero(call(functions.mayAccessCsr, number, writes)), [op.illegal()]),
    ...needsSystemAccess(op),
    store64(0, state.stepsLeft, extendU(op.stepsLeft)),
    set(old, call(functions.readCsr, number)),
    when(writes, [
      set(value, call(functions.writeCsr, number, form.combine(old, given), op.nextPc)),
      op.wroteCsr(number, value),
      special(csr.mtvec, MTCC_AT),
      special(csr.mepc, MEPCC_AT),
    ]),
    op.writeInteger(old),
  ];
}

const ecall: Instruction = {
  name: "ecall",
  encodings: ["000000000000 00000 000 00000 1110011"],
  emit: (op) => [op.trap(select(isUser(), i32(cause.ecallUser), cause.ecallMachine), 0n)],
};

const ebreak: Instruction = {
  name: "ebreak",
  encodings: ["000000000001 00000 000 00000 1110011", "100 1 00000 00000 10"],
  emit: (op) => [op.trap(cause.breakpoint, op.pc)],
};

const mret: Instruction = {
  name: "mret",
  encodings: ["001100000010 00000 000 00000 1110011"],
  emit: (op) => [
    when(isUser(), [op.illegal()]),
    ...needsSystemAccess(op),
    op.usedSource(MEPCC_AT),
    op.returnTo(call(op.functions.leaveTrap)),
  ],
};

/** No interrupt is ever pending, and waiting for one may end at once. */
const wfi: Instruction = {
  name: "wfi",
  encodings: ["000100000101 00000 000 00000 1110011"],
  emit: (op) => [when(isUser(), [op.illegal()])],
};

/** Memory is coherent and ordered, decoded code too; reserved fields are ignored. */
const fence: Instruction = {
  name: "fence",
  encodings: ["_[11:0] _[4:0] 000 _[4:0] 0001111", "_[11:0] _[4:0] 001 _[4:0] 0001111"],
  emit: () => [],
};

export const systemInstructions: readonly Instruction[] = [...csrOps, ecall, mret, wfi, fence];

/** Compressed encodings that overlap others: they are decoded first. */
export const reservedEncodings: readonly Instruction[] = [
  {
    name: "illegal",
    encodings: [
      // c.addi4spn and c.cincoffset4cspn of 0; all zeros is among them.
      "000 00000000 _[2:0] 00",
      // c.lui and c.addi16sp of 0.
      "011 0 _[4:0] 00000 01",
      // c.addiw, c.lwsp, c.ldsp, c.jr with register 0.
      "001 _[0] 00000 _[4:0] 01",
      "010 _[0] 00000 _[4:0] 10",
      "011 _[0] 00000 _[4:0] 10",
      "100 0 00000 00000 10",
    ],
    emit: (op) => [op.illegal()],
  },
  ebreak,
  {
    // Shifts by 0 and additions of 0 are hints: they write nothing, not even null metadata.
    name: "c.hint",
    encodings: [
      "000 0 _[4:0] 00000 01",
      "000 0 _[4:0] 00000 10",
      "100 0 00 _[2:0] 00000 01",
      "100 0 01 _[2:0] 00000 01",
    ],
    emit: () => [],
  },
];
