/**
 * Whether an object may be shared: what the Intravisor checks of a frozen copy before anything of it is used. Each check
 * is a function of its own, in the order in which they are made; the number of the first that fails is the reason.
 *
 * Instructions are not checked but for those of a relocation: the PCC of an object reaches no system register, and
 * nothing that an object is given can change what is shared. Tags cannot come in, for the copy is one of bytes; and an
 * object is known by its bytes, never by a name. So checks 8, 11 and 12 hold by construction and are nobody's reason.
 *
 * Nothing is allocated for an item: all numbers of a file are read where they lie.
 */
import { granuleOf } from "../intravisor/layout.ts";
import {
  EXPORT_BYTES,
  HEADER_BYTES,
  IMPORT_BYTES,
  kind,
  type Parts,
  partsOf,
  RELOCATION_BYTES,
  segment,
  viewOfBytes,
} from "./reader.ts";

export const TEXT_MAX = 256 << 10;
export const RODATA_MAX = 256 << 10;
export const STATE_MAX = 64 << 10;
export const EXPORTS_MAX = 64;
export const IMPORTS_MAX = 16;
const RELOCATIONS_MAX = 1024;
const STRINGS_MAX = 4096;
const NAME_MAX = 31;

/** "CWOB", little endian. */
const MAGIC = 0x424f5743;
const VERSION = 1;
const SHA_256 = 1;

/** Offsets in a relocation. */
const [KIND, SEGMENT, RESERVED, PLACE, TARGET, SIZE, ADDEND] = [0, 1, 2, 4, 8, 12, 16] as const;
const [FLAGS, ENTRY] = [12, 8] as const;

export const SLOT = 16;
/** Bytes of what an R_CLS patches, and of the two slots of an import. */
const SEQUENCE = 12;
const PAIR = 32;

/** The instructions of an R_CLS, without their registers and immediates: lc, cincoffsetimm, csetboundsimm. */
const [LC, CINCOFFSETIMM, CSETBOUNDSIMM] = [0x200f, 0x105b, 0x205b] as const;
const OPCODE = 0x707f;
/** cs10, where an object finds its CLS table. */
const TABLE = 26;
/** As far as a positive immediate of cincoffsetimm goes. */
const OFFSET_MAX = 2047;

/** 1 for what names are made of. */
const NAME_BYTES = new Uint8Array(256);
for (const byte of [..."ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.$-"]) {
  NAME_BYTES[byte.charCodeAt(0)] = 1;
}

/** Where the relocations of the object at hand lie, one number each that sorts by place. */
const extents = new Uint32Array(RELOCATIONS_MAX);

/** Checks an object file: 0 if it may be shared, or the number of the first check that fails, 1 to 10. */
export function verify(bytes: Uint8Array): number {
  if (bytes.length < HEADER_BYTES) return 1;
  const file = viewOfBytes(bytes);
  if (!hasHeader(file)) return 1;
  const parts = partsOf(file);
  if (!hasSizes(parts, bytes.length) || !hasNames(bytes, file, parts)) return 1;
  if (!isRepresentable(file, parts)) return 2;
  if (!hasNothingReserved(file, parts)) return 3;
  if (!liesApart(file, parts)) return 4;
  if (!staysInside(file, parts)) return 5;
  if (!isAllowed(file, parts)) return 6;
  if (!hasEntries(file, parts)) return 7;
  if (!reachesState(file, parts)) return 9;
  return hasImports(file, parts) ? 0 : 10;
}

function hasHeader(file: DataView): boolean {
  return (
    file.getUint32(0, true) === MAGIC &&
    file.getUint16(4, true) === VERSION &&
    file.getUint16(6, true) === SHA_256 &&
    file.getUint32(40, true) === 0 &&
    file.getUint32(44, true) === 0
  );
}

