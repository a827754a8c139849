/** What the bytes and capabilities of an object, and of a state of it, have to be by its file. */

import { CODE_PERMS } from "./allowed.ts";
import type { Range } from "./declared.ts";
import type { DeclaredBinding, DeclaredObject } from "./declared-object.ts";
import { execute, global, type HeldCapability, load, loadCap, store } from "./held.ts";
import type { FileRelocation, ObjectFile } from "./object-form.ts";
import { kinds } from "./object-relocations.ts";

export const SLOT = 16;
/** The object type of entries that anybody can make. */
const SENTRY = 0x3fffe;
const TEXT = 0;
const STATE = 2;

/** A tagged granule that there may be, by its offset. */
export type Shape = (held: HeldCapability) => boolean;

/** The tagged granules of the text or the read-only data of an object, by their offsets. */
export function sharedShapes(object: DeclaredObject, segment: 0 | 1): Map<number, Shape> {
  const found = new Map<number, Shape>();
  for (const relocation of object.file.relocations) {
    if (relocation.segment !== segment) continue;
    if (relocation.kind === kinds.ro) found.set(relocation.place, pointerTo(object.rodata, relocation, load));
    if (relocation.kind === kinds.code) {
      const address = object.text.base + relocation.target;
      found.set(
        relocation.place,
        (held) =>
          held.otype === SENTRY &&
          covers(held, object.text) &&
          held.address === address &&
          (held.perms & ~CODE_PERMS) === 0 &&
          (held.perms & execute) !== 0,
      );
    }
  }
  return found;
}

/** Those of a state that are not imports; objects may have overwritten them. */
export function stateShapes({ object, state }: DeclaredBinding): Map<number, Shape> {
  const found = new Map<number, Shape>();
  for (const relocation of object.file.relocations) {
    if (relocation.segment !== STATE) continue;
    const { kind, place } = relocation;
    if (kind === kinds.clsInit) found.set(place, pointerTo(state, relocation, load | store));
    if (kind === kinds.clsRo) found.set(place, pointerTo(object.rodata, relocation, load));
  }
  return found;
}

/** An entry of a CLS table. */
export function isState(held: HeldCapability, { state }: DeclaredBinding): boolean {
  const wanted = load | store | loadCap;
  return held.otype === null && covers(held, state) && (held.perms & ~global) === wanted;
}

/** The bytes of a segment as they must be but in slots, which are zeros here. */
export function sharedBytes(object: DeclaredObject, segment: 0 | 1): Uint8Array {
  const bytes = (segment === TEXT ? object.file.text : object.file.rodata).slice();
  const view = new DataView(bytes.buffer);
  for (const { kind, segment: where, place } of object.file.relocations) {
    if (where !== segment) continue;
    if (kind === kinds.ro || kind === kinds.code) bytes.fill(0, place, place + SLOT);
    if (kind === kinds.cls) {
      const load12 = (view.getUint32(place, true) & 0xf_ffff) | ((SLOT * object.number) << 20);
      view.setUint32(place, load12 >>> 0, true);
    }
  }
  return bytes;
}

/** The bytes with which a state begins, slots of pointers zero. */
export function initialState({ object, state }: DeclaredBinding): Uint8Array {
  const bytes = new Uint8Array(state.size);
  bytes.set(object.file.init);
  for (const { place, size } of stateSlots(object)) bytes.fill(0, place, place + size);
  return bytes;
}

/** Where in a state capabilities are put. */
export function stateSlots({ file }: DeclaredObject): readonly StateSlot[] {
  return stateSlotsOf(file);
}

/** The same of a file. */
export function stateSlotsOf({ relocations }: ObjectFile): readonly StateSlot[] {
  return relocations
    .filter(({ segment }) => segment === STATE)
    .map(({ kind, place }) => {
      const isImport = kind === kinds.import;
      return { place, size: isImport ? 2 * SLOT : SLOT, isImport };
    });
}

interface StateSlot {
  readonly place: number;
  readonly size: number;
  readonly isImport: boolean;
}

/** Places of the slots of imports in a state: the second of each is its data half. */
export function importPlaces({ file }: DeclaredObject): Map<number, number> {
  const found = new Map<number, number>();
  for (const { kind, place, target } of file.relocations)
    if (kind === kinds.import) for (const slot of [place, place + SLOT]) found.set(slot, target);
  return found;
}

function pointerTo(range: Range, { target, size, addend }: FileRelocation, perms: number): Shape {
  const base = range.base + target;
  return (held) =>
    held.otype === null &&
    held.base === base &&
    held.top === base + size &&
    held.address === base + addend &&
    (held.perms & ~global) === perms;
}

function covers(held: HeldCapability, { base, size }: Range): boolean {
  return held.base === base && held.top === base + size;
}
