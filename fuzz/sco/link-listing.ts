/** Object files as text: segments, names, relocations, instructions. */
import { disassemble } from "../../model/isa/index.ts";
import { columns } from "../../reports/columns.ts";
import { hex, refuse } from "./link-unit.ts";
import { KIND, type Relocation, SEGMENT, SIZE } from "./writer.ts";

/** What an object file says, without a judgement on it. */
interface ObjectFile {
  readonly text: Uint8Array;
  readonly rodata: Uint8Array;
  readonly init: Uint8Array;
  readonly bss: number;
  readonly exports: readonly { readonly name: string; readonly offset: number; readonly flags: number }[];
  readonly imports: readonly string[];
  readonly relocations: readonly Relocation[];
}

/** Bytes of a segment on a line. */
const BYTES_PER_LINE = 16;

/**
 * An object file for a reader; `name` stands for it in messages. It need not be one that a loader accepts.
 *
 * @throws BadInput when its parts do not lie in the file.
 */
export function listObject(bytes: Uint8Array, name: string): string {
  const file = readObject(bytes, name);
  const { text, rodata, init, bss, exports, imports, relocations } = file;
  const sizes = [
    ["text", `${text.length} bytes`],
    ["rodata", `${rodata.length} bytes`],
    ["state", `${init.length + bss} bytes, the last ${bss} zero`],
  ];
  const exported = exports.map(({ name, offset, flags }, number) => [
    `${number}`,
    name,
    hex(offset),
    ...(flags === 0 ? [] : [`flags ${hex(flags)}`]),
  ]);
  const parts = [
    columns(sizes),
    `Exports\n${columns(exported)}`,
    imports.length === 0 ? "" : `Imports\n${columns(imports.map((one, number) => [`${number}`, one]))}`,
    relocations.length === 0
      ? ""
      : `Relocations\n${columns(relocations.map((one) => relocationRow(one, imports)))}`,
    `Text\n${textLines(file).join("\n")}`,
    rodata.length === 0 ? "" : `Rodata\n${byteLines(rodata).join("\n")}`,
    init.length === 0 ? "" : `Initial state\n${byteLines(init).join("\n")}`,
  ];
  return `${parts.filter((part) => part !== "").join("\n\n")}\n`;
}

function readObject(bytes: Uint8Array, name: string): ObjectFile {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const u32 = (at: number) => view.getUint32(at, true);
  if (bytes.length < SIZE.header || view.getUint32(0) !== 0x43574f42)
    refuse(name, `expected an object file, which begins with CWOB and has ${SIZE.header} bytes at least`);
  if (view.getUint16(4, true) !== 1) refuse(name, `expected version 1, found ${view.getUint16(4, true)}`);
  const [textSize, rodataSize, initSize, bss, exportCount, importCount, relocationCount, stringsSize] =
    Array.from({ length: 8 }, (_, index) => u32(8 + 4 * index)) as [
      number,
      number,
      number,
      number,
      number,
      number,
      number,
      number,
    ];
  const text = SIZE.header;
  const rodata = text + textSize;
  const init = rodata + rodataSize;
  const exports = init + initSize;
  const imports = exports + exportCount * SIZE.export;
  const relocations = imports + importCount * SIZE.import;
  const strings = relocations + relocationCount * SIZE.relocation;
  if (strings + stringsSize !== bytes.length)
    refuse(name, `expected ${strings + stringsSize} bytes, as its header says, found ${bytes.length}`);

  const nameAt = (at: number) =>
    Buffer.from(bytes.subarray(strings)).toString("latin1", u32(at), u32(at) + u32(at + 4));
  return {
    text: bytes.subarray(text, rodata),
    rodata: bytes.subarray(rodata, init),
    init: bytes.subarray(init, exports),
    bss,
    exports: each(exportCount, exports, SIZE.export, (at) => ({
      name: nameAt(at),
      offset: u32(at + 8),
      flags: u32(at + 12),
    })),
    imports: each(importCount, imports, SIZE.import, nameAt),
    relocations: each(relocationCount, relocations, SIZE.relocation, (at) => ({
      kind: view.getUint8(at),
      segment: view.getUint8(at + 1),
      reserved: view.getUint16(at + 2, true),
      place: u32(at + 4),
      target: u32(at + 8),
      size: u32(at + 12),
      addend: u32(at + 16),
    })),
  };
}

function each<T>(count: number, start: number, size: number, read: (at: number) => T): T[] {
  return Array.from({ length: count }, (_, index) => read(start + index * size));
}

const KIND_NAMES = ["", "ro", "code", "cls", "cls init", "cls ro", "import"];
const TARGETS = ["", "rodata", "text", "state", "state", "rodata", ""];
const SEGMENT_NAMES = ["text", "rodata", "state"];

function relocationRow(
  { kind, segment, place, target, size, addend }: Relocation,
  imports: readonly string[],
): string[] {
  const at = `${SEGMENT_NAMES[segment] ?? `segment ${segment}`} ${hex(place)}`;
  const what = KIND_NAMES[kind] ?? `kind ${kind}`;
  if (kind === KIND.import) return [at, what, imports[target] ?? `number ${target}`];
  const bytes = kind === KIND.code ? "" : `, ${size} bytes`;
  return [at, what, `${TARGETS[kind] ?? ""} ${hex(target)}${bytes}${addend === 0 ? "" : ` + ${addend}`}`];
}

/** Instructions with what points to them; a slot is a line of its own. */
function textLines({ text, exports, relocations }: ObjectFile): string[] {
  const view = new DataView(text.buffer, text.byteOffset, text.length);
  const slots = new Map(
    relocations
      .filter(({ kind, segment }) => segment === SEGMENT.text && kind !== KIND.cls)
      .map((one) => [one.place, one]),
  );
  const lines: string[] = [];
  for (let at = 0; at < text.length; ) {
    for (const { name, offset } of exports) if (offset === at) lines.push(`${name}:`);
    const slot = slots.get(at);
    const [size, told] =
      slot === undefined ? instructionAt(view, at) : [SIZE.slot, relocationRow(slot, []).slice(1).join(" ")];
    lines.push(`${hex(at).padStart(8)}  ${told}`);
    at += size;
  }
  return lines;
}

function instructionAt(view: DataView, at: number): readonly [number, string] {
  const low = view.getUint16(at, true);
  if ((low & 3) !== 3 || at + 4 > view.byteLength) return [2, disassemble(low, true)];
  return [4, disassemble(view.getUint32(at, true), true)];
}

function byteLines(bytes: Uint8Array): string[] {
  const lines: string[] = [];
  for (let at = 0; at < bytes.length; at += BYTES_PER_LINE) {
    const line = Buffer.from(bytes.subarray(at, at + BYTES_PER_LINE));
    lines.push(`${hex(at).padStart(8)}  ${line.toString("hex").replace(/.{8}/g, "$& ").trim()}`);
  }
  return lines;
}
