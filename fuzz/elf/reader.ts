import { BadInput } from "../bad-input.ts";
import { decode, type Layout, LayoutError, type Values } from "../binary/layout.ts";
import { fileHeader, kind, programHeader, sectionHeader, symbol } from "./layout.ts";

/** What a bare-metal program asks of a machine. */
export interface ElfProgram {
  readonly entry: bigint;
  /** By ascending address; none overlaps another. */
  readonly segments: readonly Segment[];
  /** Addresses of the symbols that were asked for, as far as the file has them. */
  readonly symbols: ReadonlyMap<string, bigint>;
}

export interface Segment {
  /** Physical address of the first byte. */
  readonly address: bigint;
  /** What the file holds of it: a view of the file's own bytes, never a copy. */
  readonly bytes: Uint8Array;
  /** Bytes in memory; those beyond `bytes` are zero. */
  readonly size: bigint;
}

export type FileHeader = Values<typeof fileHeader>;
export type SectionHeader = Values<typeof sectionHeader>;

/** More than a bare-metal program has; a file may claim up to 65535. */
const SEGMENTS_MAX = 64;
const SECTIONS_MAX = 4096;
const SYMBOLS_MAX = 1_000_000;

/**
 * Reads an ELF64 little-endian RISC-V executable. Every offset and size is checked against the file before it
 * is used, and nothing is allocated by a number that the file gives.
 *
 * @param wanted names of symbols to find; a section `.NAME` stands in where there is no symbol NAME.
 * @param name stands for the file in messages.
 * @throws BadInput naming the structure and the field that cannot be used.
 */
export function readElf(bytes: Buffer, wanted: readonly string[], name: string): ElfProgram {
  const file = new ElfFile(bytes, name);
  const header = file.read(fileHeader, 0n, "file header");
  checkHeader(file, header, kind.executable);
  const segments = readSegments(file, header);
  if (segments.length === 0) file.refuse("e_phnum", "expected a segment to load, found none");
  return { entry: header.e_entry, segments, symbols: readSymbols(file, header, new Set(wanted)) };
}

/** The bytes of a file, read only where they are. */
export class ElfFile {
  readonly bytes: Buffer;
  readonly #name: string;

  constructor(bytes: Buffer, name: string) {
    this.bytes = bytes;
    this.#name = name;
  }

  refuse(field: string, why: string): never {
    throw new BadInput(`${this.#name}: ${field}: ${why}`);
  }

  /** `size` bytes at `offset`; `field` is the one that claims them. */
  range(offset: bigint, size: bigint, field: string): Buffer {
    if (offset + size > BigInt(this.bytes.length)) {
      this.refuse(
        field,
        `${hex(size)} bytes at ${hex(offset)} lie outside the file of ${hex(this.bytes.length)} bytes`,
      );
    }
    return this.bytes.subarray(Number(offset), Number(offset + size));
  }

  read<L extends Layout>(layout: L, offset: bigint, field: string): Values<L> {
    this.range(offset, BigInt(layout.size), field);
    try {
      return decode(layout, this.bytes, Number(offset));
    } catch (error) {
      if (error instanceof LayoutError) this.refuse("EI_MAG", "expected an ELF file");
      throw error;
    }
  }
}

/** @throws BadInput unless it is an ELF64 little-endian RISC-V file of this type. */
export function checkHeader(
  file: ElfFile,
  header: FileHeader,
  type: typeof kind.executable | typeof kind.relocatable,
): void {
  const expected = [
    ["EI_CLASS", kind.class64, "64-bit"],
    ["EI_DATA", kind.littleEndian, "little-endian"],
    ["EI_VERSION", kind.version, "current"],
    ["e_version", kind.version, "current"],
    ["e_type", type, type === kind.executable ? "executable" : "relocatable"],
    ["e_machine", kind.riscv, "RISC-V"],
  ] as const;
  for (const [field, value, meaning] of expected) {
    if (header[field] !== value) file.refuse(field, `expected ${value} (${meaning}), found ${header[field]}`);
  }
}