/** No sum wraps: all are of numbers below 2^37. */
function hasSizes(parts: Parts, length: number): boolean {
  const { text, rodata, init, bss, exports, imports, relocations, strings, stringsAt } = parts;
  if (((text | rodata | init | bss) & 15) !== 0) return false;
  if (text === 0 || text > TEXT_MAX || rodata > RODATA_MAX || init + bss > STATE_MAX) return false;
  if (exports === 0 || exports > EXPORTS_MAX || imports > IMPORTS_MAX) return false;
  return relocations <= RELOCATIONS_MAX && strings <= STRINGS_MAX && stringsAt + strings === length;
}

function hasNames(bytes: Uint8Array, file: DataView, parts: Parts): boolean {
  for (let at = parts.exportsAt; at < parts.importsAt; at += EXPORT_BYTES) {
    if (!isName(bytes, file, at, parts)) return false;
  }
  for (let at = parts.importsAt; at < parts.relocationsAt; at += IMPORT_BYTES) {
    if (!isName(bytes, file, at, parts)) return false;
  }
  return true;
}

function isName(bytes: Uint8Array, file: DataView, at: number, { strings, stringsAt }: Parts): boolean {
  const offset = file.getUint32(at, true);
  const length = file.getUint32(at + 4, true);
  if (length === 0 || length > NAME_MAX || offset + length > strings) return false;
  const from = stringsAt + offset;
  for (let one = from; one < from + length; one++) if (NAME_BYTES[bytes[one]!] === 0) return false;
  return true;
}

/** V2. Segments are placed at pages, and at places aligned for their length, so the numbers in the file decide. */
function isRepresentable(file: DataView, { text, rodata, relocationsAt, stringsAt }: Parts): boolean {
  if (text % granuleOf(text) !== 0 || rodata % granuleOf(rodata) !== 0) return false;
  for (let at = relocationsAt; at < stringsAt; at += RELOCATION_BYTES) {
    const what = file.getUint8(at + KIND);
    if (what !== kind.ro && what !== kind.clsInit && what !== kind.clsRo) continue;
    const size = file.getUint32(at + SIZE, true);
    if (size < 4096) continue;
    const granule = granuleOf(size);
    if (size % granule !== 0 || file.getUint32(at + TARGET, true) % granule !== 0) return false;
  }
  return true;
}

/** V3. */
function hasNothingReserved(file: DataView, parts: Parts): boolean {
  for (let at = parts.exportsAt; at < parts.importsAt; at += EXPORT_BYTES) {
    if (file.getUint32(at + FLAGS, true) !== 0) return false;
  }
  for (let at = parts.relocationsAt; at < parts.stringsAt; at += RELOCATION_BYTES) {
    if (file.getUint8(at + SEGMENT) > segment.state) return false;
    if (file.getUint16(at + RESERVED, true) !== 0) return false;
  }
  return true;
}

/** V4. */
function liesApart(file: DataView, { text, rodata, init, bss, relocationsAt, stringsAt }: Parts): boolean {
  let count = 0;
  let isSorted = true;
  for (let at = relocationsAt; at < stringsAt; at += RELOCATION_BYTES) {
    const what = file.getUint8(at + KIND);
    if (what < kind.ro || what > kind.import) return false;
    const where = file.getUint8(at + SEGMENT);
    const size = where === segment.text ? text : where === segment.rodata ? rodata : init + bss;
    const width = what === kind.cls ? SEQUENCE : what === kind.import ? PAIR : SLOT;
    const place = file.getUint32(at + PLACE, true);
    if (place % (what === kind.cls ? 4 : SLOT) !== 0 || place + width > size) return false;
    // A segment has at most 2^18 bytes: 16 bits for the word, 4 for how many.
    const extent = (where << 20) | ((place >> 2) << 4) | (width >> 2);
    if (count > 0 && extent < extents[count - 1]!) isSorted = false;
    extents[count++] = extent;
  }
  if (!isSorted) extents.subarray(0, count).sort();
  for (let one = 1; one < count; one++) {
    const before = extents[one - 1]!;
    if ((before >> 4) + (before & 15) > extents[one]! >> 4) return false;
  }
  return true;
}

