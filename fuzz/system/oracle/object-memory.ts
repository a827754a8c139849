/**
 * Memory as a client's objects see it, foretold: what is shared, the client's own states, its table of them, and what it
 * lends. Made of the files and of the states as they were last seen; neither system is asked for what it would do.
 */
import type { Capability } from "../../../model/contract.ts";
import {
  fromMemory,
  highOf,
  movedTo,
  NULL,
  permit,
  placedAt,
  SENTRY,
  UNSEALED,
} from "../../oracle/exact/capability.ts";
import { boundsAt, covering } from "../../oracle/exact/encoding.ts";
import type { DeclaredImport, DeclaredObject } from "./declared-object.ts";
import { kinds } from "./object-relocations.ts";
import { SLOT, sharedBytes } from "./object-shape.ts";

/** Thrown by whoever is asked for what no page says: then nothing is foretold. */
export class Unforeseen extends Error {}

/** Addresses from here on stand for places that nobody promises: no number that is foretold depends on them. */
const HIDDEN = 1n << 46n;
const HIDDEN_END = HIDDEN + 0x1_0000n;
export const TABLE = HIDDEN + 0x1000n;
export const STACK = HIDDEN + 0x2000n;
/** Beyond this nothing is known but that it is there. */
const SEALED = HIDDEN + 0x4000n;
const NUMBERS = 64;

const { global, execute, load, store, loadCap, cinvoke } = permit;
const DATA = load | store;
const CODE = global | execute | load | loadCap;

/** Exactly these bytes, with the address at an offset in them. */
export function over(base: bigint, size: bigint, perms: number, offset = 0n): Capability {
  const { field, isExact } = covering(base, size);
  if (!isExact) throw new Unforeseen("bounds that are not exact");
  const { top } = boundsAt(field, base);
  const flags = (perms & execute) === 0 ? 0n : 1n;
  const all = { tag: true, address: base, base, top, perms: BigInt(perms), otype: UNSEALED };
  return movedTo({ ...all, flags, reserved: 0n, bounds: field }, base + offset);
}

export const codeOf = ({ text }: DeclaredObject, offset: number): Capability =>
  over(BigInt(text.base), BigInt(text.size), CODE, BigInt(offset));
export const dataAt = (base: bigint, size: bigint): Capability => over(base, size, DATA);
export const stateEntry = (base: bigint, size: bigint): Capability => over(base, size, DATA | loadCap);
export const tableEntry = over(TABLE, BigInt(NUMBERS * SLOT), load | loadCap);
export const stackUpTo = (top: bigint): Capability => over(STACK, top - STACK, DATA, top - STACK);

function entry(cap: Capability): Capability {
  return placedAt(cap, cap.address, cap.tag, SENTRY);
}

/** What an object finds in c1: where it leads is the Intravisor's business. */
export const wayBack = entry(over(SEALED, 16n, CODE));

const targets = new WeakMap<Capability, Half>();

/** What half of a pair leads through an import. */
interface Half {
  readonly target: DeclaredImport;
  readonly isCode: boolean;
}

/** Half of the pair of an import, as registers have it. */
export function halfTo(target: DeclaredImport, isCode: boolean): Capability {
  const half = over(SEALED + 32n, 16n, cinvoke | global | (isCode ? execute : 0));
  const sealed = placedAt(half, half.address, true, 0x100n);
  targets.set(sealed, { target, isCode });
  return sealed;
}

/** What it is half of; undefined if it is not. */
export function halfIn(cap: Capability): Half | undefined {
  return targets.get(cap);
}

/** A register without a tag of which nothing else is known. */
export const unknown: Capability = placedAt(NULL, SEALED + 48n, false, UNSEALED);

export function isHidden(address: bigint): boolean {
  return address >= HIDDEN && address < HIDDEN_END;
}

/** Whether nothing may be told of it but its tag and its seal. */
export function isOpaque({ address }: Capability): boolean {
  return address >= SEALED && address < HIDDEN_END;
}

/** Bytes at an address, with tags by the offsets of their granules. */
export class Piece {
  readonly base: bigint;
  readonly bytes: Uint8Array;
  readonly tags: Set<number>;
  /** By offset: places of imports, and what is in those that are filled. */
  readonly imports: ReadonlyMap<number, Capability | null>;
  readonly #view: DataView;

  constructor(
    base: bigint,
    bytes: Uint8Array,
    tags: Iterable<number> = [],
    imports: ReadonlyMap<number, Capability | null> = new Map(),
  ) {
    this.base = base;
    this.bytes = bytes;
    this.tags = new Set(tags);
    this.imports = imports;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  }

  /** Whether it has all of these bytes. */
  has(address: bigint, size: number): boolean {
    return address >= this.base && address + BigInt(size) <= this.base + BigInt(this.bytes.length);
  }

  read(address: bigint, size: number): bigint {
    const at = Number(address - this.base);
    for (const granule of granulesOf(address, size, this.base))
      if (this.imports.has(granule)) throw new Unforeseen("bytes of an import");
    switch (size) {
      case 1:
        return BigInt(this.#view.getUint8(at));
      case 2:
        return BigInt(this.#view.getUint16(at, true));
      case 4:
        return BigInt(this.#view.getUint32(at, true));
      default:
        return this.#view.getBigUint64(at, true);
    }
  }

  write(address: bigint, size: number, value: bigint): void {
    const at = Number(address - this.base);
    for (let byte = 0; byte < size; byte++)
      this.bytes[at + byte] = Number((value >> BigInt(8 * byte)) & 0xffn);
    for (const granule of granulesOf(address, size, this.base)) this.tags.delete(granule);
  }

  granule(address: bigint): Capability {
    const at = Number(address - this.base);
    const isTagged = this.tags.has(at);
    const half = this.imports.get(at);
    if (half === undefined) return fromMemory(isTagged, this.read(address, 8), this.read(address + 8n, 8));
    if (!isTagged) return unknown;
    if (half === null) throw new Unforeseen("an import that nobody has filled");
    return half;
  }

  put(at: number, cap: Capability): void {
    this.#view.setBigUint64(at, cap.address, true);
    this.#view.setBigUint64(at + 8, highOf(cap), true);
    this.tags.add(at);
  }
}

/** Offsets of the granules of the address space that are touched, from where a piece begins. */
function granulesOf(address: bigint, size: number, base: bigint): number[] {
  const first = address & ~0xfn;
  const last = (address + BigInt(size - 1)) & ~0xfn;
  return first === last ? [Number(first - base)] : [Number(first - base), Number(last - base)];
}

const known = new WeakMap<DeclaredObject, readonly Piece[]>();

/** Code and read-only data of an object, relocated. Nobody writes there. */
export function sharedPieces(object: DeclaredObject): readonly Piece[] {
  const seen = known.get(object);
  if (seen !== undefined) return seen;
  const { text, rodata, file } = object;
  const pieces = ([0, 1] as const).map(
    (segment) => new Piece(BigInt((segment === 0 ? text : rodata).base), sharedBytes(object, segment)),
  );
  for (const { kind, segment, place, target, size, addend } of file.relocations) {
    if (kind === kinds.ro)
      pieces[segment]!.put(place, over(BigInt(rodata.base + target), BigInt(size), load, BigInt(addend)));
    if (kind === kinds.code) pieces[segment]!.put(place, entry(codeOf(object, target)));
  }
  known.set(object, pieces);
  return pieces;
}
