/**
 * What is declared of single-copy objects: which there are and who has bound them, what their bytes are, what the state of
 * each client was last, and what its imports lead to. An object lives while a handle, a binding or a thread inside keeps
 * it (5.5).
 */
import { createHash } from "node:crypto";
import { type Declarations, handleAt } from "./declarations.ts";
import type { DeclaredCvm, Range } from "./declared.ts";
import type { DeclaredBinding, DeclaredObject } from "./declared-object.ts";
import { fileVerdict } from "./object-file.ts";
import type { ObjectFile } from "./object-form.ts";
import type { TakenCall, Values } from "./taken-call.ts";

export const NUMBERS = 64;
/** Bytes of state that one cVM may have. */
export const STATE_QUOTA = 256 * 1024;

/** Handles, bindings and threads that keep an object. */
export function referencesOf(ledger: Declarations, object: DeclaredObject): number {
  let count = object.bindings.length;
  for (const { handles } of ledger.cvms.values()) {
    for (const handle of handles.values()) if (handle.kind === "object" && handle.object === object) count++;
  }
  for (const binding of object.bindings) count += insideOf(ledger, binding);
  return count;
}

/** Threads that are in an object for a client, each once. */
export function insideOf(ledger: Declarations, binding: DeclaredBinding): number {
  let count = 0;
  for (const { frames } of ledger.living()) {
    if (frames.some(({ chain, running }) => chain?.includes(binding) || running.includes(binding))) count++;
  }
  return count;
}

export function bindingOf(object: DeclaredObject, cvm: DeclaredCvm): DeclaredBinding | null {
  return object.bindings.find((binding) => binding.cvm === cvm) ?? null;
}

/** Bytes of state that the bindings of a cVM have together. */
export function stateOf(ledger: Declarations, cvm: DeclaredCvm): number {
  let sum = 0;
  for (const { bindings } of ledger.objects)
    for (const binding of bindings) if (binding.cvm === cvm) sum += binding.state.size;
  return sum;
}

/** The lowest number that no object has; NUMBERS if there is none. */
export function nextNumber(ledger: Declarations): number {
  const taken = new Set([...ledger.objects].map(({ number }) => number));
  let number = 0;
  while (taken.has(number)) number++;
  return number;
}

export function objectWith(ledger: Declarations, hash: string): DeclaredObject | null {
  for (const object of ledger.objects) if (object.hash === hash) return object;
  return null;
}

export function hashOf(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

/** The object that a handle is to. */
export function objectAt(cvm: DeclaredCvm, word: bigint): DeclaredObject | null {
  const handle = handleAt(cvm, word);
  return handle?.kind === "object" ? handle.object : null;
}

/** Ends what nobody keeps any more. */
export function unloadIdle(ledger: Declarations): void {
  for (const object of [...ledger.objects]) {
    if (referencesOf(ledger, object) > 0) continue;
    ledger.objects.delete(object);
    ledger.authority++;
  }
}

/** Ends bindings; what leads to them leads nowhere. */
export function endBindings(ledger: Declarations, isOver: (binding: DeclaredBinding) => boolean): void {
  ledger.authority++;
  const left = [...ledger.objects];
  for (const { bindings } of left) {
    for (let at = bindings.length - 1; at >= 0; at--) if (isOver(bindings[at]!)) bindings.splice(at, 1);
  }
  for (const { imports } of left.flatMap(({ bindings }) => bindings)) {
    for (const [number, found] of imports)
      if (found.to === "object" && isOver(found.binding)) imports.delete(number);
  }
}

export const objectEffects: Readonly<Record<string, (call: TakenCall, values: Values) => void>> = {
  sco_create(call, [word]) {
    const { ledger, cvm, args } = call;
    const bytes = ledger.fetch(call, args[0]!, args[1]!) ?? new Uint8Array();
    const hash = hashOf(bytes);
    const object = objectWith(ledger, hash) ?? load(ledger, hash, bytes);
    if (object !== null) ledger.open(cvm, word, { kind: "object", word, object });
  },
  sco_lookup(call, [word]) {
    const { ledger, cvm, args } = call;
    const bytes = ledger.fetch(call, args[0]!, 32n) ?? new Uint8Array();
    const object = objectWith(ledger, Buffer.from(bytes).toString("hex"));
    if (object !== null) ledger.open(cvm, word, { kind: "object", word, object });
  },
  sco_bind({ ledger, cvm, args }) {
    const object = objectAt(cvm, args[0]!);
    const seen = ledger.outline?.objects.find(({ hash }) => hash === object?.hash);
    const view = seen?.bindings.find((binding) => binding.cvm === cvm.name);
    if (object === null || view === undefined) return;
    ledger.authority++;
    const state = { base: Number(view.base), size: view.size };
    const mode = args[1] === 1n ? "library" : "compartment";
    object.bindings.push({ cvm, object, mode, state, bytes: null, imports: new Map() });
  },
  sco_unbind({ ledger, cvm, args }) {
    const object = objectAt(cvm, args[0]!);
    endBindings(ledger, (binding) => binding.object === object && binding.cvm === cvm);
    unloadIdle(ledger);
  },
  sco_close({ ledger, cvm, args }) {
    ledger.close(cvm, args[0]!);
    unloadIdle(ledger);
  },
  sco_import({ ledger, cvm, args }) {
    const [from, to] = [objectAt(cvm, args[0]!), objectAt(cvm, args[2]!)];
    const binding = to === null ? null : bindingOf(to, cvm);
    if (from === null || binding === null) return;
    ledger.authority++;
    bindingOf(from, cvm)?.imports.set(Number(args[1]), { to: "object", binding, entry: Number(args[3]) });
  },
  sco_callback({ ledger, cvm, args }) {
    const from = objectAt(cvm, args[0]!);
    if (from === null) return;
    ledger.authority++;
    bindingOf(from, cvm)?.imports.set(Number(args[1]), { to: "client", entry: args[2]! });
  },
};

function load(ledger: Declarations, hash: string, bytes: Uint8Array): DeclaredObject | null {
  const view = ledger.outline?.objects.find((object) => object.hash === hash);
  const file = fileVerdict(bytes);
  if (view === undefined || "reason" in file) return null;
  ledger.authority++;
  const text = { base: Number(view.base), size: file.text.length };
  const rodata = { base: rodataAt(text, file), size: file.rodata.length };
  const object = { hash, number: nextNumber(ledger), file, text, rodata, bindings: [] };
  ledger.objects.add(object);
  return object;
}

const PAGE = 4096;

/** Read-only data begins at the next page behind the text from which bounds can cover it. */
function rodataAt({ base, size }: Range, { rodata }: ObjectFile): number {
  const unit = Math.max(PAGE, rodata.length < PAGE ? 1 : 2 ** (Math.floor(Math.log2(rodata.length)) - 9));
  return Math.ceil((base + size) / unit) * unit;
}