/** V5. Sums of two numbers of 32 bits do not wrap here. */
function staysInside(file: DataView, { text, rodata, init, bss, relocationsAt, stringsAt }: Parts): boolean {
  for (let at = relocationsAt; at < stringsAt; at += RELOCATION_BYTES) {
    const what = file.getUint8(at + KIND);
    if (what === kind.cls || what === kind.import) continue;
    const target = file.getUint32(at + TARGET, true);
    const size = file.getUint32(at + SIZE, true);
    const addend = file.getUint32(at + ADDEND, true);
    if (what === kind.code) {
      if (target >= text || (target & 1) !== 0 || size !== 0 || addend !== 0) return false;
    } else {
      const limit = what === kind.clsInit ? init + bss : rodata;
      if (target + size > limit || addend > size) return false;
    }
  }
  return true;
}

/** V6. What is shared has nothing that is one client's, and nothing that can be stored through. */
function isAllowed(file: DataView, { relocationsAt, stringsAt }: Parts): boolean {
  for (let at = relocationsAt; at < stringsAt; at += RELOCATION_BYTES) {
    const what = file.getUint8(at + KIND);
    const where = file.getUint8(at + SEGMENT);
    if (what === kind.cls) {
      if (where !== segment.text) return false;
    } else if (what < kind.cls === (where === segment.state)) return false;
  }
  return true;
}

/** V7. */
function hasEntries(file: DataView, { text, exportsAt, importsAt }: Parts): boolean {
  for (let at = exportsAt; at < importsAt; at += EXPORT_BYTES) {
    const entry = file.getUint32(at + ENTRY, true);
    if (entry >= text || (entry & 1) !== 0) return false;
  }
  return true;
}

/** V9. */
function reachesState(file: DataView, { textAt, init, bss, relocationsAt, stringsAt }: Parts): boolean {
  for (let at = relocationsAt; at < stringsAt; at += RELOCATION_BYTES) {
    if (file.getUint8(at + KIND) !== kind.cls) continue;
    const place = textAt + file.getUint32(at + PLACE, true);
    const target = file.getUint32(at + TARGET, true);
    const size = file.getUint32(at + SIZE, true);
    if (target > OFFSET_MAX || size === 0 || size > 4095 || target + size > init + bss) return false;
    if (file.getUint32(at + ADDEND, true) !== 0 || !isSequence(file, place, target, size)) return false;
  }
  return true;
}

/** Whether the three words make a capability over `size` bytes from `target` of what the table has. */
function isSequence(file: DataView, at: number, target: number, size: number): boolean {
  const load = file.getUint32(at, true);
  const register = (load >>> 7) & 31;
  if ((load & OPCODE) !== LC || ((load >>> 15) & 31) !== TABLE) return false;
  if (register === 0 || register === TABLE) return false;
  const same = (register << 15) | (register << 7);
  const move = ((target << 20) | same | CINCOFFSETIMM) >>> 0;
  const bound = ((size << 20) | same | CSETBOUNDSIMM) >>> 0;
  return file.getUint32(at + 4, true) === move && file.getUint32(at + 8, true) === bound;
}

/** V10. */
function hasImports(file: DataView, { imports, relocationsAt, stringsAt }: Parts): boolean {
  let seen = 0;
  for (let at = relocationsAt; at < stringsAt; at += RELOCATION_BYTES) {
    if (file.getUint8(at + KIND) !== kind.import) continue;
    const target = file.getUint32(at + TARGET, true);
    if (target >= imports || (seen & (1 << target)) !== 0) return false;
    if (file.getUint32(at + SIZE, true) !== PAIR || file.getUint32(at + ADDEND, true) !== 0) return false;
    seen |= 1 << target;
  }
  return true;
}
