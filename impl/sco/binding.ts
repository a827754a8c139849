/**
 * What a client has of an object: a state of its own, an entry of its CLS table, a descriptor that machine code goes by,
 * and in its capability store, for each handle of the object, the sealed data half that leads to the descriptor.
 */
import type { Engine } from "../engine/index.ts";
import { identityOf, makeDdc, storeOf } from "../intravisor/domain.ts";
import { type Forge, perms } from "../intravisor/forge.ts";
import {
  OBJECT_ENTRY_PLACE,
  RECORD_BYTES,
  STORE_HANDLES_AT,
  STORE_PAIR_BYTES,
} from "../intravisor/layout.ts";
import type { Cvm, Tables } from "../intravisor/tables.ts";
import { DESCRIPTOR_BYTES, descriptor, LIBRARY_DATA_AT, record, TABLE_BYTES } from "./layout.ts";
import { type Loading, takenIn, unload } from "./load.ts";
import { type Place, placeIn } from "./placement.ts";
import { CALLBACK_OTYPE, CLIENT_OTYPE, makeObjectPcc, OBJECT_OTYPE } from "./program.ts";
import { descriptorOf } from "./stack.ts";
import { type Binding, bindingsOf, type SharedObject } from "./table.ts";

const SLOT_BYTES = 16;
const RECORD_PERMS = perms.load | perms.loadCap;
/** Of a state as a client's objects have it: what is in it may be loaded as capabilities, and none can be stored. */
const STATE_PERMS = perms.load | perms.store | perms.loadCap;
const EXPORTS_SHIFT = 48n;

/** What changes of objects need: the tables, and machine code's labels. */
export interface Sharing extends Loading {
  readonly tables: Tables;
  readonly ways: { readonly enter: number; readonly chain: number; readonly callback: number };
}

/** Binds an object for a cVM that has not bound it; null if there is no room. */
export function bind(
  sharing: Sharing,
  cvm: Cvm,
  object: SharedObject,
  mode: Binding["mode"],
): Binding | null {
  const { engine, objects } = sharing;
  let place: Place | null = null;
  if (object.stateSize > 0) {
    place = placeIn(takenIn(objects), object.stateSize);
    if (place === null) return null;
  }
  if (!hasTables(sharing, cvm, mode)) return null;
  const binding = { cvm, object, mode, place };
  object.bindings.push(binding);
  if (place !== null) {
    engine.load(BigInt(place.base), new Uint8Array(place.size));
    engine.load(BigInt(place.base), object.init);
    asIntravisor(sharing, (forge) => fillState(forge, object, place.base));
  }
  describe(sharing, binding);
  for (const [index, handle] of cvm.handles.entries()) {
    if (handle?.kind === "object" && handle.object === object) giveEntry(sharing, binding, index);
  }
  return binding;
}

/** Sees to it that a cVM has the pages for a binding; false, and nothing is changed, if there are too few of them. */
function hasTables(sharing: Sharing, cvm: Cvm, mode: Binding["mode"]): boolean {
  const { pages } = sharing;
  const table = cvm.table === 0 ? pages.take() : cvm.table;
  if (table === null) return false;
  const isOther = mode === "library" && cvm.libraryTable === 0;
  const other = isOther ? pages.take() : cvm.libraryTable;
  if (other === null) {
    if (cvm.table === 0) pages.giveBack(table);
    return false;
  }
  asIntravisor(sharing, (forge) => {
    if (cvm.table === 0) {
      makeObjectPcc(forge, sharing.ways.enter, CLIENT_OTYPE);
      forge.storeTo(storeOf(cvm) + OBJECT_ENTRY_PLACE * STORE_PAIR_BYTES);
    }
    if (!isOther) return;
    makeDdc(forge, cvm);
    forge.storeTo(other + LIBRARY_DATA_AT);
  });
  cvm.table = table;
  cvm.libraryTable = other;
  return true;
}