function readSegments(file: ElfFile, header: FileHeader): Segment[] {
  const count = checkTable(file, header, "e_phnum", "e_phentsize", programHeader.size, SEGMENTS_MAX);
  const segments: Segment[] = [];
  for (let index = 0; index < count; index++) {
    const at = header.e_phoff + BigInt(index * programHeader.size);
    const { p_type, p_offset, p_paddr, p_filesz, p_memsz } = file.read(programHeader, at, "e_phoff");
    if (p_type !== kind.load || p_memsz === 0n) continue;
    const place = (field: string) => `program header ${index}: ${field}`;
    if (p_filesz > p_memsz)
      file.refuse(place("p_filesz"), `${hex(p_filesz)} bytes exceed p_memsz ${hex(p_memsz)}`);
    if (p_paddr + p_memsz > 1n << 64n)
      file.refuse(place("p_memsz"), "the segment wraps around the address space");
    segments.push({
      address: p_paddr,
      bytes: file.range(p_offset, p_filesz, place("p_filesz")),
      size: p_memsz,
    });
  }

  segments.sort((a, b) => (a.address < b.address ? -1 : a.address > b.address ? 1 : 0));
  segments.forEach(({ address, size }, index) => {
    const next = segments[index + 1]?.address ?? 1n << 64n;
    if (address + size > next) file.refuse("p_paddr", `segments at ${hex(address)} and ${hex(next)} overlap`);
  });
  return segments;
}

/** The number of entries of a header table, once its entries have the size and number that they can have. */
function checkTable(
  file: ElfFile,
  header: FileHeader,
  number: "e_phnum" | "e_shnum",
  entry: "e_phentsize" | "e_shentsize",
  size: number,
  max: number,
): number {
  const count = header[number];
  if (count > max) file.refuse(number, `expected at most ${max}, found ${count}`);
  if (count > 0 && header[entry] !== size) file.refuse(entry, `expected ${size}, found ${header[entry]}`);
  return count;
}

function readSymbols(file: ElfFile, header: FileHeader, wanted: ReadonlySet<string>): Map<string, bigint> {
  const sections = readSections(file, header);
  const found = sectionAddresses(file, header, sections, wanted);
  const index = sections.findIndex(({ sh_type }) => sh_type === kind.symbolTable);
  const section = sections[index];
  if (section === undefined) return found;

  const place = (field: string) => `section ${index}: ${field}`;
  if (section.sh_entsize !== BigInt(symbol.size)) {
    file.refuse(place("sh_entsize"), `expected ${symbol.size}, found ${section.sh_entsize}`);
  }
  const names = namesOf(file, sections, section.sh_link, place("sh_link"));
  const table = file.range(section.sh_offset, section.sh_size, place("sh_size"));
  const count = Math.floor(table.length / symbol.size);
  if (count > SYMBOLS_MAX)
    file.refuse(place("sh_size"), `expected at most ${SYMBOLS_MAX} symbols, found ${count}`);
  for (let number = 0; number < count; number++) {
    const { st_name, st_value } = decode(symbol, table, number * symbol.size);
    const name = nameAt(file, names, st_name, `symbol ${number}: st_name`);
    if (wanted.has(name)) found.set(name, st_value);
  }
  return found;
}

export function readSections(file: ElfFile, header: FileHeader): SectionHeader[] {
  const count = checkTable(file, header, "e_shnum", "e_shentsize", sectionHeader.size, SECTIONS_MAX);
  return Array.from({ length: count }, (_, index) => {
    return file.read(sectionHeader, header.e_shoff + BigInt(index * sectionHeader.size), "e_shoff");
  });
}

/** Addresses of the sections `.NAME`. */
function sectionAddresses(
  file: ElfFile,
  header: FileHeader,
  sections: readonly SectionHeader[],
  wanted: ReadonlySet<string>,
): Map<string, bigint> {
  const found = new Map<string, bigint>();
  if (sections.length === 0 || header.e_shstrndx === 0) return found;
  const names = namesOf(file, sections, header.e_shstrndx, "e_shstrndx");
  sections.forEach((section, index) => {
    const name = nameAt(file, names, section.sh_name, `section ${index}: sh_name`);
    if (wanted.has(name.slice(1)) && name.startsWith(".")) found.set(name.slice(1), section.sh_addr);
  });
  return found;
}

/** The string table that a field names by its index. */
export function namesOf(
  file: ElfFile,
  sections: readonly SectionHeader[],
  index: number,
  field: string,
): Buffer {
  const section = sections[index];
  if (section?.sh_type !== kind.stringTable)
    file.refuse(field, `expected the index of a string table, found ${index}`);
  return file.range(section.sh_offset, section.sh_size, `section ${index}: sh_size`);
}

const NAME_BYTES_MAX = 256;

/** The name at an offset of a string table, cut where no name that is looked for could go on. */
export function nameAt(file: ElfFile, names: Buffer, offset: number, field: string): string {
  if (offset === 0) return "";
  if (offset >= names.length) file.refuse(field, `${hex(offset)} lies outside its string table`);
  const rest = names.subarray(offset, offset + NAME_BYTES_MAX);
  const end = rest.indexOf(0);
  return rest.toString("latin1", 0, end < 0 ? rest.length : end);
}

function hex(value: bigint | number): string {
  return `0x${value.toString(16)}`;
}
