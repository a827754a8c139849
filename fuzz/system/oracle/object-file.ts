/**
 * Object files read a third time, for oracles alone: whether one may be loaded, and what its relocations say there must
 * be. Written from the description of the format; neither system has a part in it.
 */

import type { FileRelocation, FileVerdict, ObjectFile } from "./object-form.ts";
import { checkRelocations } from "./object-relocations.ts";

const HEADER = 48;
export const FILE_MAX = 1 << 20;
const SEGMENT_MAX = 1 << 18;
const STATE_MAX = 1 << 16;

interface Name {
  readonly offset: number;
  readonly length: number;
}

/** Judges a file of at most 1 MiB. */
export function fileVerdict(bytes: Uint8Array): FileVerdict {
  const parts = partsOf(bytes);
  if (parts === null) return { reason: 1 };
  const { file, flags } = parts;
  const reason = checkRelocations(file, flags);
  return reason === null ? file : { reason };
}

/** The parts of a file; null if it is not of the form that every file has. */
function partsOf(bytes: Uint8Array): { file: ObjectFile; flags: readonly number[] } | null {
  if (bytes.length < HEADER || Buffer.from(bytes.subarray(0, 4)).toString("latin1") !== "CWOB") return null;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const word = (at: number) => view.getUint32(at, true);
  if (view.getUint16(4, true) !== 1 || view.getUint16(6, true) !== 1) return null;
  const [text, rodata, init, bss] = [word(8), word(12), word(16), word(20)];
  const [exports, imports, relocations, strings] = [word(24), word(28), word(32), word(36)];
  if (word(40) !== 0 || word(44) !== 0) return null;
  if ([text, rodata, init, bss].some((size) => size % 16 !== 0)) return null;
  if (text === 0 || text > SEGMENT_MAX || rodata > SEGMENT_MAX || init + bss > STATE_MAX) return null;
  if (exports < 1 || exports > 64 || imports > 16 || relocations > 1024 || strings > 4096) return null;

  const exportsAt = HEADER + text + rodata + init;
  const importsAt = exportsAt + 16 * exports;
  const relocationsAt = importsAt + 8 * imports;
  const stringsAt = relocationsAt + 20 * relocations;
  if (stringsAt + strings !== bytes.length) return null;
  const nameAt = (at: number): Name => ({ offset: word(at), length: word(at + 4) });
  const entries = times(exports, (index) => exportsAt + 16 * index);
  const names = [...entries, ...times(imports, (index) => importsAt + 8 * index)].map(nameAt);
  if (!names.every((name) => isName(name, bytes.subarray(stringsAt)))) return null;

  const file: ObjectFile = {
    text: bytes.subarray(HEADER, HEADER + text),
    rodata: bytes.subarray(HEADER + text, HEADER + text + rodata),
    init: bytes.subarray(HEADER + text + rodata, exportsAt),
    stateSize: init + bss,
    exports: entries.map((at) => word(at + 8)),
    imports,
    relocations: times(relocations, (index) => relocationAt(view, relocationsAt + 20 * index)),
  };
  return { file, flags: entries.map((at) => word(at + 12)) };
}

function relocationAt(view: DataView, at: number): FileRelocation {
  const word = (index: number) => view.getUint32(at + 4 * index, true);
  return {
    kind: view.getUint8(at),
    segment: view.getUint8(at + 1),
    reserved: view.getUint16(at + 2, true),
    place: word(1),
    target: word(2),
    size: word(3),
    addend: word(4),
  };
}

function isName({ offset, length }: Name, strings: Uint8Array): boolean {
  if (length < 1 || length > 31 || offset + length > strings.length) return false;
  return /^[A-Za-z0-9_.$-]+$/.test(Buffer.from(strings.subarray(offset, offset + length)).toString("latin1"));
}

function times<Item>(count: number, make: (index: number) => Item): Item[] {
  return Array.from({ length: count }, (_, index) => make(index));
}
