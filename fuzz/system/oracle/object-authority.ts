/**
 * M and T of single-copy objects: every capability that there is, wherever it lies, against what is shared and against the
 * states of clients. Nothing may store to what is shared; what leads to a state belongs to its client; and nothing leads to
 * where nothing is.
 */
import { rangeText } from "./allowed.ts";
import type { DeclaredCvm, Range } from "./declared.ts";
import type { DeclaredBinding, DeclaredObject } from "./declared-object.ts";
import type { Docket } from "./docket.ts";
import { capabilityText, type HeldCapability, seal, store, storeCap, storeLocal, unseal } from "./held.ts";
import type { Ledger } from "./ledger.ts";
import { everything, type Owner, tagsOf } from "./object-holdings.ts";
import { objectEndRules, objectReachRules as rules } from "./object-rules.ts";
import { importPlaces, isState, type Shape, SLOT, sharedShapes, stateShapes } from "./object-shape.ts";
import type { Sight, SystemMoment, SystemOracle } from "./oracle.ts";

/** Lists that were judged before, and of which nothing has changed since. */
type Judged = Pick<WeakSet<readonly HeldCapability[]>, "has">;

export class ObjectReachOracle implements SystemOracle {
  readonly name = "M";
  #authority = -1;
  /** What was found right since it changed who may reach what: the same list is right again. */
  #judged = new WeakSet<readonly HeldCapability[]>();

  begin(): void {
    this.#authority = -1;
  }

  check({ step, sight }: SystemMoment, ledger: Ledger, docket: Docket, isWhole: boolean): void {
    if (ledger.objects.size === 0) return;
    const isCall = step.by !== null && step.action.do.startsWith("call");
    const isChanged = isWhole || ledger.authority !== this.#authority;
    if (!isChanged && !isCall) return;
    this.#authority = ledger.authority;
    if (isChanged) this.#judged = new WeakSet();
    const judged = this.#judged;
    for (const object of ledger.objects) {
      checkSlots(object, sight, judged, docket);
      for (const binding of object.bindings) checkState(binding, sight, judged, docket);
    }
    for (const cvm of ledger.cvms.values()) checkTables(cvm, ledger, sight, judged, docket);
    everything(ledger, sight, isWhole, (list, owner, where) => {
      if (judged.has(list)) return;
      judged.add(list);
      for (const held of list) judge(held, owner, () => where(held), ledger, docket);
    });
  }
}

export class ObjectEndOracle implements SystemOracle {
  readonly name = "T";
  #authority = -1;
  /** Where something was when these lists were found right. */
  #live = "";
  #judged = new WeakSet<readonly HeldCapability[]>();