function fillState(forge: Forge, { pointers, rodataBase }: SharedObject, base: number): void {
  for (const { place, isState, target, size, addend } of pointers) {
    const from = (isState ? base : rodataBase) + target;
    const allowed = isState ? perms.load | perms.store : perms.load;
    forge.make({ base: from, size, address: from + addend, perms: allowed });
    forge.storeTo(base + place);
  }
}

/** The entries of the CLS tables, and the descriptor. */
function describe(sharing: Sharing, { cvm, object, mode, place }: Binding): void {
  const at = descriptorOf({ cvm, object });
  const isLibrary = mode === "library";
  asIntravisor(sharing, (forge) => {
    if (place !== null) {
      forge.make({ base: place.base, size: object.stateSize, perms: STATE_PERMS });
      forge.storeTo(cvm.table + object.number * SLOT_BYTES);
      if (isLibrary) forge.storeTo(cvm.libraryTable + object.number * SLOT_BYTES);
    }
    forge.make({ base: object.record, size: recordBytes(object), perms: RECORD_PERMS });
    forge.storeTo(at + descriptor.record);
    const table = isLibrary
      ? { base: cvm.libraryTable, size: LIBRARY_DATA_AT + SLOT_BYTES }
      : { base: cvm.table, size: TABLE_BYTES };
    forge.make({ ...table, perms: RECORD_PERMS });
    forge.storeTo(at + descriptor.table);
  });
  const words = new BigUint64Array([identityOf(cvm), isLibrary ? 1n : 0n]);
  sharing.engine.load(BigInt(at + descriptor.domain), new Uint8Array(words.buffer));
}

function recordBytes({ exports }: SharedObject): number {
  return record.entries + SLOT_BYTES * exports;
}

function recordAt(cvm: Cvm, index: number): number {
  return storeOf(cvm) + STORE_HANDLES_AT + index * RECORD_BYTES;
}

/** Fills the record of a handle of an object that the cVM has bound. */
export function giveEntry(sharing: Sharing, binding: Binding, index: number): void {
  const { cvm, object } = binding;
  const at = recordAt(cvm, index);
  asIntravisor(sharing, (forge) => {
    makeDescriptor(forge, binding, 0, CLIENT_OTYPE);
    forge.storeTo(at);
  });
  const generation = BigInt(cvm.handleGenerations[index]!);
  const words = new BigUint64Array([0n, generation | (BigInt(object.exports) << EXPORTS_SHIFT)]);
  sharing.engine.load(BigInt(at + 16), new Uint8Array(words.buffer));
}

/** Leaves a sealed data half in c5; its address tells the export. */
function makeDescriptor(forge: Forge, binding: Binding, index: number, otype: number): void {
  const base = descriptorOf(binding);
  const allowed = RECORD_PERMS | perms.cinvoke;
  forge.make({ base, size: DESCRIPTOR_BYTES, address: base + index, perms: allowed, otype });
}

/** Makes a record nobody's. */
export function takeEntry({ engine }: { readonly engine: Engine }, cvm: Cvm, index: number): void {
  engine.load(BigInt(recordAt(cvm, index)), new Uint8Array(RECORD_BYTES));
}

/** Fills the slots of an import, `at` their address, with a pair that leads to an export of another object. */
export function importObject(sharing: Sharing, at: number, other: Binding, index: number): void {
  const otype = OBJECT_OTYPE + other.object.number;
  asIntravisor(sharing, (forge) => {
    makeObjectPcc(forge, sharing.ways.chain, otype);
    forge.storeTo(at);
    makeDescriptor(forge, other, index, otype);
    forge.storeTo(at + SLOT_BYTES);
  });
}

/** Fills the slots of an import with a pair that leads back into its client: the data half tells where. */
export function importCallback(
  sharing: Sharing,
  at: number,
  { codeBase, codeSize }: Cvm,
  entry: number,
): void {
  const code = { base: codeBase, size: codeSize, address: entry };
  asIntravisor(sharing, (forge) => {
    makeObjectPcc(forge, sharing.ways.callback, CALLBACK_OTYPE);
    forge.storeTo(at);
    forge.make({ ...code, perms: perms.load | perms.cinvoke, otype: CALLBACK_OTYPE });
    forge.storeTo(at + SLOT_BYTES);
  });
}

