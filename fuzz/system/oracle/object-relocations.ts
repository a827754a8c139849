/** Checks 2 to 10 of an object file: sizes that bounds can have, and relocations that lead nowhere else. */
import { isExactRange } from "./exactness.ts";
import type { FileRelocation, ObjectFile } from "./object-form.ts";

export const kinds = { ro: 1, code: 2, cls: 3, clsInit: 4, clsRo: 5, import: 6 } as const;

const TEXT = 0;
const RODATA = 1;
const STATE = 2;
/** Bytes of a place, by kind, and what its offset is a multiple of. */
const places: Readonly<Record<number, { readonly size: number; readonly align: number }>> = {
  [kinds.ro]: { size: 16, align: 16 },
  [kinds.code]: { size: 16, align: 16 },
  [kinds.cls]: { size: 12, align: 4 },
  [kinds.clsInit]: { size: 16, align: 16 },
  [kinds.clsRo]: { size: 16, align: 16 },
  [kinds.import]: { size: 32, align: 16 },
};
/** Segments in which a kind may be. */
const homes: Readonly<Record<number, readonly number[]>> = {
  [kinds.ro]: [TEXT, RODATA],
  [kinds.code]: [TEXT, RODATA],
  [kinds.cls]: [TEXT],
  [kinds.clsInit]: [STATE],
  [kinds.clsRo]: [STATE],
  [kinds.import]: [STATE],
};
/** All of an instruction but its immediate. */
const OPERANDS = 0xf_ffff;
/** The register that has the table of states. */
const TABLE = 26;
const POINTERS: readonly number[] = [kinds.ro, kinds.clsInit, kinds.clsRo];

/** The number of the first check that the file does not pass; null if it passes all. */
export function checkRelocations(file: ObjectFile, flags: readonly number[]): number | null {
  const { text, rodata, exports, relocations } = file;
  const every = (holds: (relocation: FileRelocation) => boolean) => relocations.every(holds);
  const checks: readonly (readonly [reason: number, holds: () => boolean])[] = [
    [2, () => isExactRange({ base: 0, size: text.length }) && isExactRange({ base: 0, size: rodata.length })],
    [
      2,
      () =>
        every(
          ({ kind, target, size }) => !POINTERS.includes(kind) || isExactRange({ base: target, size: size }),
        ),
    ],
    [
      3,
      () =>
        flags.every((flag) => flag === 0) && every(({ segment, reserved }) => segment <= 2 && reserved === 0),
    ],
    [4, () => every((one) => isPlaced(one, file)) && !overlap(relocations)],
    [5, () => every((one) => isAimed(one, file))],
    [6, () => every(({ kind, segment }) => homes[kind]!.includes(segment))],
    [7, () => exports.every((offset) => offset % 2 === 0 && offset + 2 <= text.length)],
    [9, () => every((one) => one.kind !== kinds.cls || isSequence(one, file))],
    [10, () => importsOnce(file)],
  ];
  return checks.find(([, holds]) => !holds())?.[0] ?? null;
}

function segmentSize(segment: number, { text, rodata, stateSize }: ObjectFile): number {
  return segment === TEXT ? text.length : segment === RODATA ? rodata.length : stateSize;
}

function isPlaced({ kind, segment, place }: FileRelocation, file: ObjectFile): boolean {
  const shape = places[kind];
  if (shape === undefined) return false;
  return place % shape.align === 0 && place + shape.size <= segmentSize(segment, file);
}

function overlap(relocations: readonly FileRelocation[]): boolean {
  const taken = relocations
    .map(({ kind, segment, place }) => ({ segment, from: place, to: place + places[kind]!.size }))
    .sort((one, other) => one.segment - other.segment || one.from - other.from);
  return taken.some(({ segment, from }, at) => {
    const before = taken[at - 1];
    return before !== undefined && before.segment === segment && before.to > from;
  });
}

/** Whether what is pointed to lies inside the object. */
function isAimed({ kind, target, size, addend }: FileRelocation, file: ObjectFile): boolean {
  const inside = (limit: number) => target + size <= limit && addend <= size;
  switch (kind) {
    case kinds.ro:
    case kinds.clsRo:
      return inside(file.rodata.length);
    case kinds.clsInit:
      return inside(file.stateSize);
    case kinds.code:
      return target % 2 === 0 && target + 2 <= file.text.length && size === 0 && addend === 0;
    default:
      return true;
  }
}

/** `lc cX, _(c26)`, `cincoffsetimm cX, cX, target`, `csetboundsimm cX, cX, size`. */
function isSequence({ place, target, size, addend }: FileRelocation, file: ObjectFile): boolean {
  const view = new DataView(file.text.buffer, file.text.byteOffset + place, 12);
  const [load, move, bound] = [0, 4, 8].map((at) => view.getUint32(at, true)) as [number, number, number];
  const register = (load >>> 7) & 31;
  const same = (register << 7) | (register << 15);
  return (
    (load & OPERANDS) === (0x200f | (register << 7) | (TABLE << 15)) &&
    register !== 0 &&
    register !== TABLE &&
    (move & OPERANDS) === (0x105b | same) &&
    (bound & OPERANDS) === (0x205b | same) &&
    move >>> 20 === target &&
    target <= 2047 &&
    bound >>> 20 === size &&
    size >= 1 &&
    addend === 0 &&
    target + size <= file.stateSize &&
    isExactRange({ base: target, size: size })
  );
}

function importsOnce({ relocations, imports }: ObjectFile): boolean {
  const found = relocations.filter(({ kind }) => kind === kinds.import);
  const isWhole = found.every(({ target, size, addend }) => target < imports && size === 32 && addend === 0);
  return isWhole && new Set(found.map(({ target }) => target)).size === found.length;
}