  begin(): void {
    this.#authority = -1;
    this.#judged = new WeakSet();
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
    const places = live.map(({ base, size }) => `${base} ${size}`).join();
    if (isWhole || places !== this.#live) this.#judged = new WeakSet();
    this.#live = places;
    const judged = this.#judged;
    everything(ledger, sight, isWhole, (list, _owner, where) => {
      if (judged.has(list)) return;
      judged.add(list);
      for (const held of list) {
        // What leads elsewhere does not lead there.
        if (!touches(held, area) || live.some((range) => lies(held, range)))
          docket.holds(objectEndRules.gone);
        else
          docket.broken(
            objectEndRules.gone,
            `${where(held)}: ${capabilityText(held)}`,
            "there is nothing there",
          );
      }
    });
  }
}

/** What is shared is for nobody to write; a state is for its client alone. */
function judge(
  held: HeldCapability,
  owner: Owner,
  where: () => string,
  { objects }: Ledger,
  docket: Docket,
): void {
  const writes = (held.perms & (store | storeCap | storeLocal)) !== 0 && !isForSealing(held);
  for (const { number, text, rodata, bindings } of objects) {
    for (const range of [text, rodata]) {
      if (!touches(held, range)) continue;
      if (!writes) docket.holds(rules.shared);
      else
        docket.broken(
          rules.shared,
          `${where()}: ${capabilityText(held)}`,
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
          `${where()}: ${capabilityText(held)}`,
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

/** Text and read-only data have the capabilities of their relocations, all of them and no others. */
function checkSlots(object: DeclaredObject, sight: Sight, judged: Judged, docket: Docket): void {
  for (const segment of [0, 1] as const) {
    const range = segment === 0 ? object.text : object.rodata;
    const tagged = range.size === 0 ? [] : tagsOf(range, sight);
    if (judged.has(tagged)) continue;
    const shapes = sharedShapes(object, segment);
    const what = `${segment === 0 ? "text" : "rodata"} of object ${object.number}`;
    for (const held of tagged) {
      const { offset } = held;
      check(shapes.get(offset), held, `${what} + 0x${offset.toString(16)}`, docket);
      shapes.delete(offset);
    }
    const [missing] = shapes.keys();
    if (missing !== undefined)
      docket.broken(rules.relocations, `${what} + 0x${missing.toString(16)}: no capability`);
  }
}

function check(shape: Shape | undefined, held: HeldCapability, where: string, docket: Docket): void {
  if (shape?.(held) === true) docket.holds(rules.relocations);
  else
    docket.broken(
      rules.relocations,
      `${where}: ${capabilityText(held)}`,
      shape === undefined ? "no relocation puts a capability there" : "its relocation says otherwise",
    );
}

/** A state has at most the capabilities of its relocations, and of imports that lead to what is bound. */
function checkState(binding: DeclaredBinding, sight: Sight, judged: Judged, docket: Docket): void {
  const { object, state, cvm, imports } = binding;
  const tagged = state.size === 0 ? [] : tagsOf(state, sight);
  if (tagged.length === 0 || judged.has(tagged)) return;
  const shapes = stateShapes(binding);
  const entries = importPlaces(object);
  for (const held of tagged) {
    const { offset } = held;
    const where = `state of ${cvm.name} in object ${object.number} + 0x${offset.toString(16)}`;
    const number = entries.get(offset);
    if (number === undefined) check(shapes.get(offset), held, where, docket);
    else if (held.otype !== null && imports.has(number)) docket.holds(rules.relocations);
    else
      docket.broken(
        rules.relocations,
        `${where}: ${capabilityText(held)}`,
        imports.has(number) ? "an import is sealed" : `import ${number} leads nowhere`,
      );
  }
}

/** A cVM has a table of all that it has bound, and one of what runs in its own domain. */
function checkTables(cvm: DeclaredCvm, ledger: Ledger, sight: Sight, judged: Judged, docket: Docket): void {
  const bindings = [...ledger.objects].flatMap(({ bindings: all }) => all.filter((one) => one.cvm === cvm));
  const libraries = bindings.filter(({ mode }) => mode === "library");
  const { probe } = sight;
  checkTable(`CLS table of ${cvm.name}`, probe.tableOf(cvm.slot), bindings, sight, judged, docket);
  const ofLibraries = probe.libraryTableOf(cvm.slot);
  checkTable(`CLS table of ${cvm.name} for libraries`, ofLibraries, libraries, sight, judged, docket);
}

function checkTable(
  what: string,
  at: number,
  bindings: readonly DeclaredBinding[],
  sight: Sight,
  judged: Judged,
  docket: Docket,
): void {
  const { tableBytes, pageSize } = sight.probe.places;
  const tagged = at === 0 ? [] : tagsOf({ base: at, size: pageSize }, sight);
  if (judged.has(tagged)) return;
  const wanted = new Map(
    bindings.filter(({ state }) => state.size > 0).map((one) => [SLOT * one.object.number, one]),
  );
  for (const held of tagged) {
    const { offset } = held;
    if (offset >= tableBytes) break;
    const binding = wanted.get(offset);
    wanted.delete(offset);
    if (binding !== undefined && isState(held, binding)) docket.holds(rules.tables);
    else
      docket.broken(
        rules.tables,
        `${what}, number ${offset / SLOT}: ${capabilityText(held)}`,
        binding === undefined ? "it is not for there" : `its state is ${rangeText(binding.state)}`,
      );
  }
  const [missing] = wanted.keys();
  if (missing !== undefined)
    docket.broken(rules.tables, `${what}, number ${missing / SLOT}: none`, "it is bound");
}