/** Where the slots of an import are; null if the object has no such import, or no slots for it. */
export function slotsOf({ object, place }: Binding, index: bigint): number | null {
  const offset = index < BigInt(object.imports.length) ? object.imports[Number(index)]! : null;
  return offset === null || place === null ? null : place.base + offset;
}

/** Takes an object away from a client that is not in it: nothing leads there any more, and the state is zeros. */
export function unbind(sharing: Sharing, binding: Binding): void {
  const { engine } = sharing;
  const { cvm, object, mode, place } = binding;
  forgetImports(sharing, binding);
  const tables = mode === "library" ? [cvm.table, cvm.libraryTable] : [cvm.table];
  for (const table of tables)
    engine.load(BigInt(table + object.number * SLOT_BYTES), new Uint8Array(SLOT_BYTES));
  engine.load(BigInt(descriptorOf(binding)), new Uint8Array(DESCRIPTOR_BYTES));
  for (const [index, handle] of cvm.handles.entries()) {
    if (handle?.kind === "object" && handle.object === object) takeEntry(sharing, cvm, index);
  }
  if (place !== null) engine.load(BigInt(place.base), new Uint8Array(place.size));
  object.bindings.splice(object.bindings.indexOf(binding), 1);
  giveTablesBack(sharing, cvm);
  sharing.tables.isLess = true;
  release(sharing, object);
}

/** Takes the pages of a cVM back that its bindings do not need any more. */
function giveTablesBack({ engine, objects, pages }: Sharing, cvm: Cvm): void {
  const left = bindingsOf(objects, cvm);
  if (cvm.libraryTable !== 0 && !left.some(({ mode }) => mode === "library")) {
    pages.giveBack(cvm.libraryTable);
    cvm.libraryTable = 0;
  }
  if (left.length > 0) return;
  const store = storeOf(cvm) + OBJECT_ENTRY_PLACE * STORE_PAIR_BYTES;
  engine.load(BigInt(store), new Uint8Array(STORE_PAIR_BYTES));
  pages.giveBack(cvm.table);
  cvm.table = 0;
}

/** Makes those slots of the client's states null that lead to an object. */
function forgetImports(sharing: Sharing, { cvm, object }: Binding): void {
  const { engine, forge, objects } = sharing;
  const base = BigInt(descriptorOf({ cvm, object }));
  for (const other of bindingsOf(objects, cvm)) {
    for (let index = 0; index < other.object.imports.length; index++) {
      const at = slotsOf(other, BigInt(index));
      if (at === null) continue;
      asIntravisor(sharing, () => {
        forge.loadFrom(at + SLOT_BYTES);
        const half = engine.hart.capability(5);
        if (!half.tag || half.base !== base) return;
        forge.erase(at);
        forge.erase(at + SLOT_BYTES);
      });
    }
  }
}

/** Unloads an object that nobody has created, or found, or bound, and not let go again. */
export function release(sharing: Sharing, object: SharedObject): void {
  if (object.creations === 0 && object.bindings.length === 0) unload(sharing, object);
}

/** Takes back what a cVM that is over has of objects. None of its threads is in any. */
export function releaseAll(sharing: Sharing, cvm: Cvm): void {
  for (const binding of bindingsOf(sharing.objects, cvm)) unbind(sharing, binding);
  for (const [index, handle] of cvm.handles.entries()) {
    if (handle?.kind !== "object") continue;
    cvm.handles[index] = null;
    handle.object.creations -= 1;
    release(sharing, handle.object);
  }
}

function asIntravisor(
  { engine, forge }: Pick<Sharing, "engine" | "forge">,
  act: (forge: Forge) => void,
): void {
  const running = engine.hart.save();
  forge.begin();
  act(forge);
  engine.hart.restore(running);
}
