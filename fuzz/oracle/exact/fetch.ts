/** Fetching: when it must trap, and which word it must give. CHERI ISAv9, instruction fetch. */
import type { Capability, Trap } from "../../../model/contract.ts";
import type { JudgedStep } from "../oracle.ts";
import { hexOf, permit, permits } from "./capability.ts";
import type { Hart } from "./hart.ts";
import { lengthOf } from "./rule.ts";
import { cause, code, outOfBounds, PCC, refusal, trapOf, unusable } from "./trap.ts";

const HALF = 2n;

/** The trap of a fetch, or null. Each half of an instruction is checked by itself. */
export function fetchTrap(step: JudgedStep, hart: Hart): Trap | null {
  const { pc } = step.before;
  const pcc = step.before.pcc;
  const refused = unusable(pcc, PCC) ?? (permits(pcc, permit.execute) ? null : refusal(PCC, code.execute));
  if (refused !== null) return refused;
  const isWhole = !hart.isFetched && pc >= pcc.base && pc + lengthOf(step.event.word) <= pcc.top;
  const first = isWhole ? null : outOfBounds(pcc, PCC, pc, HALF);
  if (first !== null) return first;
  if (!hart.isCompressed && (pc & 2n) !== 0n) return trapOf(cause.misalignedFetch, pc);
  if (hart.isFetched) return fetchedTrap(pc, pcc, hart);
  return isWhole || lengthOf(step.event.word) === HALF ? null : secondTrap(pc, pcc);
}

/** A fetch that is real finds out by the first half whether there is a second. */
function fetchedTrap(pc: bigint, pcc: Capability, hart: Hart): Trap | null {
  if (!hart.memory.contains(pc, 2)) return trapOf(cause.fetchAccess, pc);
  if (lengthOf(hart.memory.halfword(pc)) === HALF) return null;
  const second = secondTrap(pc, pcc);
  if (second !== null) return second;
  return hart.memory.contains(pc + HALF, 2) ? null : trapOf(cause.fetchAccess, pc);
}

function secondTrap(pc: bigint, pcc: Capability): Trap | null {
  return outOfBounds(pcc, PCC, BigInt.asUintN(64, pc + HALF), HALF);
}

/** A fetched word must be what lies at pc. */
export function wrongWord({ event, before }: JudgedStep, { memory }: Hart): string[] | null {
  const low = memory.halfword(before.pc);
  const high = lengthOf(low) === HALF ? 0 : memory.halfword(before.pc + HALF);
  const word = low + high * 0x1_0000;
  if (event.word === word) return null;
  return [`it fetched ${hexOf(BigInt(event.word))}, at pc lies ${hexOf(BigInt(word))}`];
}
