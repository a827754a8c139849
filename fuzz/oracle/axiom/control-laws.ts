/**
 * Laws of control flow: what may be executed, where jumps may lead, and what PCC becomes.
 *
 * Sources: CHERI-MIPS, S&P'20, ExecuteProp, InvokeCapProp, ExceptionProp; CHERI ISAv9, instruction fetch, CJALR,
 * CInvoke, exceptions; RISC-V Privileged, MRET.
 */
import type { Capability, CapabilityIndex, SpecialWrite } from "../../../model/contract.ts";
import { ORDINARY_MAX, permit, permits, SENTRY, UNSEALED } from "../exact/capability.ts";
import type { Held, JudgedStep } from "../oracle.ts";
import type { Opinion } from "../tally.ts";
import {
  covers,
  drawn,
  hex,
  isSameElsewhere,
  isWithin,
  MEPCC,
  MTCC,
  nameOf,
  PCC,
  resealed,
} from "./authority.ts";

/** Bytes of the smallest instruction: what a target must have room for. */
const SMALLEST = 2;
const SCR_PCC = 0;
const SCR_MEPCC = 31;
/** Exceptions go to the vector's base, whatever its mode bits say. */
const VECTOR_MODE = 3n;
/** Where the last two bytes of the address space lie. */
const END_OF_SPACE = (1n << 64n) - 2n;

/** execute: PCC is tagged, unsealed, has Execute, and covers the instruction. */
export class Execution {
  /** The PCC looked at last, and what it allows: steps share it until it is replaced. */
  #pcc: Capability | null = null;
  #isUsable = false;
  #base = 0n;
  /** The last addresses at which an instruction of four bytes, and one of two, ends within bounds. */
  #lastWide = 0n;
  #lastNarrow = 0n;

