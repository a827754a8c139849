/**
 * Mistakes of same-page merging that can be planted, each as a change of the sources of implementation and
 * reference.
 */
import { copying } from "./copying-faults.ts";
import { limits, merging } from "./merging-faults.ts";
import { change, machine, scan, scanner, stable } from "./patch.ts";
import type { KsmFault } from "./plant.ts";

/** Mistakes that the invariants need not show: they only cost savings. A second machine shows them. */
export const quietFaults: readonly KsmFault[] = [
  {
    name: "room that somebody left is not noticed",
    breaks: [],
    impl: [machine("leftBy: (frame) => this.#stable.leftBy(frame),", "leftBy: () => undefined,")],
    model: [],
  },
  {
    name: "the oldest merged frame with room is not the one",
    breaks: [],
    impl: [stable("this.#age[frame]! < this.#age[room]!", "this.#age[frame]! > this.#age[room]!")],
    model: [scan("state.stable.find(", "state.stable.findLast(")],
  },
  {
    name: "settled pages never go on",
    breaks: [],
    impl: [scanner("const isSettled = hasSum[slot] === 1 && sum[slot] === now;", "const isSettled = false;")],
    model: [scan("const isSettled = page.record!.sum === sum ||", "const isSettled = sum === '' ||")],
  },
];

/** Two tenants are told apart by nobody. */
export const tenantFault: KsmFault = {
  name: "tenants that are kept apart merge",
  breaks: ["KSM-13"],
  impl: [machine("this.#knobs.acrossTenants ? 0 : Math.max(tenant, 0)", "tenant > 999 ? tenant : 0")],
  model: [scan("return state.knobs.acrossTenants ? 0 :", "return space >= 0 ? 0 :")],
};

/** The constant of the threshold, which is in MB, taken for kB. */
export const unitFault: KsmFault = {
  name: "the controller compares MB with kB",
  breaks: ["KSM-12"],
  impl: [change("impl/ksm/tuned.ts")("settings.thresholdMb * 1024", "settings.thresholdMb")],
  model: [
    change("model/ksm/tuned.ts")("BigInt(settings.thresholdMb) * KB_PER_MB", "BigInt(settings.thresholdMb)"),
  ],
};

/** Mistakes that break an invariant of one machine alone. */
export const ksmFaults: readonly KsmFault[] = [...merging, ...limits, ...copying];
