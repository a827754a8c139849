/** Instructions of 16 bits as those of 32 bits that mean the same, so that the rest need not know of them. */

import { opcode, type } from "./elf-flow.ts";
import { type ElfObject, type ElfRelocation, type ElfSection, flag } from "./elf-object.ts";
import { distanceOf, withDistance } from "./elf-parse.ts";
import { hex, refuse } from "./link-unit.ts";

const RVC_BRANCH = 44;
const RVC_JUMP = 45;

/** The same object with 32 bits in every instruction; symbols and relocations go along. */
export function widened(object: ElfObject): ElfObject {
  const moves = new Map<number, Moves>();
  const sections = object.sections.map((section) => {
    if ((section.flags & flag.execute) === 0 || section.bytes.length === 0) return section;
    const moved = movesOf(object, section);
    moves.set(section.index, moved);
    return wideSection(object, section, moved);
  });
  const symbols = object.symbols.map((symbol) => {
    const moved = moves.get(symbol.section);
    if (moved === undefined) return symbol;
    const value = moved.placeOf(symbol.value);
    return { ...symbol, value, size: moved.placeOf(symbol.value + symbol.size) - value };
  });
  return { ...object, sections, symbols };
}

/** Where instructions were, and where they are. */
interface Moves {
  readonly starts: readonly number[];
  readonly placeOf: (at: number) => number;
}

function movesOf({ file }: ElfObject, { name, bytes }: ElfSection): Moves {
  const starts: number[] = [];
  const places = new Map<number, number>();
  for (let at = 0; at < bytes.length; at += (bytes[at]! & 3) === 3 ? 4 : 2) {
    places.set(at, 4 * starts.length);
    starts.push(at);
    const size = (bytes[at]! & 3) === 3 ? 4 : 2;
    if (at + size > bytes.length)
      refuse(`${file}: ${name}+${hex(at)}`, "an instruction reaches beyond the section");
  }
  places.set(bytes.length, 4 * starts.length);
  return {
    starts,
    placeOf: (at) =>
      places.get(at) ?? refuse(`${file}: ${name}+${hex(at)}`, "expected an instruction to begin here"),
  };
}

function wideSection(object: ElfObject, section: ElfSection, { starts, placeOf }: Moves): ElfSection {
  const from = new DataView(section.bytes.buffer, section.bytes.byteOffset, section.bytes.length);
  const where = (at: number) => `${object.file}: ${section.name}+${hex(at)}`;
  const isRelocated = new Set(section.relocations.map(({ offset }) => offset));
  const bytes = new Uint8Array(4 * starts.length);
  const to = new DataView(bytes.buffer);
  for (const [index, at] of starts.entries()) {
    const isShort = (section.bytes[at]! & 3) !== 3;
    const short = isShort ? from.getUint16(at, true) : 0;
    const word = isShort
      ? (expanded(short) ?? refuse(where(at), `expected an instruction of RV64IMAC, found ${hex(short)}`))
      : from.getUint32(at, true);
    const isJump = (word & 0x7f) === opcode.jal || (word & 0x7f) === opcode.branch;
    const target = at + distanceOf(word);
    // What a relocation says counts, where there is one.
    const moved = isJump && !isRelocated.has(at) ? withDistance(word, placeOf(target) - 4 * index) : word;
    to.setUint32(4 * index, (moved ?? refuse(where(at), "no branch reaches so far")) >>> 0, true);
  }
  const relocations = section.relocations.flatMap((one) => movedRelocation(object, section, one, placeOf));
  return {
    ...section,
    bytes,
    size: bytes.length,
    relocations,
    originalOf: (at) => starts[at / 4] ?? section.size,
  };
}

function movedRelocation(
  { symbols }: ElfObject,
  section: ElfSection,
  { offset, type: kind, symbol, addend }: ElfRelocation,
  placeOf: (at: number) => number,
): ElfRelocation[] {
  // Room for alignment is instructions that do nothing, and may begin anywhere.
  if (kind === type.align || kind === type.relax) return [];
  const to = symbols[symbol]!;
  const isInside = to.section === section.index;
  return [
    {
      offset: placeOf(offset),
      type: kind === RVC_BRANCH ? type.branch : kind === RVC_JUMP ? type.jal : kind,
      symbol,
      addend: isInside ? placeOf(to.value + addend) - placeOf(to.value) : addend,
    },
  ];
}

