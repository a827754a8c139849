/**
 * Where objects and the states of their clients lie: in an area of their own, which no cVM has any authority over. Bounds
 * are exact (V2), with free bytes between any two ranges.
 */
import {
  granuleOf,
  OBJECTS_BASE,
  OBJECTS_TOP,
  PAGE,
  placeBetween,
  type Range,
} from "../intravisor/layout.ts";
import { type ObjectFile, SLOT } from "./format.ts";
import type { SharedObject } from "./state.ts";

/** Bytes of TEXT and RODATA in memory: RODATA begins with the first page behind TEXT. */
export function sharedSize({ text, rodata }: ObjectFile): number {
  return pages(text.length) + pages(rodata.length);
}

/** Where RODATA begins, from where TEXT does. */
export function rodataOffset({ text }: ObjectFile): number {
  return pages(text.length);
}

/** Bytes of one client's state: what is added so that bounds can cover it is not used (I-101). */
export function clientSize({ stateSize }: ObjectFile): number {
  const unit = Math.max(SLOT, Number(granuleOf(BigInt(stateSize))));
  return Math.ceil(stateSize / unit) * unit;
}

/** The lowest place for so many bytes beside what is there; null if there is none. */
export function placeFor(size: number, objects: Iterable<SharedObject>): bigint | null {
  return placeBetween(OBJECTS_BASE, OBJECTS_TOP, BigInt(pages(size)), [...objects].flatMap(rangesOf));
}

function rangesOf({ file, text, bindings }: SharedObject): Range[] {
  const states = bindings.map(({ state }) => state).filter(({ bytes }) => bytes.length > 0);
  return [
    { base: text.base, size: BigInt(sharedSize(file)) },
    ...states.map(({ base, bytes }) => ({ base, size: BigInt(pages(bytes.length)) })),
  ];
}

function pages(size: number): number {
  return Math.ceil(size / PAGE) * PAGE;
}
