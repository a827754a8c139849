/**
 * An object file as bytes (5.3): what is where, every field bounded before it is used.
 *
 * Little-endian. A header of 48 bytes; then without gaps TEXT, RODATA, INIT, the exports, the imports, the relocations
 * and the strings; and nothing behind them.
 */

export const HEADER_SIZE = 48;
export const EXPORT_SIZE = 16;
export const IMPORT_SIZE = 8;
export const RELOCATION_SIZE = 20;

/** "CWOB". */
const MAGIC = 0x424f5743;
const VERSION = 1;
const SHA_256 = 1;

/** In bytes, or how many; `state` is the initial image and the zeros behind it. */
export const limits = {
  file: 1 << 20,
  text: 1 << 18,
  rodata: 1 << 18,
  state: 1 << 16,
  exports: 64,
  imports: 16,
  relocations: 1024,
  strings: 4096,
  name: 31,
} as const;

/** A capability in memory; segments consist of whole ones. */
export const SLOT = 16;

export type Segment = "text" | "rodata" | "state";
/** By their number in a relocation. */
const segments: readonly Segment[] = ["text", "rodata", "state"];

export interface ObjectFile {
  readonly text: Uint8Array;
  readonly rodata: Uint8Array;
  /** What each client's state begins with; zeros follow. */
  readonly init: Uint8Array;
  /** Bytes of state, those of `init` included. */
  readonly stateSize: number;
  readonly exports: readonly Export[];
  readonly imports: readonly string[];
  readonly relocations: readonly Relocation[];
}

export interface Export {
  readonly name: string;
  /** Where in TEXT it begins. */
  readonly offset: number;
  /** Reserved. */
  readonly flags: number;
}

export interface Relocation {
  /** 1 R_RO, 2 R_CODE, 3 R_CLS, 4 R_CLS_INIT, 5 R_CLS_RO, 6 R_IMPORT; others mean nothing. */
  readonly kind: number;
  /** Null if there is no such segment. */
  readonly segment: Segment | null;
  /** Reserved. */
  readonly zero: number;
  /** What is patched, as an offset in its segment. */
  readonly place: number;
  /** What it leads to: an offset in the segment that the kind says; of an import its number. */
  readonly target: number;
  readonly size: number;
  readonly addend: number;
}

/** The parts of an object file; null if the header or the table of names is not well-formed, or the length is another. */
export function readObject(bytes: Uint8Array): ObjectFile | null {
  if (bytes.length < HEADER_SIZE || bytes.length > limits.file) return null;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const u32 = (at: number) => view.getUint32(at, true);
  if (u32(0) !== MAGIC || view.getUint16(4, true) !== VERSION || view.getUint16(6, true) !== SHA_256)
    return null;
  if (u32(40) !== 0 || u32(44) !== 0) return null;

  const [text, rodata, init, bss] = [u32(8), u32(12), u32(16), u32(20)];
  if (text === 0 || text > limits.text || rodata > limits.rodata || init + bss > limits.state) return null;
  if ((text | rodata | init | bss) % SLOT !== 0) return null;
  const [exports, imports, relocations, strings] = [u32(24), u32(28), u32(32), u32(36)];
  if (exports === 0 || exports > limits.exports || imports > limits.imports) return null;
  if (relocations > limits.relocations || strings > limits.strings) return null;

  const rodataAt = HEADER_SIZE + text;
  const initAt = rodataAt + rodata;
  const exportsAt = initAt + init;
  const importsAt = exportsAt + exports * EXPORT_SIZE;
  const relocationsAt = importsAt + imports * IMPORT_SIZE;
  const stringsAt = relocationsAt + relocations * RELOCATION_SIZE;
  if (bytes.length !== stringsAt + strings) return null;

  const names = bytes.subarray(stringsAt);
  const exported = rowsOf(exports, exportsAt, EXPORT_SIZE, (at) => {
    const name = nameIn(names, u32(at), u32(at + 4));
    return name === null ? null : { name, offset: u32(at + 8), flags: u32(at + 12) };
  });
  const imported = rowsOf(imports, importsAt, IMPORT_SIZE, (at) => nameIn(names, u32(at), u32(at + 4)));
  if (exported === null || imported === null) return null;
  return {
    text: bytes.subarray(HEADER_SIZE, rodataAt),
    rodata: bytes.subarray(rodataAt, initAt),
    init: bytes.subarray(initAt, exportsAt),
    stateSize: init + bss,
    exports: exported,
    imports: imported,
    relocations: Array.from({ length: relocations }, (_, row) =>
      relocationAt(view, relocationsAt + row * RELOCATION_SIZE),
    ),
  };
}

/** The rows of a table; null if one of them is not well-formed. */
function rowsOf<Row>(
  count: number,
  start: number,
  size: number,
  read: (at: number) => Row | null,
): Row[] | null {
  const rows: Row[] = [];
  for (let index = 0; index < count; index++) {
    const row = read(start + index * size);
    if (row === null) return null;
    rows.push(row);
  }
  return rows;
}

/** A name: 1 to 31 characters of [A-Za-z0-9_.$-] within the strings. */
function nameIn(strings: Uint8Array, offset: number, length: number): string | null {
  if (length === 0 || length > limits.name || offset + length > strings.length) return null;
  let name = "";
  for (let at = offset; at < offset + length; at++) {
    if (!isNameCharacter[strings[at]!]) return null;
    name += String.fromCharCode(strings[at]!);
  }
  return name;
}

const isNameCharacter: readonly boolean[] = Array.from({ length: 256 }, (_, code) =>
  /[A-Za-z0-9_.$-]/.test(String.fromCharCode(code)),
);

function relocationAt(view: DataView, at: number): Relocation {
  const u32 = (field: number) => view.getUint32(at + field, true);
  return {
    kind: view.getUint8(at),
    segment: segments[view.getUint8(at + 1)] ?? null,
    zero: view.getUint16(at + 2, true),
    place: u32(4),
    target: u32(8),
    size: u32(12),
    addend: u32(16),
  };
}
