/** What calls into objects declare: what they wrote is as it is now, and who they have called back is in its own code. */
import type { StepReport, ThreadName } from "../../../model/system-contract.ts";
import type { Declarations } from "./declarations.ts";
import {
  contains,
  type DeclaredCaller,
  type DeclaredCvm,
  type DeclaredFrame,
  type Range,
} from "./declared.ts";
import type { DeclaredBinding } from "./declared-object.ts";
import { bindingOf, insideOf, objectAt, unloadIdle } from "./ledger-objects.ts";
import type { Bytes } from "./shadow.ts";

/** Calls that go into objects: what they come to is for the objects to say. */
export const ENTERING = ["sco_call", "sco_return"] as const;

export function entersObject(name: string): boolean {
  return (ENTERING as readonly string[]).includes(name);
}

/** Takes in that a thread has been in an object, and is out of it again or has been called back. */
export function takeInside(
  ledger: Declarations,
  { thread, frame, cvm }: DeclaredCaller,
  { name, args, outcome }: { name: string; args: readonly bigint[]; outcome: StepReport["outcome"] },
  bytes: Bytes | undefined,
): void {
  let loan = frame.loan;
  if (name === "sco_call") loan = isLibrary(cvm, args[0]!) ? frame.ddc : loanOf(frame.ddc, args);
  else if (frame.chain === null) return;
  else {
    thread.frames.pop();
    ledger.authority++;
  }
  if (bytes !== undefined) {
    adoptStates(ledger, cvm, bytes);
    if (loan !== null) ledger.memory.write(loan.base, bytes(loan.base, loan.size));
  }
  if (outcome.kind === "entered") {
    const below = thread.frames.at(-1)!;
    const own = { endpoint: null, until: null, ticket: null, isServed: false, buffer: null };
    const chain = newInside(ledger, cvm);
    ledger.authority++;
    thread.frames.push({ ...below, ...own, chain, loan, running: [], lent: null });
  }
  unloadIdle(ledger);
}

/** Takes in what the call into objects that a thread has begun lends them. */
export function takeLent(frame: DeclaredFrame, args: readonly bigint[]): void {
  frame.lent = loanOf(frame.ddc, args);
}

/**
 * Takes in where threads were stopped among objects: numbers of objects that the innermost domain has bound. What it has not
 * bound is not declared.
 */
export function takeStopped(ledger: Declarations, insideOf: (by: ThreadName) => readonly number[]): void {
  if (ledger.objects.size === 0) return;
  const objects = new Map([...ledger.objects].map((object) => [object.number, object]));
  for (const { cvm, number, frames } of ledger.living()) {
    const frame = frames.at(-1);
    if (frame === undefined) continue;
    frame.running = insideOf({ cvm: cvm.name, thread: number }).flatMap((at) => {
      const object = objects.get(at);
      const binding = object === undefined ? null : bindingOf(object, frame.cvm);
      return binding === null ? [] : [binding];
    });
  }
}

/** Whether a handle is to what runs in the domain of its client. */
function isLibrary(cvm: DeclaredCvm, word: bigint): boolean {
  const object = objectAt(cvm, word);
  return object !== null && bindingOf(object, cvm)?.mode === "library";
}

/** What a call lends to an object; null if it is nothing, or not the caller's to lend. */
function loanOf(ddc: Range, args: readonly bigint[]): Range | null {
  const [base, size] = [args[6] ?? 0n, args[7] ?? 0n];
  return size > 0n && contains(ddc, base, size) ? { base: Number(base), size: Number(size) } : null;
}

/** Takes over what the states of a cVM are now. */
export function adoptStates(ledger: Declarations, cvm: DeclaredCvm, bytes: Bytes): void {
  for (const { bindings } of ledger.objects) {
    for (const binding of bindings) {
      const { base, size } = binding.state;
      if (binding.cvm === cvm) binding.bytes = size === 0 ? new Uint8Array() : bytes(base, size).slice();
    }
  }
}

/** Objects that a thread of the cVM has come into: read off the tables, as places are. */
function newInside(ledger: Declarations, cvm: DeclaredCvm): DeclaredBinding[] {
  return [...ledger.objects].flatMap(({ hash, bindings }) => {
    const view = ledger.outline?.objects.find((object) => object.hash === hash);
    return bindings.filter((binding) => {
      const seen = view?.bindings.find((one) => one.cvm === binding.cvm.name)?.inside ?? 0;
      return binding.cvm === cvm && seen > insideOf(ledger, binding);
    });
  });
}
