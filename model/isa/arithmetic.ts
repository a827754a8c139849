/**
 * Shapes of meaning that integer instructions share: operands read, a value computed, the destination
 * written.
 */

import type { Machine } from "../machine/machine.ts";
import { type Outcome, retire } from "./define.ts";

interface RegisterOperands {
  readonly rd: number;
  readonly rs1: number;
  readonly rs2: number;
}

/** rd receives what `compute` makes of rs1 and rs2, both 0 to 2^64-1; the low 64 bits of it count. */
export function onRegisters(compute: (left: bigint, right: bigint) => bigint) {
  return (machine: Machine, { rd, rs1, rs2 }: RegisterOperands): Outcome => {
    machine.writeInt(rd, compute(machine.readInt(rs1), machine.readInt(rs2)));
    return retire;
  };
}

/** As onRegisters, on the low 32 bits of the operands, which arrive signed; the result is sign-extended. */
export function onWords(compute: (left: bigint, right: bigint) => bigint) {
  return onRegisters((left, right) => signedWord(compute(signedWord(left), signedWord(right))));
}

/** rd receives what `compute` makes of rs1 and the immediate, which is signed. */
export function onImmediate(compute: (left: bigint, right: bigint) => bigint) {
  return (machine: Machine, { rd, rs1, imm }: { rd: number; rs1: number; imm: bigint }): Outcome => {
    machine.writeInt(rd, compute(machine.readInt(rs1), imm));
    return retire;
  };
}

/** rd receives what `compute` makes of rs1 and the shift amount. */
export function onShift(compute: (left: bigint, amount: bigint) => bigint) {
  return (machine: Machine, { rd, rs1, shamt }: { rd: number; rs1: number; shamt: bigint }): Outcome => {
    machine.writeInt(rd, compute(machine.readInt(rs1), shamt));
    return retire;
  };
}

/** rd receives what `compute` makes of rs1. */
export function onOne(compute: (value: bigint) => bigint) {
  return (machine: Machine, { rd, rs1 }: { rd: number; rs1: number }): Outcome => {
    machine.writeInt(rd, compute(machine.readInt(rs1)));
    return retire;
  };
}

/** 64 bits read as two's complement. */
export function signed(value: bigint): bigint {
  return BigInt.asIntN(64, value);
}

/** The low 32 bits read as two's complement. */
export function signedWord(value: bigint): bigint {
  return BigInt.asIntN(32, value);
}

/** The low 32 bits. */
export function unsignedWord(value: bigint): bigint {
  return BigInt.asUintN(32, value);
}

/** 1 or 0. */
export function bit(condition: boolean): bigint {
  return condition ? 1n : 0n;
}

export function lesser(left: bigint, right: bigint): bigint {
  return left < right ? left : right;
}

export function greater(left: bigint, right: bigint): bigint {
  return left > right ? left : right;
}
