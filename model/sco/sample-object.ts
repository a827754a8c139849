/** Objects written down by hand, for tests: the bytes of a file from the text of its functions and its tables. */
import { assembleProgram } from "../isa/index.ts";
import { EXPORT_SIZE, HEADER_SIZE, IMPORT_SIZE, RELOCATION_SIZE } from "./format.ts";

/** kind, segment, place, target, size, addend. */
export type Row = readonly [
  kind: number,
  segment: number,
  place: number,
  target: number,
  size: number,
  addend: number,
];

export interface Sample {
  /**
   * By name of the export. Beside instructions there are three kinds of lines: `@cls c5 8 16` makes c5 a capability over
   * the 16 bytes at 8 of the state; `@pool c5 0` loads slot 0 of the pool at the start of TEXT; and `@import 32` invokes the
   * pair at 32 of the state and goes on behind it, with its own way back in c18.
   */
  readonly functions: Readonly<Record<string, string>>;
  /** Slots of the pool, each with its relocation of kind 1 or 2. A string: a sentry to the function. */
  readonly pool?: readonly (Omit<Target, "kind"> | string)[];
  readonly rodata?: Uint8Array;
  readonly init?: Uint8Array;
  /** Bytes of zeros behind the initial image. */
  readonly bss?: number;
  readonly imports?: readonly string[];
  /** Those of the state. */
  readonly relocations?: readonly Row[];
}

interface Target {
  readonly kind: number;
  readonly target: number;
  readonly size: number;
  readonly addend: number;
}

const SLOT = 16;

export function buildObject(sample: Sample): Uint8Array {
  const { text, offsets, accesses } = textOf(sample);
  const pool = (sample.pool ?? []).map((slot, at): Row => {
    if (typeof slot === "string") return [2, 0, at * SLOT, offsets.get(slot)!, 0, 0];
    return [1, 0, at * SLOT, slot.target, slot.size, slot.addend];
  });
  return fileOf({
    text,
    rodata: sample.rodata ?? new Uint8Array(0),
    init: sample.init ?? new Uint8Array(0),
    bss: sample.bss ?? 0,
    exports: [...offsets],
    imports: sample.imports ?? [],
    relocations: [...pool, ...accesses, ...(sample.relocations ?? [])],
  });
}

function textOf({ functions, pool }: Sample) {
  const offsets = new Map<string, number>();
  const accesses: Row[] = [];
  const words: number[] = new Array<number>(4 * (pool ?? []).length).fill(0);
  for (const [name, source] of Object.entries(functions)) {
    offsets.set(name, words.length * 4);
    const lines: string[] = [];
    let here = words.length * 4;
    for (const line of source.split("\n").map((one) => one.trim())) {
      if (line === "") continue;
      const [macro, first, ...rest] = line.split(/\s+/);
      if (macro === "@cls") accesses.push([3, 0, here, Number(rest[0]), Number(rest[1]), 0]);
      if (macro === "@import") accesses.push([3, 0, here + 4, Number(first), 32, 0]);
      const instructions = expanded(line, here);
      lines.push(...instructions);
      if (!line.endsWith(":")) here += 4 * instructions.length;
    }
    words.push(...assembleProgram(lines.join("\n"), { capabilityMode: true }).words);
  }
  while (words.length % 4 !== 0) words.push(0);
  return { text: new Uint8Array(Uint32Array.from(words).buffer), offsets, accesses };
}

function expanded(line: string, here: number): string[] {
  const [macro, register, first, second] = line.split(/\s+/);
  switch (macro) {
    case "@cls":
      return clsAccess(register!, Number(first), Number(second));
    case "@pool":
      return [`auipcc ${register}, 0`, `lc ${register}, ${Number(first) * SLOT - here}(${register})`];
    case "@import":
      return [
        "cmove c18, c1",
        ...clsAccess("c5", Number(register), 32),
        "lc c6, 0(c5)",
        "lc c7, 16(c5)",
        "auipcc c1, 0",
        "cincoffsetimm c1, c1, 12",
        "cinvoke c6, c7",
        "cmove c1, c18",
      ];
    default:
      return [line];
  }
}

function clsAccess(register: string, offset: number, size: number): string[] {
  return [
    `lc ${register}, 0(c26)`,
    `cincoffsetimm ${register}, ${register}, ${offset}`,
    `csetboundsimm ${register}, ${register}, ${size}`,
  ];
}

interface Parts {
  readonly text: Uint8Array;
  readonly rodata: Uint8Array;
  readonly init: Uint8Array;
  readonly bss: number;
  readonly exports: readonly (readonly [name: string, offset: number])[];
  readonly imports: readonly string[];
  readonly relocations: readonly Row[];
}

function fileOf({ text, rodata, init, bss, exports, imports, relocations }: Parts): Uint8Array {
  const names = [...exports.map(([name]) => name), ...imports];
  const strings = new TextEncoder().encode(names.join(""));
  const nameAt = (index: number) => names.slice(0, index).join("").length;
  const tables =
    exports.length * EXPORT_SIZE + imports.length * IMPORT_SIZE + relocations.length * RELOCATION_SIZE;
  const start = HEADER_SIZE + text.length + rodata.length + init.length;
  const bytes = new Uint8Array(start + tables + strings.length);
  const view = new DataView(bytes.buffer);
  let at = 0;
  const words = (...values: number[]) => {
    for (const value of values) {
      view.setUint32(at, value, true);
      at += 4;
    }
  };
  words(0x424f5743, 0x10001, text.length, rodata.length, init.length, bss);
  words(exports.length, imports.length, relocations.length, strings.length, 0, 0);
  for (const piece of [text, rodata, init]) {
    bytes.set(piece, at);
    at += piece.length;
  }
  for (const [index, [name, offset]] of exports.entries()) words(nameAt(index), name.length, offset, 0);
  for (const [index, name] of imports.entries()) words(nameAt(exports.length + index), name.length);
  for (const [kind, segment, ...rest] of relocations) words(kind | (segment << 8), ...rest);
  bytes.set(strings, at);
  return bytes;
}
