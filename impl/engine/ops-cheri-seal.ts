/** Sealing and unsealing (CHERI ISAv9). None of these instructions traps. */
import { OTYPE_SENTRY, perm, withOtype, withoutSeal } from "../capability/format.ts";
import { and, isZero, or } from "../wasm/arithmetic.ts";
import type { Code, Statement } from "../wasm/code.ts";
import { call, choose, set } from "../wasm/control.ts";
import type { Instruction, Operation } from "./operation.ts";
import { addressOf, highOf, isSealedSlot, replaceHigh, settled, tagOf } from "./slot-code.ts";

/** Both operands complete; cs2 is the authority. */
function withAuthority(op: Operation, statements: readonly Statement[]): Statement[] {
  return [
    settled(op, op.rs1),
    settled(op, op.rs2),
    ...statements,
    op.usedAuthority(op.rs2),
    op.usedSource(op.rs1),
    op.wroteCapability(),
  ];
}

/** cs1 sealed with the low bits of cs2's address. */
function sealedHigh(op: Operation): Code<"i64"> {
  return withOtype(highOf(op.rs1), addressOf(op.rs2));
}

function maySeal({ functions, rs2 }: Operation): Code<"i32"> {
  return call(functions.maySeal, tagOf(rs2), highOf(rs2), addressOf(rs2));
}

const cseal: Instruction = {
  name: "cseal",
  encodings: ["0001011 cs2[4:0] cs1[4:0] 000 cd[4:0] 1011011"],
  emit: (op) => {
    const isOpen = and(tagOf(op.rs1), isZero(isSealedSlot(op.rs1)));
    return withAuthority(op, [replaceHigh(op, op.rs1, sealedHigh(op), and(isOpen, maySeal(op)))]);
  },
};

/** The result is global only if both operands are. */
const cunseal: Instruction = {
  name: "cunseal",
  encodings: ["0001100 cs2[4:0] cs1[4:0] 000 cd[4:0] 1011011"],
  emit: (op) => {
    const { functions, rs1, rs2 } = op;
    const global = or(highOf(rs2), ~perm.global);
    const allowed = call(functions.mayUnseal, highOf(rs1), tagOf(rs2), highOf(rs2), addressOf(rs2));
    return withAuthority(op, [
      replaceHigh(op, rs1, and(withoutSeal(highOf(rs1)), global), and(tagOf(rs1), allowed)),
    ]);
  },
};

/** Unchanged if cs2 is no usable authority for any type, or cs1 is sealed already; else as CSeal. */
const ccseal: Instruction = {
  name: "ccseal",
  encodings: ["0011111 cs2[4:0] cs1[4:0] 000 cd[4:0] 1011011"],
  emit: (op) => {
    const { functions, rs1, rs2, locals } = op;
    const passes = locals.i32();
    const high = choose(passes, highOf(rs1), sealedHigh(op));
    const tag = and(tagOf(rs1), or(passes, maySeal(op)));
    return withAuthority(op, [
      set(passes, call(functions.passesUnsealed, highOf(rs1), tagOf(rs2), highOf(rs2), addressOf(rs2))),
      replaceHigh(op, rs1, high, tag),
    ]);
  },
};

const csealentry: Instruction = {
  name: "csealentry",
  encodings: ["1111111 10001 cs1[4:0] 000 cd[4:0] 1011011"],
  emit: (op) => [
    settled(op, op.rs1),
    replaceHigh(
      op,
      op.rs1,
      withOtype(highOf(op.rs1), OTYPE_SENTRY),
      and(tagOf(op.rs1), isZero(isSealedSlot(op.rs1))),
    ),
    op.usedSource(op.rs1),
    op.wroteCapability(),
  ],
};

export const sealInstructions: readonly Instruction[] = [cseal, cunseal, ccseal, csealentry];
