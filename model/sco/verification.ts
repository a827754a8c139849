/**
 * Whether an object is safe to share (5.4). Whoever made it and whoever brings it is not trusted; what is looked at is
 * a copy that nobody else can reach any more (I-97), and an object that is refused has changed nothing (I-98).
 *
 * Relocations are the only thing in an object that makes capabilities, so they are what most rules are about. The code
 * itself is not looked at: it runs under a PCC without access to system registers, and the machine enforces the rest (V11).
 */
import { granuleOf } from "../intravisor/layout.ts";
import { decode } from "../isa/index.ts";
import { type ObjectFile, type Relocation, readObject, type Segment, SLOT } from "./format.ts";

/** Kinds of relocations (5.3). */
export const kinds = { ro: 1, code: 2, cls: 3, clsInit: 4, clsRo: 5, imported: 6 } as const;

/** What a relocation of each kind patches, and where it may stand. */
const places: ReadonlyMap<
  number,
  { readonly width: number; readonly align: number; readonly in: readonly Segment[] }
> = new Map([
  [kinds.ro, { width: SLOT, align: SLOT, in: ["text", "rodata"] }],
  [kinds.code, { width: SLOT, align: SLOT, in: ["text", "rodata"] }],
  [kinds.cls, { width: 12, align: 4, in: ["text"] }],
  [kinds.clsInit, { width: SLOT, align: SLOT, in: ["state"] }],
  [kinds.clsRo, { width: SLOT, align: SLOT, in: ["state"] }],
  [kinds.imported, { width: 2 * SLOT, align: SLOT, in: ["state"] }],
]);

/** One check: an object for which it does not hold is refused, and told the number. */
export interface Rule {
  readonly reason: number;
  readonly name: string;
  /** Invariants that rest on it. */
  readonly invariants: string;
  readonly holds: (object: ObjectFile) => boolean;
}

/** The rules that an object can break once it can be read at all, in the order in which they are looked at. */
export const rules: readonly Rule[] = [
  {
    reason: 2,
    name: "V2: bounds are exact wherever the object is placed",
    invariants: "I-4 I-5 I-101",
    holds: ({ text, rodata, relocations }) =>
      isExactLength(text.length) &&
      isExactLength(rodata.length) &&
      relocations.every((one) => !isPointer(one) || isExactPiece(one)),
  },
  {
    reason: 3,
    name: "V3: nothing is both shared and writable, and no reserved field asks for it",
    invariants: "I-95 I-96",
    holds: ({ exports, relocations }) =>
      exports.every(({ flags }) => flags === 0) &&
      relocations.every(({ segment, zero }) => segment !== null && zero === 0),
  },
  {
    reason: 4,
    name: "V4: each relocation patches an aligned place of its own within one segment",
    invariants: "I-1 I-98",
    holds: (object) => object.relocations.every((one) => isPlaced(object, one)) && isApart(object),
  },
  {
    reason: 5,
    name: "V5: what relocations lead to lies within the object",
    invariants: "I-98 I-112",
    holds: (object) => object.relocations.every((one) => leadsInside(object, one)),
  },
  {
    reason: 6,
    name: "V6: what reaches a client's state stands in that state; what all share leads to what all share",
    invariants: "I-95 I-110 I-112",
    holds: ({ relocations }) =>
      relocations.every(({ kind, segment }) => places.get(kind)!.in.includes(segment!)),
  },
  {
    reason: 7,
    name: "V7: exports begin at instructions within TEXT",
    invariants: "I-20 I-98",
    holds: ({ exports, text }) => exports.every(({ offset }) => isEntry(offset, text)),
  },
  {
    reason: 9,
    name: "V9: CLS accesses are those of one variable within the state",
    invariants: "I-101 I-102",
    holds: (object) => object.relocations.every((one) => one.kind !== kinds.cls || isVariable(object, one)),
  },
  {
    reason: 10,
    name: "V10: an import is a place for what the client alone will put there",
    invariants: "I-103 I-109",
    holds: ({ imports, relocations }) => {
      const slots = relocations.filter(({ kind }) => kind === kinds.imported);
      const isSlot = ({ target, size, addend }: Relocation) =>
        target < imports.length && size === 2 * SLOT && addend === 0;
      return slots.every(isSlot) && new Set(slots.map(({ target }) => target)).size === slots.length;
    },
  },
];

/** What holds without being looked at, and why. */
export const byConstruction: readonly { readonly name: string; readonly why: string }[] = [
  { name: "V8: raw bytes carry no tags", why: "the object is copied as data (I-11, I-12)" },
  { name: "V11: no instruction is forbidden", why: "PCC has no access to system registers (I-19)" },
  { name: "V12: an object is its content", why: "its identity is the hash; no name is looked at (I-107)" },
];

