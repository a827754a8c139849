/**
 * Making an object of a file that has passed the checks: what is shared is written once, with its relocations, and the
 * Intravisor keeps nothing with which it could be written again.
 */
import type { Engine } from "../engine/index.ts";
import { type Forge, perms } from "../intravisor/forge.ts";
import { granuleOf, PAGE } from "../intravisor/layout.ts";
import { record } from "./layout.ts";
import type { OwnPages } from "./pages.ts";
import { type Place, placeIn, roundUp } from "./placement.ts";
import { EXPORT_BYTES, kind, type Parts, partsOf, RELOCATION_BYTES, segment, viewOfBytes } from "./reader.ts";
import { NUMBERS, type Objects, type Pointer, type SharedObject } from "./table.ts";

const TEXT_PERMS = perms.global | perms.execute | perms.load | perms.loadCap;
const SLOT_BYTES = 16;

export interface Loading {
  readonly engine: Engine;
  readonly forge: Forge;
  readonly objects: Objects;
  readonly pages: OwnPages;
}

/** What is taken of the area: objects, and states of clients. */
export function takenIn(objects: Objects): Place[] {
  return objects.flatMap((object) => {
    if (object === null) return [];
    const states = object.bindings.flatMap(({ place }) => (place === null ? [] : [place]));
    return [object.place, ...states];
  });
}

/** Loads a verified copy under the lowest free number; null if there is no number, or no room. */
export function load(loading: Loading, bytes: Uint8Array, hash: string): SharedObject | null {
  const { engine, objects, pages } = loading;
  const file = viewOfBytes(bytes);
  const parts = partsOf(file);
  const number = objects.indexOf(null);
  if (number < 0 || number >= NUMBERS) return null;
  const rodataOffset = roundUp(parts.text, PAGE);
  const place = placeIn(takenIn(objects), rodataOffset + parts.rodata);
  if (place === null) return null;
  const page = pages.take();
  if (page === null) return null;

  const shared = {
    number,
    hash,
    place,
    textSize: parts.text,
    rodataBase: place.base + rodataOffset,
    rodataSize: parts.rodata,
    record: page,
    exports: parts.exports,
    creations: 0,
    bindings: [],
  };
  const rodata = bytes.subarray(parts.rodataAt, parts.initAt);
  engine.load(BigInt(place.base), patchedText(bytes, file, parts, number));
  engine.load(BigInt(shared.rodataBase), rodata);
  relocate(loading, file, parts, shared);
  keepRecord(loading, file, parts, shared);
  const state = parts.init + parts.bss;
  const object: SharedObject = {
    ...shared,
    init: bytes.slice(parts.initAt, parts.exportsAt),
    stateSize: roundUp(state, granuleOf(state)),
    pointers: pointersIn(file, parts),
    imports: importsIn(file, parts),
  };
  objects[number] = object;
  return object;
}

/** The code, each R_CLS with the place of the object in every CLS table. */
function patchedText(bytes: Uint8Array, file: DataView, parts: Parts, number: number): Uint8Array {
  const text = bytes.slice(parts.textAt, parts.rodataAt);
  const words = viewOfBytes(text);
  for (const at of relocationsIn(file, parts, kind.cls)) {
    const place = file.getUint32(at + 4, true);
    const load = words.getUint32(place, true) & 0xf_ffff;
    words.setUint32(place, (load | ((SLOT_BYTES * number) << 20)) >>> 0, true);
  }
  return text;
}

function* relocationsIn(file: DataView, parts: Parts, wanted: number): Generator<number> {
  for (let at = parts.relocationsAt; at < parts.stringsAt; at += RELOCATION_BYTES) {
    if (file.getUint8(at) === wanted) yield at;
  }
}

type Shared = Pick<SharedObject, "place" | "textSize" | "rodataBase" | "record">;

/** Capabilities in what is shared: to read-only data, and entries of code. */
function relocate({ engine, forge }: Loading, file: DataView, parts: Parts, shared: Shared): void {
  const running = engine.hart.save();
  forge.begin();
  const slotOf = (at: number) => {
    const base = file.getUint8(at + 1) === segment.text ? shared.place.base : shared.rodataBase;
    return base + file.getUint32(at + 4, true);
  };
  for (const at of relocationsIn(file, parts, kind.ro)) {
    const base = shared.rodataBase + file.getUint32(at + 8, true);
    const address = base + file.getUint32(at + 16, true);
    forge.make({ base, size: file.getUint32(at + 12, true), address, perms: perms.load });
    forge.storeTo(slotOf(at));
  }
  for (const at of relocationsIn(file, parts, kind.code)) {
    makeText(forge, shared, shared.place.base + file.getUint32(at + 8, true), true);
    forge.storeTo(slotOf(at));
  }
  engine.hart.restore(running);
}

function makeText(forge: Forge, { place, textSize }: Shared, address: number, isEntry: boolean): void {
  const { base } = place;
  forge.make({ base, size: textSize, address, perms: TEXT_PERMS, capabilityMode: true, isEntry });
}

/** What the machine code is to find of an object. */
function keepRecord({ engine, forge }: Loading, file: DataView, parts: Parts, shared: Shared): void {
  const words = new BigUint64Array([BigInt(parts.exports)]);
  engine.load(BigInt(shared.record + record.count), new Uint8Array(words.buffer));
  const running = engine.hart.save();
  forge.begin();
  for (let index = 0; index < parts.exports; index++) {
    const entry = file.getUint32(parts.exportsAt + index * EXPORT_BYTES + 8, true);
    makeText(forge, shared, shared.place.base + entry, false);
    forge.storeTo(shared.record + record.entries + SLOT_BYTES * index);
  }
  engine.hart.restore(running);
}

function pointersIn(file: DataView, parts: Parts): Pointer[] {
  const found: Pointer[] = [];
  for (const wanted of [kind.clsInit, kind.clsRo]) {
    for (const at of relocationsIn(file, parts, wanted)) {
      found.push({
        place: file.getUint32(at + 4, true),
        isState: wanted === kind.clsInit,
        target: file.getUint32(at + 8, true),
        size: file.getUint32(at + 12, true),
        addend: file.getUint32(at + 16, true),
      });
    }
  }
  return found;
}

function importsIn(file: DataView, parts: Parts): (number | null)[] {
  const found = new Array<number | null>(parts.imports).fill(null);
  for (const at of relocationsIn(file, parts, kind.import)) {
    found[file.getUint32(at + 8, true)] = file.getUint32(at + 4, true);
  }
  return found;
}

/** Takes an object away that nobody has any more: nothing of it is left, and its number can be another's. */
export function unload({ engine, objects, pages }: Loading, object: SharedObject): void {
  engine.load(BigInt(object.place.base), new Uint8Array(object.place.size));
  pages.giveBack(object.record);
  objects[object.number] = null;
}
