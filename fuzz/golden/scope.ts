import type { Recording } from "./recording.ts";

/** What a sequence needs that the machines of this release leave out. */
export type Missing = "floating point" | "supervisor mode" | "virtual memory" | "other CSR";

/**
 * What a recording needs beyond this release, or null if nothing: a rule about what it did, not about its
 * name.
 *
 * Only steps that retired count, and the modes they ran in: an instruction that the recorded machine found
 * illegal is illegal here too.
 */
export function missingFor({ words, steps }: Recording): Missing | null {
  for (const [index, { trap, mode }] of steps.entries()) {
    if (mode === 1) return "supervisor mode";
    const missing = trap ? null : missingForWord(words[index]!);
    if (missing !== null) return missing;
  }
  return null;
}

const OP_SYSTEM = 0x73;
/** Loads, stores, fused multiply-adds and arithmetic of F and D. */
const FLOATING_OPCODES: ReadonlySet<number> = new Set([0x07, 0x27, 0x43, 0x47, 0x4b, 0x4f, 0x53]);
const SRET = 0x10200073;
const SFENCE_VMA = { mask: 0xfe007fff | 0, match: 0x12000073 };
const FPCLEAR = { mask: 0xfff0707f | 0, match: 0xff00005b | 0 };

function missingForWord(given: number): Missing | null {
  const word = given | 0;
  if ((word & 3) !== 3) return null;
  const opcode = word & 0x7f;
  if (FLOATING_OPCODES.has(opcode) || fits(word, FPCLEAR)) return "floating point";
  if (word === SRET) return "supervisor mode";
  if (fits(word, SFENCE_VMA)) return "virtual memory";
  const isCsrAccess = opcode === OP_SYSTEM && (word & 0x3000) !== 0;
  return isCsrAccess ? missingForCsr(word >>> 20) : null;
}

function fits(word: number, { mask, match }: { mask: number; match: number }): boolean {
  return (word & mask) === match;
}

const FLOATING_CSRS: ReadonlySet<number> = new Set([0x001, 0x002, 0x003]);
const SATP = 0x180;
const DELEGATION: ReadonlySet<number> = new Set([0x302, 0x303]);
const SCCSR = 0x9c0;
/** mcountinhibit, menvcfg, tselect, time, and the state of V. */
const OTHER_CSRS: ReadonlySet<number> = new Set([
  0x008, 0x009, 0x00a, 0x00f, 0x015, 0x30a, 0x320, 0x7a0, 0xc01, 0xc20, 0xc21, 0xc22,
]);

function missingForCsr(csr: number): Missing | null {
  if (FLOATING_CSRS.has(csr)) return "floating point";
  if (csr === SATP) return "virtual memory";
  const isSupervisor = ((csr >> 8) & 3) === 1 && csr !== SCCSR;
  if (isSupervisor || DELEGATION.has(csr)) return "supervisor mode";
  return OTHER_CSRS.has(csr) ? "other CSR" : null;
}
