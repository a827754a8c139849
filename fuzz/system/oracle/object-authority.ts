/**
 * M and T of single-copy objects: every capability that there is, wherever it lies, against what is shared and against the
 * states of clients. Nothing may store to what is shared; what leads to a state belongs to its client; and nothing leads to
 * where nothing is.
 */
import type { Probe, ProbedThread } from "../../../impl/intravisor/probe.ts";
import { rangeText } from "./allowed.ts";
import type { DeclaredCvm, Range } from "./declared.ts";
import type { DeclaredBinding, DeclaredObject } from "./declared-object.ts";
import type { Docket } from "./docket.ts";
import {
  capabilityText,
  type HeldCapability,
  type Holdings,
  seal,
  store,
  storeCap,
  storeLocal,
  unseal,
} from "./held.ts";
import type { Ledger } from "./ledger.ts";
import { objectEndRules, objectReachRules as rules } from "./object-rules.ts";
import { importPlaces, isState, type Shape, SLOT, sharedShapes, stateShapes } from "./object-shape.ts";
import type { Sight, SystemMoment, SystemOracle } from "./oracle.ts";

/** A tagged capability, and where it was found. */
interface Found {
  readonly held: HeldCapability;
  readonly where: string;
  /** Whose it is; null: the Intravisor's own; undefined: left over of a call into objects, for nobody to find. */
  readonly owner: DeclaredCvm | null | undefined;
}

export class ObjectReachOracle implements SystemOracle {
  readonly name = "M";
  #authority = -1;

  begin(): void {
    this.#authority = -1;
  }

  check({ step, sight }: SystemMoment, ledger: Ledger, docket: Docket, isWhole: boolean): void {
    if (ledger.objects.size === 0) return;
    const isCall = step.by !== null && step.action.do.startsWith("call");
    if (!isWhole && !isCall && ledger.authority === this.#authority) return;
    this.#authority = ledger.authority;
    for (const object of ledger.objects) {
      checkSlots(object, sight, docket);
      for (const binding of object.bindings) checkState(binding, sight, docket);
    }
    for (const cvm of ledger.cvms.values()) checkTables(cvm, ledger, sight, docket);
    const objects = [...ledger.objects];
    for (const found of everything(ledger, sight, isWhole)) judge(found, objects, docket);
  }
}

export class ObjectEndOracle implements SystemOracle {
  readonly name = "T";
  #authority = -1;

  begin(): void {
    this.#authority = -1;
  }