/** The word of 32 bits for one of 16 of RV64C without floating point; null if there is none. */
export function expanded(short: number): number | null {
  const field = (low: number, count: number) => (short >>> low) & (2 ** count - 1);
  const at = (low: number, count: number, to: number) => field(low, count) << to;
  const signed = (value: number, bits: number) => (value << (32 - bits)) >> (32 - bits);
  const [rd, rs2] = [field(7, 5), field(2, 5)];
  const [low, high] = [8 + field(2, 3), 8 + field(7, 3)];
  const six = signed(at(12, 1, 5) | field(2, 5), 6);
  const shift = at(12, 1, 5) | field(2, 5);
  const ofWord = at(10, 3, 3) | at(6, 1, 2) | at(5, 1, 6);
  const ofDouble = at(10, 3, 3) | at(5, 2, 6);
  switch ((field(13, 3) << 2) | field(0, 2)) {
    case 0b000_00: {
      const imm = at(11, 2, 4) | at(7, 4, 6) | at(6, 1, 2) | at(5, 1, 3);
      return imm === 0 ? null : immediate(0, low, 2, imm);
    }
    case 0b010_00:
      return load(2, low, high, ofWord);
    case 0b011_00:
      return load(3, low, high, ofDouble);
    case 0b110_00:
      return store(2, low, high, ofWord);
    case 0b111_00:
      return store(3, low, high, ofDouble);
    case 0b000_01:
      return immediate(0, rd, rd, six);
    case 0b001_01:
      return rd === 0 ? null : immediate(0, rd, rd, six, opcode.immediate32);
    case 0b010_01:
      return immediate(0, rd, 0, six);
    case 0b011_01: {
      if (six === 0) return null;
      if (rd !== 2) return (six << 12) | (rd << 7) | opcode.lui;
      return immediate(
        0,
        2,
        2,
        signed(at(12, 1, 9) | at(6, 1, 4) | at(5, 1, 6) | at(3, 2, 7) | at(2, 1, 5), 10),
      );
    }
    case 0b100_01:
      return arithmetic(field(10, 2), field(12, 1), field(5, 2), high, low, shift, six);
    case 0b101_01: {
      const far =
        at(12, 1, 11) |
        at(11, 1, 4) |
        at(9, 2, 8) |
        at(8, 1, 10) |
        at(7, 1, 6) |
        at(6, 1, 7) |
        at(3, 3, 1) |
        at(2, 1, 5);
      return withDistance(opcode.jal, signed(far, 12));
    }
    case 0b110_01:
    case 0b111_01: {
      const far = signed(at(12, 1, 8) | at(10, 2, 3) | at(5, 2, 6) | at(3, 2, 1) | at(2, 1, 5), 9);
      return withDistance((high << 15) | (field(13, 1) << 12) | opcode.branch, far);
    }
    case 0b000_10:
      return immediate(1, rd, rd, shift);
    case 0b010_10:
      return rd === 0 ? null : load(2, rd, 2, at(12, 1, 5) | at(4, 3, 2) | at(2, 2, 6));
    case 0b011_10:
      return rd === 0 ? null : load(3, rd, 2, at(12, 1, 5) | at(5, 2, 3) | at(2, 3, 6));
    case 0b100_10:
      return moveOrJump(field(12, 1), rd, rs2);
    case 0b110_10:
      return store(2, rs2, 2, at(9, 4, 2) | at(7, 2, 6));
    case 0b111_10:
      return store(3, rs2, 2, at(10, 3, 3) | at(7, 3, 6));
    default:
      return null;
  }
}

function arithmetic(
  what: number,
  isWord: number,
  which: number,
  rd: number,
  rs2: number,
  shift: number,
  six: number,
): number | null {
  if (what === 0) return immediate(5, rd, rd, shift);
  if (what === 1) return immediate(5, rd, rd, shift | 0x400);
  if (what === 2) return immediate(7, rd, rd, six);
  if (isWord === 1) {
    if (which > 1) return null;
    return register(which === 0 ? 0x20 : 0, 0, rd, rd, rs2, opcode.register32);
  }
  return register(which === 0 ? 0x20 : 0, [0, 4, 6, 7][which]!, rd, rd, rs2);
}

function moveOrJump(bit: number, rd: number, rs2: number): number | null {
  if (rs2 !== 0) return register(0, 0, rd, bit === 0 ? 0 : rd, rs2);
  if (rd === 0) return bit === 0 ? null : 0x0010_0073;
  return (rd << 15) | (bit << 7) | opcode.jalr;
}

function immediate(
  funct3: number,
  rd: number,
  rs1: number,
  imm: number,
  code: number = opcode.immediate,
): number {
  return (imm << 20) | (rs1 << 15) | (funct3 << 12) | (rd << 7) | code;
}

function register(
  funct7: number,
  funct3: number,
  rd: number,
  rs1: number,
  rs2: number,
  code: number = opcode.register,
) {
  return (funct7 << 25) | (rs2 << 20) | (rs1 << 15) | (funct3 << 12) | (rd << 7) | code;
}

function load(funct3: number, rd: number, rs1: number, imm: number): number {
  return immediate(funct3, rd, rs1, imm, opcode.load);
}

function store(funct3: number, rs2: number, rs1: number, imm: number): number {
  return ((imm >> 5) << 25) | (rs2 << 20) | (rs1 << 15) | (funct3 << 12) | ((imm & 31) << 7) | opcode.store;
}
