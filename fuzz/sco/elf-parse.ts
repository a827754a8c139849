/** The code of one section of a relocatable object as instructions. */

import { type Instruction, opcode, RA, type } from "./elf-flow.ts";
import type { ElfObject, ElfRelocation, ElfSection } from "./elf-object.ts";
import { hex, refuse } from "./link-unit.ts";

/** A section of code, read. */
export interface Code {
  readonly section: ElfSection;
  readonly instructions: readonly Instruction[];
  /** By offset: the relocation that matters, where there is one. */
  readonly relocations: ReadonlyMap<number, ElfRelocation>;
  /** A place for messages: file, section, offset and the function around it. */
  readonly where: (at: number) => string;
}

/** Relocations that say nothing about what an instruction means. */
const HINTS: readonly number[] = [type.relax, type.align];

const EBREAK = 0x0010_0073;

/** @throws BadInput naming the place, where an instruction or a relocation is none that objects can have. */
export function parseCode(object: ElfObject, section: ElfSection): Code {
  const where = placeNames(object, section);
  if (section.bytes.length % 4 !== 0) refuse(where(0), "expected an instruction of RV64IMAC");
  const relocations = new Map<number, ElfRelocation>();
  for (const relocation of section.relocations) {
    if (HINTS.includes(relocation.type)) continue;
    if (relocations.has(relocation.offset))
      refuse(where(relocation.offset), "expected one relocation, found two");
    relocations.set(relocation.offset, relocation);
  }
  const view = new DataView(section.bytes.buffer, section.bytes.byteOffset, section.bytes.length);
  const code = { section, relocations, where };
  const instructions = Array.from({ length: section.bytes.length / 4 }, (_, index) =>
    parse(object, code, view.getUint32(4 * index, true), 4 * index),
  );
  return { ...code, instructions };
}

function parse(object: ElfObject, code: Omit<Code, "instructions">, word: number, at: number): Instruction {
  const { section, relocations, where } = code;
  if ((word & 3) !== 3) refuse(where(at), "expected an instruction of RV64IMAC");
  const relocation = relocations.get(at);
  const symbol = relocation === undefined ? undefined : object.symbols[relocation.symbol]!;
  const kind = relocation?.type ?? 0;
  const fields = {
    word,
    at,
    opcode: word & 0x7f,
    rd: (word >>> 7) & 31,
    funct3: (word >>> 12) & 7,
    rs1: (word >>> 15) & 31,
    rs2: (word >>> 20) & 31,
    funct7: word >>> 25,
    type: kind,
  };
  const isLow = kind === type.pcrelLo12I || kind === type.pcrelLo12S;
  if (isLow && (symbol!.section !== section.index || relocations.get(symbol!.value) === undefined))
    refuse(where(at), `${symbol!.name}: expected a label of the upper half of an address`);
  const half = isLow ? symbol!.value : null;
  const isFromTable =
    half !== null &&
    relocations.get(half)!.type === type.gotHi20 &&
    fields.opcode === opcode.load &&
    fields.funct3 === 3;

  // Jumps to other sections leave the function; the linker knows where they go.
  const isLabel = symbol !== undefined && symbol.section === section.index && !isLow;
  const target = isLabel ? symbol.value + relocation!.addend : at + distanceOf(word);
  const isJump = fields.opcode === opcode.branch || fields.opcode === opcode.jal;
  const branch = isJump && (isLabel || symbol === undefined) ? target : null;
  if (branch !== null && (branch < 0 || branch >= section.bytes.length || branch % 4 !== 0))
    refuse(where(at), `expected a jump within the section, found one to ${hex(branch)}`);
  const leaves = fields.opcode === opcode.jal || fields.opcode === opcode.jalr || word === EBREAK;
  return { ...fields, half, isFromTable, branch, goesOn: !leaves };
}

/** What the immediate of a branch or a jal says; anything for other instructions. */
export function distanceOf(word: number): number {
  if ((word & 0x7f) === opcode.jal) {
    const low = ((word >>> 21) & 0x3ff) << 1;
    return ((word >> 31) << 20) | (((word >>> 12) & 0xff) << 12) | (((word >>> 20) & 1) << 11) | low;
  }
  const low = (((word >>> 25) & 0x3f) << 5) | (((word >>> 8) & 15) << 1);
  return ((word >> 31) << 12) | (((word >>> 7) & 1) << 11) | low;
}

/** The word of a branch or a jal with another distance; null if it is too far. */
export function withDistance(word: number, distance: number): number | null {
  const part = (bit: number, count: number) => (distance >>> bit) & (2 ** count - 1);
  if ((word & 0x7f) === opcode.jal) {
    if (distance < -(1 << 20) || distance >= 1 << 20) return null;
    return (
      (word & 0xfff) | (part(12, 8) << 12) | (part(11, 1) << 20) | (part(1, 10) << 21) | (part(20, 1) << 31)
    );
  }
  if (distance < -(1 << 12) || distance >= 1 << 12) return null;
  const kept = word & 0x01ff_f07f;
  return kept | (part(11, 1) << 7) | (part(1, 4) << 8) | (part(5, 6) << 25) | (part(12, 1) << 31);
}

/** Whether it is the return from a function. */
export function isReturn({ opcode: code, word, rd, rs1 }: Instruction): boolean {
  return code === opcode.jalr && rd === 0 && rs1 === RA && word >>> 20 === 0;
}

function placeNames({ file, symbols }: ElfObject, section: ElfSection): (at: number) => string {
  const functions = symbols.filter((one) => one.isFunction && one.section === section.index);
  return (at) => {
    const around = functions.find(({ value, size }) => at >= value && at < value + size);
    return `${file}: ${section.name}+${hex(section.originalOf(at))}${around === undefined ? "" : ` (${around.name})`}`;
  };
}