export type Verdict =
  | { readonly ok: true; readonly object: ObjectFile }
  /** The number of the first check that failed. */
  | { readonly ok: false; readonly reason: number };

/** Reads and checks an object file. The bytes must be nobody else's; the parts of the object are parts of them. */
export function verify(bytes: Uint8Array): Verdict {
  // V1: the file is what its header says, and nothing in it exceeds a limit.
  const object = readObject(bytes);
  if (object === null) return { ok: false, reason: 1 };
  const broken = rules.find(({ holds }) => !holds(object));
  return broken === undefined ? { ok: true, object } : { ok: false, reason: broken.reason };
}

/** Of the kinds that make pointers to data. */
function isPointer({ kind }: Relocation): boolean {
  return kind === kinds.ro || kind === kinds.clsInit || kind === kinds.clsRo;
}

/** Whether bounds can have this length, where the base is aligned for it. */
function isExactLength(length: number): boolean {
  return length < 4096 || length % granule(length) === 0;
}

function isExactPiece({ target, size }: Relocation): boolean {
  return size < 4096 || (target % granule(size) === 0 && size % granule(size) === 0);
}

function granule(length: number): number {
  return Number(granuleOf(BigInt(length)));
}

function sizeOf({ text, rodata, stateSize }: ObjectFile, segment: Segment): number {
  switch (segment) {
    case "text":
      return text.length;
    case "rodata":
      return rodata.length;
    case "state":
      return stateSize;
  }
}

function isPlaced(object: ObjectFile, { kind, segment, place }: Relocation): boolean {
  const shape = places.get(kind);
  return shape !== undefined && place % shape.align === 0 && place + shape.width <= sizeOf(object, segment!);
}

/** Whether no two relocations patch the same byte. All of them have a kind and a segment. */
function isApart({ relocations }: ObjectFile): boolean {
  const ordered = relocations.toSorted((one, other) =>
    one.segment === other.segment ? one.place - other.place : one.segment! < other.segment! ? -1 : 1,
  );
  return ordered.every(({ kind, segment, place }, at) => {
    const next = ordered[at + 1];
    return next?.segment !== segment || place + places.get(kind)!.width <= next.place;
  });
}

function leadsInside(object: ObjectFile, { kind, target, size, addend }: Relocation): boolean {
  switch (kind) {
    case kinds.ro:
    case kinds.clsRo:
      return target + size <= object.rodata.length && addend <= size;
    case kinds.clsInit:
      return target + size <= object.stateSize && addend <= size;
    case kinds.code:
      return isEntry(target, object.text) && size === 0 && addend === 0;
    default:
      // The rules about CLS and about imports say what theirs must be.
      return true;
  }
}

/** Whether an instruction can begin here. */
function isEntry(offset: number, text: Uint8Array): boolean {
  return offset % 2 === 0 && offset < text.length;
}

/** The table of a client's states, in code that reaches its state. */
const CLS_REGISTER = 26;
/** The furthest that one immediate reaches. */
const VARIABLE_OFFSET_MAX = 2047;

/**
 * Whether these three instructions load the state from the table and narrow it to just the variable that the relocation
 * names. Which entry of the table is filled in when the object has a number.
 */
function isVariable({ text, stateSize }: ObjectFile, { place, target, size, addend }: Relocation): boolean {
  if (addend !== 0 || size === 0 || target > VARIABLE_OFFSET_MAX || target + size > stateSize) return false;
  const [load, move, narrow] = [0, 4, 8].map((at) => operandsOf(text, place + at));
  const cd = load?.operands.cd;
  const isLoad = load?.name === "lc" && load.operands.base === CLS_REGISTER;
  if (!isLoad || cd === 0 || cd === CLS_REGISTER) return false;
  const isSame = (one: typeof move) => one?.operands.cd === cd && one?.operands.cs1 === cd;
  return (
    move?.name === "cincoffsetimm" &&
    isSame(move) &&
    move.operands.imm === BigInt(target) &&
    narrow?.name === "csetboundsimm" &&
    isSame(narrow) &&
    narrow.operands.uimm === BigInt(size)
  );
}

/** The instruction of four bytes at an offset of TEXT, as capability mode has it. */
function operandsOf(text: Uint8Array, at: number) {
  const word = text[at]! | (text[at + 1]! << 8) | (text[at + 2]! << 16) | (text[at + 3]! << 24);
  const decoded = (word & 3) === 3 ? decode(word, true) : null;
  return decoded === null ? null : { name: decoded.instruction.name, operands: decoded.operands };
}