  /** Between the ranges that are declared nothing leads anywhere. */
  check({ sight }: SystemMoment, ledger: Ledger, docket: Docket, isWhole: boolean): void {
    if (!isWhole && ledger.authority === this.#authority) return;
    this.#authority = ledger.authority;
    const { objectsBase, objectsTop } = sight.probe.places;
    const area = { base: objectsBase, size: objectsTop - objectsBase };
    const live = [...ledger.objects].flatMap(({ text, rodata, bindings }) => [
      text,
      rodata,
      ...bindings.map(({ state }) => state),
    ]);
    for (const { held, where } of everything(ledger, sight, isWhole)) {
      // What leads elsewhere does not lead there.
      if (!touches(held, area) || live.some((range) => lies(held, range))) docket.holds(objectEndRules.gone);
      else docket.broken(objectEndRules.gone, `${where}: ${capabilityText(held)}`, "there is nothing there");
    }
  }
}

/** What is shared is for nobody to write; a state is for its client alone. */
function judge({ held, where, owner }: Found, objects: readonly DeclaredObject[], docket: Docket): void {
  const writes = (held.perms & (store | storeCap | storeLocal)) !== 0 && !isForSealing(held);
  for (const { number, text, rodata, bindings } of objects) {
    for (const range of [text, rodata]) {
      if (!touches(held, range)) continue;
      if (!writes) docket.holds(rules.shared);
      else
        docket.broken(
          rules.shared,
          `${where}: ${capabilityText(held)}`,
          `object ${number} ${rangeText(range)}`,
        );
    }
    for (const { cvm, state } of bindings) {
      if (!touches(held, state)) continue;
      if (owner === cvm) docket.holds(rules.states);
      else if (owner === undefined) docket.vacuous(rules.states);
      else
        docket.broken(
          rules.states,
          `${where}: ${capabilityText(held)}`,
          `the state of ${cvm.name} in object ${number} ${rangeText(state)}`,
        );
    }
  }
}

/** Numbers of object types are no addresses. */
function isForSealing({ perms }: HeldCapability): boolean {
  return (perms & (seal | unseal)) !== 0 && (perms & store) === 0;
}

function touches(held: HeldCapability, { base, size }: Range): boolean {
  return held.base < base + size && base < held.top;
}

function lies(held: HeldCapability, { base, size }: Range): boolean {
  return held.base >= base && held.top <= base + size;
}

/** Every capability that is held or kept: by threads, in stores, in objects, states and tables. */
function* everything(ledger: Ledger, sight: Sight, isWhole: boolean): Generator<Found> {
  const { probe, held, threads } = sight;
  for (const thread of threads) yield* ofThread(thread, ledger, sight);
  for (const cvm of ledger.cvms.values()) {
    if (cvm.state === "running") {
      for (const one of held.ofStore(cvm, probe).held)
        yield { held: one, where: `store of ${cvm.name} + 0x${one.offset.toString(16)}`, owner: cvm };
    }
    for (const table of tablesOf(cvm, probe)) {
      const page = { base: table, size: probe.places.pageSize };
      yield* tagsOf(page, held, probe, `table of ${cvm.name}`, cvm);
    }
  }
  for (const { number, text, rodata, bindings } of ledger.objects) {
    yield* tagsOf(text, held, probe, `text of object ${number}`, null);
    yield* tagsOf(rodata, held, probe, `rodata of object ${number}`, null);
    for (const { cvm, state } of bindings)
      yield* tagsOf(state, held, probe, `state of ${cvm.name} in object ${number}`, cvm);
  }
  if (isWhole) {
    const { ownBase, ownSize } = probe.places;
    const pages = new Set([...ledger.cvms.values()].flatMap((cvm) => tablesOf(cvm, probe)));
    const own = new Map(threads.map((thread) => [thread.objectPage, thread]));
    for (const offset of probe.tagged(ownBase, ownSize)) {
      const at = ownBase + offset;
      const page = at - (at % probe.places.pageSize);
      const one = pages.has(page) ? null : held.granule(probe, at);
      const thread = own.get(page);
      const owner = thread === undefined ? null : callerAt(at, thread, ledger, sight);
      if (one !== null)
        yield { held: one, where: `the Intravisor's own page + 0x${offset.toString(16)}`, owner };
    }
  }
}

/** The pages with the tables of a cVM, as many as it has. */
function tablesOf({ slot }: DeclaredCvm, probe: Probe): number[] {
  return [probe.tableOf(slot), probe.libraryTableOf(slot)].filter((page) => page !== 0);
}

/**
 * The client for which an object runs that finds this again when what it has called comes back. A client finds nothing of
 * objects again, whatever lies in between.
 */
function callerAt(
  at: number,
  { objects }: ProbedThread,
  { cvms }: Ledger,
  { probe }: Sight,
): DeclaredCvm | undefined {
  const { objectFrameBytes, pageSize } = probe.places;
  const frame = objects.find((one) => at >= one.at && at < one.at + objectFrameBytes);
  if (frame === undefined || !frame.isFromObject) return undefined;
  const page = frame.descriptor - (frame.descriptor % pageSize);
  return [...cvms.values()].find(({ slot }) => probe.tableOf(slot) === page);
}

function* ofThread(thread: ProbedThread, ledger: Ledger, { held }: Sight): Generator<Found> {
  const owner = ledger.cvms.get(thread.slot)?.threads[thread.number];
  if (thread.state === "dead" || owner === undefined || owner.state === "dead") return;
  const { cvm } = owner.frames.at(-1)!;
  for (const one of held.ofThread(thread).held)
    yield { held: one, where: `${thread.cvm}.${thread.number}: c${one.register}`, owner: cvm };
}

function* tagsOf(
  { base, size }: Range,
  holdings: Holdings,
  probe: Probe,
  where: string,
  owner: DeclaredCvm | null,
): Generator<Found> {
  if (size === 0) return;
  for (const offset of probe.tagged(base, Math.ceil(size / SLOT) * SLOT)) {
    const held = holdings.granule(probe, base + offset);
    if (held !== null) yield { held, where: `${where} + 0x${offset.toString(16)}`, owner };
  }
}

/** Text and read-only data have the capabilities of their relocations, all of them and no others. */
function checkSlots(object: DeclaredObject, { probe, held }: Sight, docket: Docket): void {
  for (const segment of [0, 1] as const) {
    const shapes = sharedShapes(object, segment);
    const { base, size } = segment === 0 ? object.text : object.rodata;
    const what = `${segment === 0 ? "text" : "rodata"} of object ${object.number}`;
    const tagged = size === 0 ? [] : probe.tagged(base, size);
    for (const offset of tagged) {
      check(
        shapes.get(offset),
        held.granule(probe, base + offset),
        `${what} + 0x${offset.toString(16)}`,
        docket,
      );
      shapes.delete(offset);
    }
    const [missing] = shapes.keys();
    if (missing !== undefined)
      docket.broken(rules.relocations, `${what} + 0x${missing.toString(16)}: no capability`);
  }
}

function check(shape: Shape | undefined, held: HeldCapability | null, where: string, docket: Docket): void {
  if (held !== null && shape?.(held) === true) docket.holds(rules.relocations);
  else
    docket.broken(
      rules.relocations,
      `${where}: ${held === null ? "none" : capabilityText(held)}`,
      shape === undefined ? "no relocation puts a capability there" : "its relocation says otherwise",
    );
}

/** A state has at most the capabilities of its relocations, and of imports that lead to what is bound. */
function checkState(binding: DeclaredBinding, { probe, held }: Sight, docket: Docket): void {
  const { object, state, cvm, imports } = binding;
  if (state.size === 0) return;
  const shapes = stateShapes(binding);
  const entries = importPlaces(object);
  for (const offset of probe.tagged(state.base, state.size)) {
    const where = `state of ${cvm.name} in object ${object.number} + 0x${offset.toString(16)}`;
    const found = held.granule(probe, state.base + offset);
    const number = entries.get(offset);
    if (number === undefined) check(shapes.get(offset), found, where, docket);
    else if (found?.otype !== null && imports.has(number)) docket.holds(rules.relocations);
    else
      docket.broken(
        rules.relocations,
        `${where}: ${found === null ? "none" : capabilityText(found)}`,
        imports.has(number) ? "an import is sealed" : `import ${number} leads nowhere`,
      );
  }
}

/** A cVM has a table of all that it has bound, and one of what runs in its own domain. */
function checkTables(cvm: DeclaredCvm, ledger: Ledger, sight: Sight, docket: Docket): void {
  const bindings = [...ledger.objects].flatMap(({ bindings: all }) => all.filter((one) => one.cvm === cvm));
  const libraries = bindings.filter(({ mode }) => mode === "library");
  const { probe } = sight;
  checkTable(`CLS table of ${cvm.name}`, probe.tableOf(cvm.slot), bindings, sight, docket);
  const ofLibraries = probe.libraryTableOf(cvm.slot);
  checkTable(`CLS table of ${cvm.name} for libraries`, ofLibraries, libraries, sight, docket);
}

function checkTable(
  what: string,
  at: number,
  bindings: readonly DeclaredBinding[],
  { probe, held }: Sight,
  docket: Docket,
): void {
  const wanted = new Map(
    bindings.filter(({ state }) => state.size > 0).map((one) => [SLOT * one.object.number, one]),
  );
  const tagged = at === 0 ? [] : probe.tagged(at, probe.places.tableBytes);
  for (const offset of tagged) {
    const binding = wanted.get(offset);
    const found = held.granule(probe, at + offset);
    wanted.delete(offset);
    if (found !== null && binding !== undefined && isState(found, binding)) docket.holds(rules.tables);
    else
      docket.broken(
        rules.tables,
        `${what}, number ${offset / SLOT}: ${found === null ? "none" : capabilityText(found)}`,
        binding === undefined ? "it is not for there" : `its state is ${rangeText(binding.state)}`,
      );
  }
  const [missing] = wanted.keys();
  if (missing !== undefined)
    docket.broken(rules.tables, `${what}, number ${missing / SLOT}: none`, "it is bound");
}
