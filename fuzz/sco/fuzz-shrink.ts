/** Makes an object file smaller, as long as something stays true of it. */
import { SIZE } from "./writer.ts";

export interface Shrunk {
  readonly bytes: Uint8Array;
  /** Whether no smaller file was left to try. */
  readonly isMinimal: boolean;
}

/** Where the parts of a file are, if its header can be believed. */
interface Part {
  /** Offset of the field of the header that says how large the part is, or how many entries it has. */
  readonly field: number;
  readonly at: number;
  readonly size: number;
  /** Bytes that are taken away at a time, and what that takes from the field. */
  readonly unit: number;
  readonly counts: number;
}

/**
 * Takes away entries, pieces of segments and bytes at the end, then makes bytes smaller, until nothing more can go.
 *
 * @param holds whether a file still shows what is looked for; asked `testsMax` times at most
 */
export function shrinkObject(
  start: Uint8Array,
  holds: (bytes: Uint8Array) => boolean,
  testsMax: number,
): Shrunk {
  const shrinker = new Shrinker(start, holds, testsMax);
  const isMinimal = shrinker.run();
  return { bytes: shrinker.bytes, isMinimal };
}

class Shrinker {
  bytes: Uint8Array;
  readonly #holds: (bytes: Uint8Array) => boolean;
  #left: number;

  constructor(start: Uint8Array, holds: (bytes: Uint8Array) => boolean, testsMax: number) {
    this.bytes = start;
    this.#holds = holds;
    this.#left = testsMax;
  }

  /** Whether it came to an end before the tests did. */
  run(): boolean {
    let before: Uint8Array;
    do {
      before = this.bytes;
      for (let part = 0; part < SHAPES.length; part++) this.#cutPart(part);
      for (let size = 2 ** 20; size > 0; size >>= 1)
        while (this.bytes.length >= size && this.#try(this.bytes.slice(0, this.bytes.length - size)));
      this.#lower();
    } while (this.bytes !== before && this.#left > 0);
    return this.#left > 0;
  }

  #try(candidate: Uint8Array): boolean {
    if (this.#left === 0) return false;
    this.#left--;
    if (!this.#holds(candidate)) return false;
    this.bytes = candidate;
    return true;
  }

  /** Pieces of one part, from its end on, half as large each time. */
  #cutPart(index: number): void {
    const whole = partOf(this.bytes, index);
    if (whole === null) return;
    for (let size = halved(2 * whole.size, whole.unit); size > 0; size = halved(size, whole.unit)) {
      const part = partOf(this.bytes, index)!;
      for (let at = part.at + part.size - size; at >= part.at; at -= size)
        this.#try(without(this.bytes, part, at, size));
    }
  }

  /** Stretches of zeros, then smaller bytes. */
  #lower(): void {
    for (let size = 2 ** 14; size > 0; size >>= 2)
      for (let at = 0; at < this.bytes.length; at += size)
        if (this.bytes.subarray(at, at + size).some((byte) => byte !== 0))
          this.#try(this.bytes.slice().fill(0, at, at + size));
    for (let at = 0; at < this.bytes.length; at++) {
      while (this.bytes[at]! > 1 && this.#try(this.bytes.slice().fill(this.bytes[at]! >> 1, at, at + 1)));
      while (this.bytes[at]! > 1 && this.#try(this.bytes.slice().fill(this.bytes[at]! - 1, at, at + 1)));
    }
  }
}

function halved(size: number, unit: number): number {
  return Math.floor(size / 2 / unit) * unit;
}

/** Fields of the header that give sizes, with the bytes that are taken at a time and what the field counts them as. */
const SHAPES = [
  { field: 8, unit: 16, counts: 16 },
  { field: 12, unit: 16, counts: 16 },
  { field: 16, unit: 16, counts: 16 },
  { field: 24, unit: SIZE.export, counts: 1 },
  { field: 28, unit: SIZE.import, counts: 1 },
  { field: 32, unit: SIZE.relocation, counts: 1 },
  { field: 36, unit: 1, counts: 1 },
];

/** Part number `index`; null if it does not lie in the file. */
function partOf(bytes: Uint8Array, index: number): Part | null {
  if (bytes.length < SIZE.header) return null;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  let at: number = SIZE.header;
  for (const [number, { field, unit, counts }] of SHAPES.entries()) {
    const size = (view.getUint32(field, true) * unit) / counts;
    if (at + size > bytes.length) return null;
    if (number === index) return { field, at, size: size - (size % unit), unit, counts };
    at += size;
  }
  return null;
}

function without(bytes: Uint8Array, { field, unit, counts }: Part, at: number, size: number): Uint8Array {
  const smaller = new Uint8Array(bytes.length - size);
  smaller.set(bytes.subarray(0, at));
  smaller.set(bytes.subarray(at + size), at);
  const view = new DataView(smaller.buffer);
  view.setUint32(field, view.getUint32(field, true) - (size / unit) * counts, true);
  return smaller;
}
