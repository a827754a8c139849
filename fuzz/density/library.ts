/** What of a real library can be shared and what cannot, as pages with their contents. */
import { createHash } from "node:crypto";
import { fileHeader, kind, programHeader } from "../elf/layout.ts";
import { ElfFile, type FileHeader, readSections } from "../elf/reader.ts";

/** Bytes of a page, on the machines whose libraries are measured and on those that are simulated. */
export const PAGE = 4096;

export interface Library {
  readonly name: string;
  /** Hashes of the pages of code and read-only data, hexadecimal. */
  readonly shared: readonly string[];
  /** Pages of what can be stored to: initial data and zeros. */
  readonly statePages: number;
}

const DYNAMIC = 3;
const WRITE = 2;
const SEGMENTS_MAX = 64;
const BYTES_MAX = 512 * 2 ** 20;
/** Of sections. */
const [SECTION_WRITE, SECTION_ALLOC] = [1n, 2n];

/** Bytes that are loaded together, and whether they can be stored to. */
interface Part {
  readonly bytes: Buffer;
  /** Bytes in memory; those beyond `bytes` are zero. */
  readonly size: number;
  readonly isWritable: boolean;
}

/**
 * Reads an ELF64 little-endian file for whatever machine: an executable or a library by its segments, a relocatable
 * object by its sections.
 *
 * @throws BadInput naming the field that cannot be used.
 */
export function readLibrary(bytes: Buffer, name: string): Library {
  const file = new ElfFile(bytes, name);
  const header = file.read(fileHeader, 0n, "file header");
  if (header.EI_CLASS !== kind.class64)
    file.refuse("EI_CLASS", `expected ${kind.class64} (64-bit), found ${header.EI_CLASS}`);
  if (header.EI_DATA !== kind.littleEndian)
    file.refuse("EI_DATA", `expected ${kind.littleEndian} (little-endian), found ${header.EI_DATA}`);
  const isLoaded = header.e_type === kind.executable || header.e_type === DYNAMIC;
  if (!isLoaded && header.e_type !== kind.relocatable)
    file.refuse("e_type", `expected 1 to 3 (an object, an executable, a library), found ${header.e_type}`);
  const parts = isLoaded ? segmentsOf(file, header) : sectionsOf(file, header);
  if (parts.length === 0)
    file.refuse(isLoaded ? "e_phnum" : "e_shnum", "expected something to load, found nothing");
  return {
    name,
    shared: parts.filter(({ isWritable }) => !isWritable).flatMap(({ bytes: part }) => pagesOf(part)),
    statePages: parts.reduce(
      (sum, { size, isWritable }) => sum + (isWritable ? Math.ceil(size / PAGE) : 0),
      0,
    ),
  };
}

function segmentsOf(file: ElfFile, header: FileHeader): Part[] {
  if (header.e_phnum > SEGMENTS_MAX)
    file.refuse("e_phnum", `expected at most ${SEGMENTS_MAX}, found ${header.e_phnum}`);
  const parts: Part[] = [];
  for (let index = 0; index < header.e_phnum; index++) {
    const at = header.e_phoff + BigInt(index * programHeader.size);
    const { p_type, p_flags, p_offset, p_filesz, p_memsz } = file.read(programHeader, at, "e_phoff");
    if (p_type !== kind.load || p_memsz === 0n) continue;
    const place = `program header ${index}`;
    if (p_memsz > BYTES_MAX)
      file.refuse(`${place}: p_memsz`, `expected at most ${BYTES_MAX}, found ${p_memsz}`);
    const bytes = file.range(p_offset, p_filesz, `${place}: p_filesz`);
    parts.push({ bytes, size: Number(p_memsz), isWritable: (p_flags & WRITE) !== 0 });
  }
  return parts;
}

function sectionsOf(file: ElfFile, header: FileHeader): Part[] {
  const parts: Part[] = [];
  for (const [index, { sh_type, sh_flags, sh_offset, sh_size }] of readSections(file, header).entries()) {
    if ((sh_flags & SECTION_ALLOC) === 0n || sh_size === 0n) continue;
    const place = `section ${index}: sh_size`;
    if (sh_size > BYTES_MAX) file.refuse(place, `expected at most ${BYTES_MAX}, found ${sh_size}`);
    const bytes = sh_type === kind.zeros ? Buffer.alloc(0) : file.range(sh_offset, sh_size, place);
    parts.push({ bytes, size: Number(sh_size), isWritable: (sh_flags & SECTION_WRITE) !== 0n });
  }
  return parts;
}

function pagesOf(bytes: Buffer): string[] {
  const pages: string[] = [];
  for (let at = 0; at < bytes.length; at += PAGE) {
    const page = Buffer.alloc(PAGE);
    bytes.copy(page, 0, at, at + PAGE);
    pages.push(createHash("sha256").update(page).digest("hex"));
  }
  return pages;
}
