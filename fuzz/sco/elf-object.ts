/** ELF64 RISC-V relocatable objects, as compilers make them. */
import { decode } from "../binary/layout.ts";
import { fileHeader, kind, relocation, symbol } from "../elf/layout.ts";
import { checkHeader, ElfFile, nameAt, namesOf, readSections, type SectionHeader } from "../elf/reader.ts";

export interface ElfObject {
  /** Stands for the object in messages. */
  readonly file: string;
  /** By their index in the file. */
  readonly sections: readonly ElfSection[];
  readonly symbols: readonly ElfSymbol[];
}

export interface ElfSection {
  readonly name: string;
  readonly index: number;
  /** sh_type and sh_flags. */
  readonly type: number;
  readonly flags: number;
  readonly align: number;
  /** Bytes in memory. */
  readonly size: number;
  /** Empty where the section is of zeros. */
  readonly bytes: Uint8Array;
  readonly relocations: readonly ElfRelocation[];
  /** Where in the file's section something was that is at an offset now. */
  readonly originalOf: (at: number) => number;
}

export interface ElfSymbol {
  readonly name: string;
  /** Index of its section, or one of `places`. */
  readonly section: number;
  /** Offset in the section; of a common symbol its alignment. */
  readonly value: number;
  readonly size: number;
  readonly isFunction: boolean;
  readonly isGlobal: boolean;
  /** Whether other files may not see it. */
  readonly isHidden: boolean;
}

export interface ElfRelocation {
  /** Offset in the section. */
  readonly offset: number;
  readonly type: number;
  /** Index of the symbol. */
  readonly symbol: number;
  readonly addend: number;
}

/** Sections that symbols can lie in without there being one. */
export const places = { undefined: 0, absolute: 0xfff1, common: 0xfff2 } as const;

/** Of sh_flags. */
export const flag = { write: 1, alloc: 2, execute: 4, threadLocal: 0x400 } as const;

const FUNCTION = 2;
const LOCAL = 0;
const HIDDEN = 2;
const INTERNAL = 1;
const SYMBOLS_MAX = 65_536;
const RELOCATIONS_MAX = 65_536;
/** No section of an object file is larger; nothing that is larger can be linked. */
const SECTION_MAX = 1 << 20;

export function isElf(bytes: Uint8Array): boolean {
  return bytes.length >= 4 && Buffer.from(bytes.subarray(0, 4)).readUInt32BE() === 0x7f454c46;
}

/**
 * Reads sections, symbols and relocations. Offsets and sizes are checked against the file before they are used.
 *
 * @throws BadInput naming structure and field.
 */
export function readElfObject(bytes: Uint8Array, name: string): ElfObject {
  const file = new ElfFile(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength), name);
  const header = file.read(fileHeader, 0n, "file header");
  checkHeader(file, header, kind.relocatable);
  const headers = readSections(file, header);
  const names = namesOf(file, headers, header.e_shstrndx, "e_shstrndx");
  const symbols = readSymbols(file, headers);
  const sections = headers.map((one, index) => readSection(file, headers, names, one, index, symbols.length));
  return { file: name, sections, symbols };
}

function readSection(
  file: ElfFile,
  headers: readonly SectionHeader[],
  names: Buffer,
  header: SectionHeader,
  index: number,
  symbols: number,
): ElfSection {
  const place = (field: string) => `section ${index}: ${field}`;
  const isAllocated = (header.sh_flags & BigInt(flag.alloc)) !== 0n;
  if (isAllocated && header.sh_size > SECTION_MAX)
    file.refuse(place("sh_size"), `expected at most ${SECTION_MAX} bytes, found ${header.sh_size}`);
  const hasBytes = isAllocated && header.sh_type !== kind.zeros;
  return {
    name: nameAt(file, names, header.sh_name, place("sh_name")),
    index,
    type: header.sh_type,
    flags: Number(header.sh_flags & 0xffff_ffffn),
    align: Math.max(1, Number(header.sh_addralign)),
    size: Number(header.sh_size),
    bytes: hasBytes ? file.range(header.sh_offset, header.sh_size, place("sh_size")) : new Uint8Array(0),
    relocations: isAllocated ? relocationsOf(file, headers, index, Number(header.sh_size), symbols) : [],
    originalOf: (at) => at,
  };
}

/** Those of every table for the section, in the order of their offsets. */
function relocationsOf(
  file: ElfFile,
  headers: readonly SectionHeader[],
  section: number,
  size: number,
  symbols: number,
): ElfRelocation[] {
  const found: ElfRelocation[] = [];
  for (const [index, { sh_type, sh_info, sh_offset, sh_size }] of headers.entries()) {
    if (sh_type !== kind.relocationTable || sh_info !== section) continue;
    const place = `section ${index}: sh_size`;
    const table = file.range(sh_offset, sh_size, place);
    const count = Math.floor(table.length / relocation.size);
    if (count > RELOCATIONS_MAX)
      file.refuse(place, `expected at most ${RELOCATIONS_MAX} relocations, found ${count}`);
    for (let number = 0; number < count; number++) {
      const { r_offset, r_type, r_symbol, r_addend } = decode(relocation, table, number * relocation.size);
      const where = `section ${index}: relocation ${number}`;
      if (r_offset >= size)
        file.refuse(`${where}: r_offset`, `0x${r_offset.toString(16)} lies outside its section`);
      if (r_symbol >= symbols)
        file.refuse(`${where}: r_info`, `expected one of ${symbols} symbols, found ${r_symbol}`);
      const addend = Number(BigInt.asIntN(64, r_addend));
      found.push({ offset: Number(r_offset), type: r_type, symbol: r_symbol, addend });
    }
  }
  return found.sort((one, other) => one.offset - other.offset);
}

function readSymbols(file: ElfFile, headers: readonly SectionHeader[]): ElfSymbol[] {
  const index = headers.findIndex(({ sh_type }) => sh_type === kind.symbolTable);
  const header = headers[index];
  if (header === undefined) return [];
  const names = namesOf(file, headers, header.sh_link, `section ${index}: sh_link`);
  const table = file.range(header.sh_offset, header.sh_size, `section ${index}: sh_size`);
  const count = Math.floor(table.length / symbol.size);
  if (count > SYMBOLS_MAX)
    file.refuse(`section ${index}: sh_size`, `expected at most ${SYMBOLS_MAX} symbols, found ${count}`);
  return Array.from({ length: count }, (_, number) => {
    const { st_name, st_info, st_other, st_shndx, st_value, st_size } = decode(
      symbol,
      table,
      number * symbol.size,
    );
    const section = headers[st_shndx];
    const isInside = section !== undefined && st_shndx !== places.undefined;
    if (isInside && st_value + st_size > section.sh_size)
      file.refuse(`symbol ${number}: st_size`, "it reaches beyond its section");
    if (st_size > SECTION_MAX)
      file.refuse(`symbol ${number}: st_size`, `expected at most ${SECTION_MAX} bytes, found ${st_size}`);
    return {
      name: nameAt(file, names, st_name, `symbol ${number}: st_name`),
      section: st_shndx,
      value: Number(st_value),
      size: Number(st_size),
      isFunction: (st_info & 15) === FUNCTION,
      isGlobal: st_info >> 4 !== LOCAL,
      isHidden: (st_other & 3) === HIDDEN || (st_other & 3) === INTERNAL,
    };
  });
}
