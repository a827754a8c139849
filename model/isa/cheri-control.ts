/** Xcheri: jumps to capabilities, and the capability-mode forms of AUIPC, JAL and JALR. */

import {
  hasReservedOtype,
  inBounds,
  isSealed,
  isSentry,
  permission,
  permits,
  unseal,
  withAddressExact,
} from "../capability/index.ts";
import type { Capability, Trap } from "../contract.ts";
import { capabilityTrap, violation } from "../machine/causes.ts";
import {
  currentPcc,
  enter,
  jump,
  jumpAndLink,
  linkCapability,
  misalignedTarget,
} from "../machine/control.ts";
import { type Machine, PCC } from "../machine/machine.ts";
import { derive } from "./cheri-derive.ts";
import { define, type Outcome } from "./define.ts";

/** The register that receives the data half of an invoked pair. */
const INVOKED_DATA = 31;
/** Bytes of the smallest instruction. */
const SMALLEST = 2;

/** cd receives PCC with the address pc + imm, by the exact representability check. */
export const auipcc = define({
  name: "auipcc",
  pattern: "imm[31:12] cd[4:0] 0010111",
  syntax: "cd, imm",
  manual: "CHERI ISAv9, AUIPCC",
  mode: "capability",
  execute(machine, { cd, imm }) {
    const pcc = currentPcc(machine);
    return derive(machine, cd, withAddressExact(pcc, BigInt.asUintN(64, machine.pc + imm)), PCC);
  },
});

/** Jumps within PCC; cd receives a sentry to the next instruction. */
export const cjal = define({
  name: "cjal",
  pattern: "imm[20|10:1|11|19:12] cd[4:0] 1101111",
  syntax: "cd, .+imm",
  manual: "CHERI ISAv9, CJAL",
  mode: "capability",
  execute(machine, { cd, imm }) {
    const link = linkCapability(machine);
    return jump(machine, BigInt.asUintN(64, machine.pc + imm)) ?? derive(machine, cd, link, PCC);
  },
});

/** Jumps to cs1 + imm under cs1, unsealed if it is a sentry; cd receives a sentry to the next instruction. */
export const cjalr = define({
  name: "cjalr",
  pattern: "imm[11:0] cs1[4:0] 000 cd[4:0] 1100111",
  syntax: "cd, imm(cs1)",
  manual: "CHERI ISAv9, CJALR",
  mode: "capability",
  execute: (machine, { cd, cs1, imm }) => jumpToCapability(machine, cd, cs1, imm),
});

export const jalrCap = define({
  name: "jalr.cap",
  pattern: "1111111 01100 cs1[4:0] 000 cd[4:0] 1011011",
  syntax: "cd, cs1",
  manual: "CHERI ISAv9, JALR.CAP",
  execute: (machine, { cd, cs1 }) => jumpToCapability(machine, cd, cs1, 0n),
});

/** JALR of integer mode, in either mode. */
export const jalrPcc = define({
  name: "jalr.pcc",
  pattern: "1111111 10100 rs1[4:0] 000 rd[4:0] 1011011",
  syntax: "rd, rs1",
  manual: "CHERI ISAv9, JALR.PCC",
  execute: (machine, { rd, rs1 }) => jumpAndLink(machine, rd, machine.readInt(rs1) & ~1n),
});

export const cCjr = define({
  name: "c.cjr",
  pattern: "1000 cs1[4:0] 00000 10",
  syntax: "cs1",
  manual: "CHERI ISAv9, C.CJR",
  mode: "capability",
  except: { cs1: [0] },
  execute: (machine, { cs1 }) => jumpToCapability(machine, 0, cs1, 0n),
});

export const cCjalr = define({
  name: "c.cjalr",
  pattern: "1001 cs1[4:0] 00000 10",
  syntax: "cs1",
  manual: "CHERI ISAv9, C.CJALR",
  mode: "capability",
  except: { cs1: [0] },
  execute: (machine, { cs1 }) => jumpToCapability(machine, 1, cs1, 0n),
});

/** CJALR: tag, seal (a sentry is allowed, without an offset), permission, alignment, bounds; then the link. */
function jumpToCapability(machine: Machine, cd: number, cs1: number, offset: bigint): Outcome {
  const source = machine.readCap(cs1);
  const target = targetOf(source.address + offset);
  if (!source.tag) return capabilityTrap(violation.tag, cs1);
  if (isSealed(source) && !(isSentry(source) && offset === 0n)) return capabilityTrap(violation.seal, cs1);
  if (!permits(source, permission.execute)) return capabilityTrap(violation.permitExecute, cs1);
  const refused = targetTrap(machine, source, cs1, target);
  if (refused !== null) return refused;

  const link = linkCapability(machine);
  enter(machine, unseal(source), target);
  machine.effects.authority = cs1;
  return derive(machine, cd, link, cs1);
}

/**
 * Enters a protection domain: cs1 (code) and cs2 (data) are sealed with the same ordinary type. PCC receives cs1
 * and c31 receives cs2, both unsealed.
 */
export const cinvoke = define({
  name: "cinvoke",
  pattern: "1111110 cs2[4:0] cs1[4:0] 000 00001 1011011",
  syntax: "cs1, cs2",
  manual: "CHERI ISAv9, CInvoke",
  execute(machine, { cs1, cs2 }) {
    const code = machine.readCap(cs1);
    const data = machine.readCap(cs2);
    const target = targetOf(code.address);
    const refused = pairTrap(code, data, cs1, cs2) ?? targetTrap(machine, code, cs1, target);
    if (refused !== null) return refused;

    enter(machine, unseal(code), target);
    machine.effects.authority = cs2;
    return derive(machine, INVOKED_DATA, unseal(data), cs1);
  },
});

/** The checks of a sealed pair, in their order. */
function pairTrap(code: Capability, data: Capability, cs1: number, cs2: number): Trap | null {
  if (!code.tag) return capabilityTrap(violation.tag, cs1);
  if (!data.tag) return capabilityTrap(violation.tag, cs2);
  if (hasReservedOtype(code)) return capabilityTrap(violation.seal, cs1);
  if (hasReservedOtype(data)) return capabilityTrap(violation.seal, cs2);
  if (code.otype !== data.otype) return capabilityTrap(violation.type, cs1);
  if (!permits(code, permission.cinvoke)) return capabilityTrap(violation.permitCInvoke, cs1);
  if (!permits(data, permission.cinvoke)) return capabilityTrap(violation.permitCInvoke, cs2);
  if (!permits(code, permission.execute)) return capabilityTrap(violation.permitExecute, cs1);
  if (permits(data, permission.execute)) return capabilityTrap(violation.permitExecute, cs2);
  return null;
}

/** Jumps to a capability check alignment before bounds; jumps within PCC do it the other way round. */
function targetTrap(machine: Machine, code: Capability, cs1: number, target: bigint): Trap | null {
  const misaligned = misalignedTarget(machine, target);
  if (misaligned !== null) return misaligned;
  return inBounds(code, target, SMALLEST) ? null : capabilityTrap(violation.length, cs1);
}

/** Jumps through a register ignore bit 0. */
function targetOf(address: bigint): bigint {
  return BigInt.asUintN(64, address) & ~1n;
}
