/**
 * Relocations (5.3): the only capabilities that an object has besides those it is called with. Shared ones are the same for
 * all and made once; those of a state are made for each client and lead to its own state, or to what all may read (I-112).
 */
import { authority, bytesOfCapability, pointer, sentry } from "./capabilities.ts";
import { type ObjectFile, type Relocation, SLOT } from "./format.ts";
import { clientSize, rodataOffset } from "./placement.ts";
import type { Piece } from "./state.ts";
import { kinds } from "./verification.ts";

/** TEXT and RODATA as they are executed and read at a place, by an object with this number. */
export function relocateShared(
  file: ObjectFile,
  number: number,
  base: bigint,
): { text: Piece; rodata: Piece } {
  const text = copy(base, file.text, file.text.length);
  const rodata = copy(base + BigInt(rodataOffset(file)), file.rodata, file.rodata.length);
  for (const relocation of file.relocations) {
    const { kind, segment, place, target } = relocation;
    const patched = segment === "text" ? text : rodata;
    if (kind === kinds.ro) put(patched, place, pointerTo(rodata, relocation, authority.read));
    if (kind === kinds.code) put(patched, place, sentry(base, text.bytes.length, target));
    if (kind === kinds.cls) chooseEntry(text, place, number);
  }
  return { text, rodata };
}

/** The state of a new client: the initial image, zeros, and its own pointers. Imports lead nowhere yet (V10). */
export function relocateState(file: ObjectFile, base: bigint, rodata: Piece): Piece {
  const state = copy(base, file.init, clientSize(file));
  for (const relocation of file.relocations) {
    const { kind, place } = relocation;
    if (kind === kinds.clsInit) put(state, place, pointerTo(state, relocation, authority.data));
    if (kind === kinds.clsRo) put(state, place, pointerTo(rodata, relocation, authority.read));
  }
  return state;
}

/** Where the slots of an import are in the state; null if the object has no place for it. */
export function importSlot({ relocations }: ObjectFile, number: bigint): number | null {
  const found = relocations.find(({ kind, target }) => kind === kinds.imported && BigInt(target) === number);
  return found?.place ?? null;
}

/** Data of so many bytes: as data, whatever it says, so untagged (V8). */
function copy(base: bigint, bytes: Uint8Array, size: number): Piece {
  const copied = new Uint8Array(size);
  copied.set(bytes);
  return { base, bytes: copied, tags: new Uint8Array(size / SLOT) };
}

function put({ bytes, tags }: Piece, at: number, capability: Parameters<typeof bytesOfCapability>[0]): void {
  bytes.set(bytesOfCapability(capability), at);
  tags[at / SLOT] = 1;
}

function pointerTo({ base }: Piece, { target, size, addend }: Relocation, perms: bigint) {
  return pointer(base + BigInt(target), BigInt(size), perms, BigInt(addend));
}

/** The load of a CLS access takes the entry of this object: 16 bytes for each number, in the upper 12 bits of the word. */
function chooseEntry({ bytes }: Piece, place: number, number: number): void {
  const view = new DataView(bytes.buffer);
  view.setUint32(place, (view.getUint32(place, true) & 0xfffff) | ((number * SLOT) << 20), true);
}
