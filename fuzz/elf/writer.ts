import { encode } from "../binary/layout.ts";
import { fileHeader, kind, programHeader, sectionHeader, symbol } from "./layout.ts";

/** A program to be written as an ELF file: one segment that can be read, written and executed. */
export interface ElfContent {
  readonly entry: bigint;
  readonly address: bigint;
  readonly bytes: Uint8Array;
  /** Bytes in memory, zero beyond `bytes`. */
  readonly memorySize: bigint;
  readonly symbols: ReadonlyMap<string, bigint>;
}

/** A 64-bit little-endian RISC-V executable with a symbol table. Same content, same bytes. */
export function formatElf(content: ElfContent): Buffer {
  const { names, symbols } = symbolTable(content.symbols);
  const sectionNames = Buffer.from("\0.symtab\0.strtab\0.shstrtab\0", "latin1");

  const code = { at: fileHeader.size + programHeader.size, bytes: Buffer.from(content.bytes) };
  const table = { at: align(code.at + code.bytes.length), bytes: symbols };
  const strings = { at: table.at + symbols.length, bytes: names };
  const headings = { at: strings.at + names.length, bytes: sectionNames };
  const sectionsAt = align(headings.at + sectionNames.length);

  const file = Buffer.alloc(sectionsAt + 4 * sectionHeader.size);
  for (const { at, bytes } of [code, table, strings, headings]) bytes.copy(file, at);
  writeHeaders(file, content, code.at, sectionsAt);

  const rows = [
    { ...emptySection },
    section(1, kind.symbolTable, table, { sh_link: 2, sh_info: 1, sh_entsize: BigInt(symbol.size) }),
    section(9, kind.stringTable, strings, {}),
    section(17, kind.stringTable, headings, {}),
  ];
  for (const [index, row] of rows.entries()) {
    encode(sectionHeader, row, file, sectionsAt + index * sectionHeader.size);
  }
  return file;
}

function writeHeaders(file: Buffer, content: ElfContent, codeAt: number, sectionsAt: number): void {
  const header = {
    EI_CLASS: kind.class64,
    EI_DATA: kind.littleEndian,
    EI_VERSION: kind.version,
    e_type: kind.executable,
    e_machine: kind.riscv,
    e_version: kind.version,
    e_entry: content.entry,
    e_phoff: BigInt(fileHeader.size),
    e_shoff: BigInt(sectionsAt),
    e_flags: 1,
    e_ehsize: fileHeader.size,
    e_phentsize: programHeader.size,
    e_phnum: 1,
    e_shentsize: sectionHeader.size,
    e_shnum: 4,
    e_shstrndx: 3,
  };
  encode(fileHeader, header, file, 0);

  const segment = {
    p_type: kind.load,
    p_flags: 7,
    p_offset: BigInt(codeAt),
    p_vaddr: content.address,
    p_paddr: content.address,
    p_filesz: BigInt(content.bytes.length),
    p_memsz: content.memorySize,
    p_align: 8n,
  };
  encode(programHeader, segment, file, fileHeader.size);
}

/** Symbols with global binding and absolute values, behind the null symbol that every table begins with. */
function symbolTable(named: ReadonlyMap<string, bigint>): { names: Buffer; symbols: Buffer } {
  const symbols = Buffer.alloc((named.size + 1) * symbol.size);
  let names = "\0";
  let index = 1;
  for (const [name, value] of named) {
    const row = {
      st_name: names.length,
      st_info: 0x10,
      st_other: 0,
      st_shndx: 0xfff1,
      st_value: value,
      st_size: 0n,
    };
    encode(symbol, row, symbols, index++ * symbol.size);
    names += `${name}\0`;
  }
  return { names: Buffer.from(names, "latin1"), symbols };
}

const emptySection = {
  sh_name: 0,
  sh_type: 0,
  sh_flags: 0n,
  sh_addr: 0n,
  sh_offset: 0n,
  sh_size: 0n,
  sh_link: 0,
  sh_info: 0,
  sh_addralign: 0n,
  sh_entsize: 0n,
};

function section(
  name: number,
  type: number,
  { at, bytes }: { readonly at: number; readonly bytes: Buffer },
  more: Partial<typeof emptySection>,
): typeof emptySection {
  const size = BigInt(bytes.length);
  return {
    ...emptySection,
    sh_name: name,
    sh_type: type,
    sh_offset: BigInt(at),
    sh_size: size,
    sh_addralign: 1n,
    ...more,
  };
}

function align(offset: number): number {
  return Math.ceil(offset / 8) * 8;
}