  judge({ event, before }: JudgedStep): Opinion {
    const { pcc, pc } = before;
    if (pcc !== this.#pcc) this.#look(pcc);
    const isWide = (event.word & 3) === 3;
    if (this.#isUsable && pc >= this.#base) {
      if (pc <= (isWide ? this.#lastWide : this.#lastNarrow)) return "holds";
      if (isWide && this.#wraps(pc)) return "holds";
    }
    return [
      `${isWide ? 4 : 2} bytes at ${hex(pc)} were executed under PCC, which ${whyNot(pcc)}`,
      ...drawn(before, [PCC]),
    ];
  }

  #look(pcc: Capability): void {
    this.#pcc = pcc;
    this.#isUsable = pcc.tag && pcc.otype === UNSEALED && permits(pcc, permit.execute);
    this.#base = pcc.base;
    this.#lastWide = pcc.top - 4n;
    this.#lastNarrow = pcc.top - 2n;
  }

  /** An instruction is fetched two bytes at a time; one at the end of the address space continues at its start. */
  #wraps(pc: bigint): boolean {
    return pc === END_OF_SPACE && pc <= this.#lastNarrow && this.#base === 0n;
  }
}

function whyNot(pcc: Capability): string {
  if (!pcc.tag) return "is untagged";
  if (pcc.otype !== UNSEALED) return "is sealed";
  return permits(pcc, permit.execute) ? "does not cover them" : "lacks Execute";
}

/** jump: the target lies within PCC. A branch that claims no authority goes on. */
export function targetIsWithinPcc({ event, before }: JudgedStep): Opinion {
  const { pcAfter, authority, word } = event;
  if (authority === null) {
    const next = BigInt.asUintN(64, before.pc + ((word & 3) === 3 ? 4n : 2n));
    if (pcAfter === next) return "vacuous";
    return [`${hex(pcAfter)} was jumped to under nobody's authority`, ...drawn(before, [PCC])];
  }
  if (covers(before.pcc, pcAfter, SMALLEST)) return "holds";
  return [`PCC does not cover ${hex(pcAfter)}, which was jumped to`, ...drawn(before, [PCC])];
}

/** jump_capability: PCC becomes the target, unsealed if it was a sentry (which allows no offset). */
export function pccIsTarget(step: JudgedStep): Opinion {
  const { event, before, operands } = step;
  const { authority, specials, pcAfter } = event;
  if (authority === null) return "vacuous";
  const target = before.capability(authority);
  const isSentry = target.otype === SENTRY && (operands["imm"] ?? 0) === 0;
  const wrong = !target.tag
    ? "is untagged"
    : target.otype !== UNSEALED && !isSentry
      ? "is sealed"
      : permits(target, permit.execute)
        ? null
        : "lacks Execute";
  if (wrong !== null) {
    return [`PCC was replaced by ${nameOf(authority)}, which ${wrong}`, ...drawn(before, [authority])];
  }
  return entered(before, authority, target, specials, pcAfter);
}

/** PCC was replaced by this capability, unsealed, at a target within it. */
function entered(
  held: Held,
  index: CapabilityIndex,
  target: Capability,
  specials: readonly SpecialWrite[],
  pcAfter: bigint,
): Opinion {
  const pcc = specials.find(({ scr }) => scr === SCR_PCC)?.value;
  if (pcc === undefined) return [`PCC was not replaced by ${nameOf(index)}`, ...drawn(held, [index])];
  if (!covers(target, pcAfter, SMALLEST)) {
    return [`${nameOf(index)} does not cover ${hex(pcAfter)}, which was jumped to`, ...drawn(held, [index])];
  }
  if (pcc.address === pcAfter && isSameElsewhere(pcc, resealed(target, UNSEALED))) return "holds";
  return [`PCC is not ${nameOf(index)} without its seal`, ...drawn(held, [index], { "PCC after": pcc })];
}

/** invoke: a pair sealed with one ordinary type, both with CInvoke, one executable; both halves come unsealed. */
export function pairIsInvoked({ event, before, operands }: JudgedStep): Opinion {
  const [cs1, cs2] = [operands["cs1"]!, operands["cs2"]!];
  const code = before.capability(cs1);
  const data = before.capability(cs2);
  const wrong = pairFault(code, data);
  if (wrong !== null)
    return [`${nameOf(cs1)} and ${nameOf(cs2)} were invoked: ${wrong}`, ...drawn(before, [cs1, cs2])];

  const opinion = entered(before, cs1, code, event.specials, event.pcAfter);
  if (opinion !== "holds") return opinion;
  const { register } = event;
  if (register?.kind === "capability" && isData(register.value, data)) return "holds";
  const received: Record<string, Capability> =
    register?.kind === "capability" ? { received: register.value } : {};
  return [`c31 is not ${nameOf(cs2)} without its seal`, ...drawn(before, [cs2], received)];
}

function isData(value: Capability, data: Capability): boolean {
  return value.address === data.address && isSameElsewhere(value, resealed(data, UNSEALED));
}

function pairFault(code: Capability, data: Capability): string | null {
  if (!code.tag || !data.tag) return "both must be tagged";
  if (code.otype !== data.otype) return "their types differ";
  if (code.otype > ORDINARY_MAX) return "they are not sealed with an ordinary type";
  if (!permits(code, permit.cinvoke) || !permits(data, permit.cinvoke)) return "both must have CInvoke";
  if (!permits(code, permit.execute)) return "the first lacks Execute";
  return permits(data, permit.execute) ? "the second has Execute" : null;
}

/** return: PCC becomes MEPCC, or less; a sentry loses its seal, any other seal stays. */
export function pccIsMepcc({ event, before }: JudgedStep): Opinion {
  const pcc = event.specials.find(({ scr }) => scr === SCR_PCC)?.value;
  if (before.mode !== 3) return [`a return from a trap in mode ${before.mode}`];
  if (pcc === undefined) return ["PCC was not replaced by MEPCC"];
  const mepcc = before.capability(MEPCC);
  if (!pcc.tag) return "vacuous";
  const otype = mepcc.otype === SENTRY ? UNSEALED : mepcc.otype;
  if (mepcc.tag && pcc.otype === otype && isWithin(pcc, mepcc)) return "holds";
  return [
    "PCC is not MEPCC, as it is or without the seal of a sentry",
    ...drawn(before, [MEPCC], { "PCC after": pcc }),
  ];
}

/** exception: MEPCC receives PCC where it was, PCC receives MTCC, and nothing else happens. */
export function trapIsEntered({ event, before }: JudgedStep): Opinion {
  const { specials, pcAfter } = event;
  const [epcc, pcc] = specials;
  if (specials.length !== 2 || epcc?.scr !== SCR_MEPCC || pcc?.scr !== SCR_PCC) {
    return ["a trap replaces MEPCC and PCC, in this order, and nothing else"];
  }
  if (epcc.value.address !== before.pc || !isSameElsewhere(epcc.value, before.pcc)) {
    return ["MEPCC is not PCC where the trap was", ...drawn(before, [PCC], { "MEPCC after": epcc.value })];
  }
  const vector = before.capability(MTCC);
  const isVector = pcc.value.address === (vector.address & ~VECTOR_MODE) && pcAfter === pcc.value.address;
  if (isVector && isSameElsewhere(pcc.value, vector)) return "holds";
  return ["PCC is not MTCC at its base", ...drawn(before, [MTCC], { "PCC after": pcc.value })];
}

/** never_retires: the instruction, or the word that is none, can only trap. */
export function neverRetires({ event, name }: JudgedStep): Opinion {
  return event.trap === null ? [`${name} retired, and can only trap`] : "holds";
}
