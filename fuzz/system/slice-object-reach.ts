/** What scripts in slices reach about objects: where threads were stopped among them, and what others did meanwhile. */
import { callNamed } from "../../model/intravisor/calls.ts";
import type { Action, Outcome, ThreadName } from "../../model/system-contract.ts";
import { errorOf, threadText } from "./listing.ts";
import type { SliceMoment } from "./slice-moment.ts";

export const OBJECT_SLICE_OUTCOMES = [
  "stopped in an object",
  "stopped on the way into an object or out of it",
  "stopped in an object that an object has called",
  "two threads of a cVM in one object",
  "two cVMs in one object",
  "unbind refused for a thread in an object",
  "unbound before a call has come in",
  "handle closed while a thread is in an object",
  "import changed while a thread is in an object",
  "a client dies in an object",
  "a call into objects comes back as foretold",
  "a call into objects is disturbed",
  "a file changes after it was asked to be made an object",
] as const;

export type ObjectSliceOutcome = (typeof OBJECT_SLICE_OUTCOMES)[number];

const [CREATE, UNBIND, CLOSE, IMPORT] = ["sco_create", "sco_unbind", "sco_close", "sco_import"].map(
  (name) => callNamed(name)?.number,
);

/** A thread that was stopped in a call into objects. */
interface Stopped {
  readonly by: ThreadName;
  readonly inside: readonly number[];
}

export class ObjectSliceReach {
  readonly #stopped = new Map<string, Stopped>();
  /** Files of which threads have asked to make objects: addresses. */
  readonly #asked = new Map<
    string,
    { readonly by: ThreadName; readonly from: bigint; readonly to: bigint }
  >();

  begin(): void {
    this.#stopped.clear();
    this.#asked.clear();
  }

  reached(moment: SliceMoment): ObjectSliceOutcome[] {
    const { by, slice, event, visit } = moment;
    if (by === null) return event?.do === "kill" ? this.#killed(event.cvm) : [];
    if (visit !== null) {
      this.#stopped.delete(threadText(by));
      if (visit === "whole") return [];
      const isForetold = visit === "foretold";
      return [isForetold ? "a call into objects comes back as foretold" : "a call into objects is disturbed"];
    }
    const changed = this.#changes(by, moment.action);
    if (slice === null) return changed;
    const served = moment.served === null ? [] : this.#served(by, moment.served, slice.served);
    this.#asked.delete(threadText(by));
    if (slice.end.kind === "asks" && slice.end.number === CREATE) {
      const [from, size] = slice.end.args as [bigint, bigint];
      this.#asked.set(threadText(by), { by, from, to: from + size });
    }
    return [...changed, ...served, ...this.#stops(moment, by)];
  }

  /** Where the thread stands now. */
  #stops({ slice, action, inside }: SliceMoment, by: ThreadName): ObjectSliceOutcome[] {
    this.#stopped.delete(threadText(by));
    if (slice?.end.kind !== "preempted" || !isVisit(action)) return [];
    const others = [...this.#stopped.values()].filter((other) =>
      other.inside.some((number) => inside.includes(number)),
    );
    this.#stopped.set(threadText(by), { by, inside });
    const found: ObjectSliceOutcome[] = [];
    if (slice.place === "gate") found.push("stopped on the way into an object or out of it");
    if (slice.place === "code" && inside.length > 0) found.push("stopped in an object");
    if (inside.length > 1) found.push("stopped in an object that an object has called");
    if (others.some((other) => other.by.cvm === by.cvm)) found.push("two threads of a cVM in one object");
    if (others.some((other) => other.by.cvm !== by.cvm)) found.push("two cVMs in one object");
    return found;
  }

  /** What a call means for those who are stopped. */
  #served(by: ThreadName, number: bigint, outcome: Outcome | null): ObjectSliceOutcome[] {
    if (outcome?.kind !== "returned") return [];
    const error = errorOf(outcome.values[0]);
    const siblings = [...this.#stopped.values()].filter((one) => one.by.cvm === by.cvm);
    const isInside = siblings.some(({ inside }) => inside.length > 0);
    if (number === UNBIND && error === "EBUSY" && isInside)
      return ["unbind refused for a thread in an object"];
    if (error !== null) return [];
    if (number === UNBIND && siblings.some(({ inside }) => inside.length === 0))
      return ["unbound before a call has come in"];
    if (number === CLOSE && isInside) return ["handle closed while a thread is in an object"];
    if (number === IMPORT && isInside) return ["import changed while a thread is in an object"];
    return [];
  }

  #killed(cvm: string): ObjectSliceOutcome[] {
    const isInside = [...this.#stopped.values()].some((one) => one.by.cvm === cvm && one.inside.length > 0);
    return isInside ? ["a client dies in an object"] : [];
  }

  /** Whether a thread stores into a file of which another thread of its cVM has asked to make an object. */
  #changes(by: ThreadName, action: Action | null): ObjectSliceOutcome[] {
    if (action === null || !("address" in action) || action.address.kind !== "number") return [];
    if (action.do === "load" || action.do === "narrow") return [];
    const { value } = action.address;
    const isIn = [...this.#asked.entries()].some(
      ([name, asked]) =>
        name !== threadText(by) && asked.by.cvm === by.cvm && value >= asked.from && value < asked.to,
    );
    return isIn ? ["a file changes after it was asked to be made an object"] : [];
  }
}

function isVisit(action: Action | null): boolean {
  return action?.do === "call" && action.call === "sco_call";
}
