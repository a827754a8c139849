/** A rule says of one instruction when it must trap, and what it must have done when it did not. */
import type { Capability, StepEvent, Trap } from "../../../model/contract.ts";
import type { Held, JudgedStep } from "../oracle.ts";
import { areSame, differences, hexOf } from "./capability.ts";
import type { Clause } from "./clauses.ts";
import type { Hart } from "./hart.ts";

export type Operands = Readonly<Record<string, number>>;

/** Kinds of effects of a step, as a set. */
export const effect = { register: 1, read: 2, write: 4, csr: 8, specials: 16, cleared: 32 } as const;

export interface Rule {
  readonly clause: Clause;
  /** The effects that the instruction may have; with any other its step is wrong. */
  readonly effects: number;
  /** Says itself where the program goes on. */
  readonly isJump: boolean;
  /** The trap that the instruction must take after it was fetched and decoded, or null. */
  readonly trap: ((step: JudgedStep, hart: Hart) => Trap | null) | null;
  /** What is wrong with a step that retired, one line each; null if nothing. */
  readonly wrong: (step: JudgedStep, hart: Hart) => string[] | null;
  /** What a retired step means for what is known of the hart, beyond what every step tells. */
  readonly follow: ((step: JudgedStep, hart: Hart) => void) | null;
}

/** The effects that a step reports. */
export function effectsOf({ register, read, write, csr, specials, cleared }: StepEvent): number {
  let seen = 0;
  if (register !== null) seen |= effect.register;
  if (read !== null) seen |= effect.read;
  if (write !== null) seen |= effect.write;
  if (csr !== null) seen |= effect.csr;
  if (specials.length !== 0) seen |= effect.specials;
  if (cleared !== 0) seen |= effect.cleared;
  return seen;
}

/** A register as a whole, where c0 stands for DDC. */
export function orDdc(held: Held, index: number): Capability {
  return held.capability(index === 0 ? 0x21 : index);
}

/** The instruction's size in bytes. */
export function lengthOf(word: number): bigint {
  return (word & 3) === 3 ? 4n : 2n;
}

/** The address of the next instruction. */
export function following({ event, before }: JudgedStep): bigint {
  return BigInt.asUintN(64, before.pc + lengthOf(event.word));
}

/** rd must have received this integer; x0 receives nothing. */
export function wrongInteger({ register }: StepEvent, rd: number, value: bigint): string[] | null {
  if (rd === 0) return register === null ? null : ["x0 was written"];
  if (register === null) return [`x${rd} was not written, must receive ${hexOf(value)}`];
  if (register.kind === "integer" && register.index === rd && register.value === value) return null;
  if (register.kind === "capability") return [`c${register.index} received a capability, must be an integer`];
  return [`x${register.index} received ${hexOf(register.value)}, x${rd} must receive ${hexOf(value)}`];
}

/** cd must have received this capability; c0 receives nothing. */
export function wrongCapability({ register }: StepEvent, cd: number, value: Capability): string[] | null {
  if (cd === 0) return register === null ? null : ["c0 was written"];
  if (register === null) return [`c${cd} was not written`];
  if (register.kind !== "capability") return [`x${register.index} received an integer, must be a capability`];
  if (register.index !== cd) return [`c${register.index} was written, must be c${cd}`];
  return areSame(register.value, value) ? null : differences(`c${cd}`, register.value, value);
}

/** The next instruction must be at this address. */
export function wrongTarget({ pcAfter }: StepEvent, target: bigint): string[] | null {
  return pcAfter === target ? null : [`pc is ${hexOf(pcAfter)}, must be ${hexOf(target)}`];
}
