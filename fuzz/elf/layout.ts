/** The structures of a 64-bit little-endian ELF file that a loader reads. System V ABI, chapter 4. */
import type { Layout } from "../binary/layout.ts";

export const fileHeader = {
  name: "file header",
  size: 64,
  fields: [
    { name: "EI_MAG", offset: 0, width: 4, is: 0x464c_457fn },
    { name: "EI_CLASS", offset: 4, width: 1 },
    { name: "EI_DATA", offset: 5, width: 1 },
    { name: "EI_VERSION", offset: 6, width: 1 },
    { name: "e_type", offset: 16, width: 2 },
    { name: "e_machine", offset: 18, width: 2 },
    { name: "e_version", offset: 20, width: 4 },
    { name: "e_entry", offset: 24, width: 8 },
    { name: "e_phoff", offset: 32, width: 8 },
    { name: "e_shoff", offset: 40, width: 8 },
    { name: "e_flags", offset: 48, width: 4 },
    { name: "e_ehsize", offset: 52, width: 2 },
    { name: "e_phentsize", offset: 54, width: 2 },
    { name: "e_phnum", offset: 56, width: 2 },
    { name: "e_shentsize", offset: 58, width: 2 },
    { name: "e_shnum", offset: 60, width: 2 },
    { name: "e_shstrndx", offset: 62, width: 2 },
  ],
} as const satisfies Layout;

export const programHeader = {
  name: "program header",
  size: 56,
  fields: [
    { name: "p_type", offset: 0, width: 4 },
    { name: "p_flags", offset: 4, width: 4 },
    { name: "p_offset", offset: 8, width: 8 },
    { name: "p_vaddr", offset: 16, width: 8 },
    { name: "p_paddr", offset: 24, width: 8 },
    { name: "p_filesz", offset: 32, width: 8 },
    { name: "p_memsz", offset: 40, width: 8 },
    { name: "p_align", offset: 48, width: 8 },
  ],
} as const satisfies Layout;

export const sectionHeader = {
  name: "section header",
  size: 64,
  fields: [
    { name: "sh_name", offset: 0, width: 4 },
    { name: "sh_type", offset: 4, width: 4 },
    { name: "sh_flags", offset: 8, width: 8 },
    { name: "sh_addr", offset: 16, width: 8 },
    { name: "sh_offset", offset: 24, width: 8 },
    { name: "sh_size", offset: 32, width: 8 },
    { name: "sh_link", offset: 40, width: 4 },
    { name: "sh_info", offset: 44, width: 4 },
    { name: "sh_addralign", offset: 48, width: 8 },
    { name: "sh_entsize", offset: 56, width: 8 },
  ],
} as const satisfies Layout;

export const symbol = {
  name: "symbol",
  size: 24,
  fields: [
    { name: "st_name", offset: 0, width: 4 },
    { name: "st_info", offset: 4, width: 1 },
    { name: "st_other", offset: 5, width: 1 },
    { name: "st_shndx", offset: 6, width: 2 },
    { name: "st_value", offset: 8, width: 8 },
    { name: "st_size", offset: 16, width: 8 },
  ],
} as const satisfies Layout;

export const relocation = {
  name: "relocation",
  size: 24,
  fields: [
    { name: "r_offset", offset: 0, width: 8 },
    { name: "r_type", offset: 8, width: 4 },
    { name: "r_symbol", offset: 12, width: 4 },
    { name: "r_addend", offset: 16, width: 8 },
  ],
} as const satisfies Layout;

export const kind = {
  class64: 2,
  littleEndian: 1,
  version: 1,
  relocatable: 1,
  executable: 2,
  riscv: 243,
  load: 1,
  symbolTable: 2,
  stringTable: 3,
  relocationTable: 4,
  zeros: 8,
} as const;
