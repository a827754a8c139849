/** S of single-copy objects: tables, places, what is shared byte for byte, and the states that nobody else changes. */
import type { SystemView } from "../../../model/system-contract.ts";
import { isEqual } from "../lockstep.ts";
import { rangeText } from "./allowed.ts";
import type { Range } from "./declared.ts";
import type { DeclaredBinding, DeclaredObject } from "./declared-object.ts";
import type { Docket } from "./docket.ts";
import { isExactRange } from "./exactness.ts";
import type { Ledger } from "./ledger.ts";
import { insideOf, referencesOf } from "./ledger-objects.ts";
import { objectStateRules as rules } from "./object-rules.ts";
import { initialState, SLOT, sharedBytes, stateSlots } from "./object-shape.ts";
import type { Sight, SystemMoment, SystemOracle } from "./oracle.ts";

const PAGE = 4096;

export class ObjectStateOracle implements SystemOracle {
  readonly name = "S";
  /** What is shared, as it was when the object was made. */
  readonly #shared = new Map<DeclaredObject, readonly Uint8Array[]>();
  /** The table that was found right last, and how far the ledger was then. */
  #objects: SystemView["objects"] | null = null;
  #version = -1;
  #authority = -1;

  begin(): void {
    this.#shared.clear();
    this.#objects = null;
    this.#version = -1;
    this.#authority = -1;
  }

  check({ sight }: SystemMoment, ledger: Ledger, docket: Docket, isWhole: boolean): void {
    const { objects } = sight.outline;
    if (ledger.objects.size === 0 && objects.length === 0) return;
    if (isWhole || objects !== this.#objects || ledger.version !== this.#version)
      checkTable(sight.outline, ledger, docket);
    if (isWhole || ledger.authority !== this.#authority) checkPlaces(ledger, docket);
    this.#objects = objects;
    this.#version = ledger.version;
    this.#authority = ledger.authority;
    for (const object of ledger.objects) {
      this.#checkShared(object, sight, docket);
      for (const binding of object.bindings) checkState(binding, sight, docket);
    }
    for (const object of this.#shared.keys()) if (!ledger.objects.has(object)) this.#shared.delete(object);
  }

  #checkShared(object: DeclaredObject, { probe }: Sight, docket: Docket): void {
    const now = [object.text, object.rodata].map(({ base, size }) => probe.bytes(base, size));
    const known = this.#shared.get(object);
    if (known === undefined) {
      this.#shared.set(
        object,
        now.map((bytes) => bytes.slice()),
      );
      checkRelocated(object, now, docket);
    } else if (known.every((bytes, at) => Buffer.compare(bytes, now[at]!) === 0)) docket.holds(rules.bytes);
    else docket.broken(rules.bytes, `object ${object.number} has changed`);
  }
}

/** All but the slots is what the file has. */
function checkRelocated(object: DeclaredObject, now: readonly Uint8Array[], docket: Docket): void {
  for (const segment of [0, 1] as const) {
    const expected = sharedBytes(object, segment);
    const found = now[segment]!.slice();
    for (const { kind, segment: where, place } of object.file.relocations)
      if (where === segment && kind <= 2) found.fill(0, place, place + SLOT);
    const at = expected.findIndex((byte, index) => byte !== found[index]);
    if (at < 0) docket.holds(rules.bytes);
    else
      docket.broken(
        rules.bytes,
        `object ${object.number}, ${segment === 0 ? "text" : "rodata"} + 0x${at.toString(16)}: 0x${found[at]!.toString(16)}`,
        `its file has 0x${expected[at]!.toString(16)}`,
      );
  }
}

function checkTable({ objects }: SystemView, ledger: Ledger, docket: Docket): void {
  const found = objects.map(({ number, hash, textSize, rodataSize, references, bindings }) => ({
    number,
    hash,
    sizes: [textSize, rodataSize],
    references,
    bindings: bindings.map(({ cvm, mode, size, inside }) => [cvm, mode, size, inside]),
  }));
  const declared = [...ledger.objects]
    .sort((one, other) => one.number - other.number)
    .map((object) => ({
      number: object.number,
      hash: object.hash,
      sizes: [object.text.size, object.rodata.size],
      references: referencesOf(ledger, object),
      bindings: object.bindings.map((binding) => [
        binding.cvm.name,
        binding.mode,
        binding.state.size,
        insideOf(ledger, binding),
      ]),
    }));
  if (isEqual(found, declared)) docket.holds(rules.objects);
  else docket.broken(rules.objects, `found ${JSON.stringify(found)}`, `declared ${JSON.stringify(declared)}`);
}

function checkPlaces(ledger: Ledger, docket: Docket): void {
  const ranges: Range[] = [];
  for (const { text, rodata, bindings } of ledger.objects) {
    ranges.push({
      base: text.base,
      size: rodata.size === 0 ? text.size : rodata.base + rodata.size - text.base,
    });
    for (const { state } of bindings) if (state.size > 0) ranges.push(state);
    const odd = [text, rodata, ...bindings.map(({ state }) => state)].find((range) => !isExactRange(range));
    if (odd !== undefined) docket.broken(rules.places, `bounds cannot cover ${rangeText(odd)} exactly`);
  }
  ranges.sort((one, other) => one.base - other.base);
  const close = ranges.find((range, at) => at > 0 && end(ranges[at - 1]!) + PAGE > range.base);
  if (close === undefined) docket.holds(rules.places);
  else docket.broken(rules.places, `${rangeText(close)} is too close to what is before it`);
}

function end({ base, size }: Range): number {
  return base + Math.ceil(size / PAGE) * PAGE;
}

/** What a state is: as it begins, or as it was after the last call of its client. */
function checkState(binding: DeclaredBinding, { probe }: Sight, docket: Docket): void {
  const { cvm, object, state } = binding;
  if (state.size === 0) return;
  const now = probe.bytes(state.base, state.size);
  if (binding.bytes !== null && Buffer.compare(binding.bytes, now) === 0) {
    docket.holds(rules.clients);
    return;
  }
  const isNew = binding.bytes === null;
  // What imports lead to is put there by calls that no object sees.
  const slots = stateSlots(object).filter(({ isImport }) => isNew || isImport);
  const [expected, found] = [binding.bytes ?? initialState(binding), now].map((bytes) => {
    const masked = bytes.slice();
    for (const { place, size } of slots) masked.fill(0, place, place + size);
    return masked;
  }) as [Uint8Array, Uint8Array];
  if (Buffer.compare(expected, found) === 0) docket.holds(rules.clients);
  else {
    const at = expected.findIndex((byte, index) => byte !== found[index]);
    docket.broken(
      rules.clients,
      `state of ${cvm.name} in object ${object.number} + 0x${at.toString(16)}: 0x${found[at]!.toString(16)}`,
      `${isNew ? "it begins with" : "its client left"} 0x${expected[at]!.toString(16)}`,
    );
  }
  binding.bytes = now.slice();
}
