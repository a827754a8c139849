/**
 * How a cVM stands when it asks for something: where its thread is, which layer it is, and what has become of the cVM
 * that it names. Taken when the call is made, also for calls that wait.
 */
import type { CvmView, SystemView, ThreadName, ThreadView } from "../../model/system-contract.ts";

/** What there is to say of a call besides its outcome, and what it can be. `dying` passes within one step. */
export const roles = {
  caller: ["at home", "in its handler", "in a callee", "serving", "called back", "left alone"],
  layer: ["alone", "around others", "inside another", "in the middle"],
  named: ["itself", "running", "in quarantine", "gone", "nobody"],
} as const;

export type Role = keyof typeof roles;

/** A class for each role that is known. */
export type Standing = { readonly [Of in Role]?: (typeof roles)[Of][number] | undefined };

export const NOTHING_KNOWN: Standing = {};

/** Slot and generation of a cVM. */
export type Place = Pick<CvmView, "name" | "slot" | "generation">;

export function threadOf({ cvm, thread }: ThreadName, { cvms }: SystemView): ThreadView | undefined {
  return cvms.find(({ name }) => name === cvm)?.threads[thread];
}

/** The cVM whose code a thread runs; undefined of a thread that there is not. */
export function domainOf(by: ThreadName, view: SystemView): CvmView | undefined {
  const domain = threadOf(by, view)?.domains.at(-1);
  return domain === undefined ? undefined : view.cvms.find(({ name }) => name === domain);
}

/** Where a thread is; `entered`: the call by which it came there, if that is known. */
export function callerState(
  { domains, worker, handling }: ThreadView,
  entered: string | undefined,
): Standing["caller"] {
  if (domains.length === 0) return undefined;
  if (domains.length === 1) return worker ? "left alone" : handling ? "in its handler" : "at home";
  switch (entered) {
    case "cp_call":
      return "in a callee";
    case "cp_call_serve":
      return "serving";
    case "sco_call":
    case "sco_return":
      return "called back";
    default:
      return undefined;
  }
}

/** Which layer a cVM is: the data part of an inner one lies in that of the one around it. */
export function layerOf(cvm: CvmView, { cvms }: SystemView): (typeof roles)["layer"][number] {
  const [isInner, isOuter] = [cvms.some((one) => isInside(cvm, one)), cvms.some((one) => isInside(one, cvm))];
  if (isInner) return isOuter ? "in the middle" : "inside another";
  return isOuter ? "around others" : "alone";
}

function isInside(inner: CvmView, outer: CvmView): boolean {
  if (inner === outer || inner.dataBase < outer.dataBase) return false;
  return inner.dataBase + dataSize(inner) <= outer.dataBase + dataSize(outer);
}

function dataSize({ size, codeSize }: CvmView): bigint {
  return BigInt(size - codeSize);
}

/** What has become of a cVM; null: there was never one. */
export function lifeOf(place: Place | null, { cvms }: SystemView): (typeof roles)["named"][number] {
  if (place === null) return "nobody";
  const now = cvms.find((one) => isSame(one, place));
  return now === undefined ? "gone" : now.state === "running" ? "running" : "in quarantine";
}

export function isSame(one: Place, other: Place): boolean {
  return one.slot === other.slot && one.generation === other.generation;
}
