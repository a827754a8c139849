/** Where threads were stopped, and what happened to them meanwhile: what scripts in slices reach. */
import { errorOf, threadText } from "./listing.ts";
import type { SliceMoment } from "./slice-moment.ts";
import { OBJECT_SLICE_OUTCOMES, ObjectSliceReach } from "./slice-object-reach.ts";

export const SLICE_OUTCOMES = [
  "stopped in the gate",
  "stopped in a copy",
  "stopped in a callee",
  "asks, and others run first",
  "revoked during a copy",
  "killed in the gate",
  "body ends",
  "body faults",
  "body enters a callee",
  ...OBJECT_SLICE_OUTCOMES,
] as const;

export type SliceOutcome = (typeof SLICE_OUTCOMES)[number];

/** Follows one script after the other. */
export class SliceReach {
  /** Where threads stand that were stopped, by name. */
  readonly #stopped = new Map<string, "gate" | "copy" | "code">();
  #asking: string | null = null;
  readonly #objects = new ObjectSliceReach();

  begin(): void {
    this.#objects.begin();
    this.#stopped.clear();
    this.#asking = null;
  }

  /** What a slice or an event has reached. */
  reached(moment: SliceMoment): SliceOutcome[] {
    return [...this.#objects.reached(moment), ...this.#met(moment)];
  }

  #met(moment: SliceMoment): SliceOutcome[] {
    const { by, slice, event } = moment;
    if (by === null || slice === null) return event?.do === "kill" ? this.#killed(event.cvm) : [];
    const name = threadText(by);
    const found: SliceOutcome[] = [];
    if (this.#asking !== null && this.#asking !== name) found.push("asks, and others run first");
    this.#asking = slice.end.kind === "asks" ? name : null;
    const before = this.#stopped.get(name);
    this.#stopped.delete(name);
    const { end, place } = slice;
    if (end.kind === "preempted" && place !== null) {
      this.#stopped.set(name, place);
      if (place === "gate") found.push("stopped in the gate");
      if (place === "copy") found.push("stopped in a copy");
      if (moment.depth > 1) found.push("stopped in a callee");
    }
    const isOver = before === "copy" && end.kind === "returned";
    if (isOver && errorOf(end.values[0]) === "ESTALE") found.push("revoked during a copy");
    if (moment.action?.do === "body") {
      if (end.kind === "returned") found.push("body ends");
      if (end.kind === "faulted") found.push("body faults");
      if (end.kind === "entered") found.push("body enters a callee");
    }
    return found;
  }

  #killed(cvm: string): SliceOutcome[] {
    const isInGate = [...this.#stopped].some(
      ([name, place]) => place === "gate" && name.startsWith(`${cvm}.`),
    );
    return isInGate ? ["killed in the gate"] : [];
  }
}
