/**
 * Laws of system registers, and of what an event may tell at all.
 *
 * Sources: CHERI ISAv9, special capability registers and Access_System_Registers; T-CHERI (Morello, ESOP'22), read_reg
 * and write_reg; CHERI-MIPS, S&P'20, SpecialRegisterProp; RISC-V Privileged, CSR address ranges.
 */
import type { StepEvent } from "../../../model/contract.ts";
import { permit, permits } from "../exact/capability.ts";
import type { JudgedStep } from "../oracle.ts";
import type { Opinion } from "../tally.ts";
import { drawn, hex, nameOf, PCC } from "./authority.ts";
import { isRestricted } from "./derivation-laws.ts";
import type { Label } from "./label.ts";

/** PCC and DDC are everybody's; the greater numbers are privileged. */
const SCR_DDC = 1;
/** The least privilege that a special register needs; registers that are missing do not exist. */
const privileges: ReadonlyMap<number, number> = new Map([
  [0, 0],
  [1, 0],
  [12, 1],
  [13, 1],
  [14, 1],
  [15, 1],
  [28, 3],
  [29, 3],
  [30, 3],
  [31, 3],
]);

/** read_reg: privileged registers are read only if PCC has Access_System_Registers. */
export function readIsPermitted(step: JudgedStep): Opinion {
  const { scr } = step.operands;
  return scr !== undefined && scr <= SCR_DDC ? "vacuous" : mayAccess(step);
}

/** write_reg: and so they are written, but for exceptions. */
export function writeIsPermitted(step: JudgedStep): Opinion {
  const { csr, specials } = step.event;
  let writes = csr !== null;
  for (let at = 0; at < specials.length; at++) writes ||= specials[at]!.scr > SCR_DDC;
  return writes ? mayAccess(step) : "vacuous";
}

function mayAccess({ before }: JudgedStep): Opinion {
  if (permits(before.pcc, permit.system)) return "holds";
  return ["PCC lacks Access_System_Registers, and a system register was accessed", ...drawn(before, [PCC])];
}

/** special_register: it exists, the mode suffices, and both that come and go are copies or less. */
export function specialIsAccessed(step: JudgedStep): Opinion {
  const { event, before, operands } = step;
  const scr = operands["scr"]!;
  const privilege = privileges.get(scr);
  if (privilege === undefined) return [`special register ${scr} does not exist`];
  if (event.mode < privilege) return [`${nameOf(0x20 | scr)} was accessed in mode ${event.mode}`];
  const [written] = event.specials;
  if (written?.value.tag === true) {
    const opinion = isRestricted(before, written.value, event.source);
    if (opinion !== "holds") return opinion;
  }
  const { register } = event;
  if (register?.kind !== "capability" || !register.value.tag) return "holds";
  return isRestricted(before, register.value, 0x20 | scr);
}

/** system_register: the mode suffices, it may be written, and a view of a special register gives it nothing. */
export function csrIsAccessed({ event, before, operands }: JudgedStep): Opinion {
  const number = operands["csr"]!;
  const { csr, mode, specials } = event;
  if (((number >> 8) & 3) > mode) return [`CSR ${csrText(number)} was accessed in mode ${mode}`];
  if (csr !== null && csr.number !== number)
    return [`CSR ${csrText(csr.number)} was written, not ${csrText(number)}`];
  if (csr !== null && number >> 10 === 3) return [`CSR ${csrText(number)} is read-only, and was written`];
  const [viewed] = specials;
  if (viewed === undefined || !viewed.value.tag) return "holds";
  return isRestricted(before, viewed.value, 0x20 | viewed.scr);
}

/** clear: the registers named become null, and nothing else. */
export function clearsWhatItNames({ event, operands }: JudgedStep): Opinion {
  const named = (operands["m"]! << (8 * operands["q"]!)) >>> 0;
  if (event.cleared >>> 0 !== named) {
    return [
      `registers ${hex(BigInt(event.cleared >>> 0))} were cleared, the mask names ${hex(BigInt(named))}`,
    ];
  }
  const isTagged = event.specials.some(({ value }) => value.tag);
  return isTagged ? ["a cleared register is tagged"] : "holds";
}

/** claimed_authority: the capability whose fields were checked is the one that the instruction's form names. */
export function authorityIsRight(step: JudgedStep, { authority }: Label): Opinion {
  const claimed = step.event.authority;
  if (authority === null && claimed === null) return "vacuous";
  return isRight(step, claimed, authority?.(step) ?? null, "authority");
}

/** claimed_source: and so is the capability that was copied or derived. */
export function sourceIsRight(step: JudgedStep, { source }: Label): Opinion {
  const claimed = step.event.source;
  if (source === null && claimed === null) return "vacuous";
  return isRight(step, claimed, source?.(step) ?? null, "source");
}

function isRight(
  { name }: JudgedStep,
  claimed: number | null,
  expected: number | null,
  role: string,
): Opinion {
  if (claimed === expected) return claimed === null ? "vacuous" : "holds";
  const text = (index: number | null): string => (index === null ? "nobody" : nameOf(index));
  return [`${text(claimed)} is claimed as the ${role}; for ${name} it is ${text(expected)}`];
}

/** covered: the step wrote nothing but what the label names. */
export function isCovered(step: JudgedStep, label: Label): Opinion {
  const { register, cleared, csr, specials } = step.event;
  if (register !== null) {
    const wrong = wrongRegister(step, label, register);
    if (wrong !== null) return [wrong];
  }
  if (cleared !== 0 && label.intentions[0] !== "clear") return ["it cleared registers, which it cannot"];
  if (csr !== null && label.intentions[0] !== "system_register") return ["it wrote a CSR, which it cannot"];
  for (let at = 0; at < specials.length; at++) {
    const { scr } = specials[at]!;
    if (at > 0 || !label.replaces(step, scr)) return [`it replaced ${nameOf(0x20 | scr)}, which it cannot`];
  }
  return "holds";
}

function wrongRegister(
  step: JudgedStep,
  { destination, result }: Label,
  register: NonNullable<StepEvent["register"]>,
): string | null {
  const index = destination === null ? 0 : destination(step);
  if (register.index !== index || index === 0 || result === "nothing") {
    return `it wrote ${nameOf(register.index)}, which it cannot`;
  }
  if ((register.kind === "integer") !== (result === "integer")) {
    return `${nameOf(index)} received ${register.kind === "integer" ? "an integer" : "a capability"}, which it cannot`;
  }
  if (result === "status" && register.kind === "capability" && register.value.tag) {
    return `${nameOf(index)} received a tag with the status of a store`;
  }
  return null;
}

function csrText(number: number): string {
  return `0x${number.toString(16)}`;
}
