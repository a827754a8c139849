/** RAM with a tag for each 16-byte granule. Addresses here are offsets from its start. */

import type { Granule } from "../contract.ts";

/** Bytes that a tag covers. */
export const GRANULE = 16;
/** Bytes that are zeroed together when a page was written since the last reset. */
const PAGE = 1024;

/** What a hart sees of memory. */
export interface Memory {
  /** Whether `size` bytes at an address (0 to 2^64-1) are memory. */
  readonly contains: (address: bigint, size: number) => boolean;
  /** Reads 1, 2, 4 or 8 bytes, little-endian. */
  readonly read: (address: bigint, size: number) => bigint;
  /** Writes the low 1, 2, 4 or 8 bytes of a value and clears the tags of the granules touched. */
  readonly write: (address: bigint, size: number, value: bigint) => void;
  /** Reads a granule's 128 bits. The address is 16-byte aligned. */
  readonly readGranule: (address: bigint) => bigint;
  readonly writeGranule: (address: bigint, data: bigint, tag: boolean) => void;
  /** The tag of the granule an address lies in. */
  readonly tagAt: (address: bigint) => boolean;
}

/** RAM as whoever owns the hart sees it. */
export interface Ram extends Memory {
  readonly base: bigint;
  readonly size: number;
  /** Copies bytes in and clears the tags of the granules touched. */
  readonly load: (address: bigint, bytes: Uint8Array) => void;
  readonly peek: (address: bigint, size: number) => Uint8Array;
  /** Granules with a tag or a byte other than zero, by ascending address. Costs what was written since the last reset. */
  readonly granules: () => Granule[];
  /** Makes all of RAM zero and untagged. Costs what was written since the last reset. */
  readonly clear: () => void;
}

/** RAM of `size` bytes (a multiple of 1024) at `base`, zeroed. */
export function createMemory(base: bigint, size: number): Ram {
  const bytes = new Uint8Array(size);
  const view = new DataView(bytes.buffer);
  const words = new Uint32Array(bytes.buffer);
  const tags = new Uint8Array(size / GRANULE);
  const dirty = new Uint8Array(size / PAGE);
  let dirtyPages: number[] = [];
  const end = base + BigInt(size);

  function at(address: bigint): number {
    return Number(address - base);
  }

  function touch(page: number): void {
    if (dirty[page] === 1) return;
    dirty[page] = 1;
    dirtyPages.push(page);
  }

  function written(offset: number, length: number): void {
    const last = offset + length - 1;
    for (let page = Math.floor(offset / PAGE); page * PAGE <= last; page++) touch(page);
    for (let granule = Math.floor(offset / GRANULE); granule * GRANULE <= last; granule++) tags[granule] = 0;
  }

  function readGranule(offset: number): bigint {
    return (view.getBigUint64(offset + 8, true) << 64n) | view.getBigUint64(offset, true);
  }

  /** Whether a granule is as it was at the reset. */
  function isBlank(granule: number): boolean {
    const at = 4 * granule;
    return tags[granule] === 0 && (words[at]! | words[at + 1]! | words[at + 2]! | words[at + 3]!) === 0;
  }

  function granulesOf(page: number): Granule[] {
    const found: Granule[] = [];
    const first = (page * PAGE) / GRANULE;
    for (let granule = first; granule < first + PAGE / GRANULE; granule++) {
      if (isBlank(granule)) continue;
      const offset = granule * GRANULE;
      found.push({
        address: base + BigInt(offset),
        data: readGranule(offset),
        tag: tags[granule] === 1,
      });
    }
    return found;
  }

  return {
    base,
    size,
    contains: (address, length) => address >= base && address + BigInt(length) <= end,
    read(address, length) {
      const offset = at(address);
      switch (length) {
        case 1:
          return BigInt(view.getUint8(offset));
        case 2:
          return BigInt(view.getUint16(offset, true));
        case 4:
          return BigInt(view.getUint32(offset, true));
        default:
          return view.getBigUint64(offset, true);
      }
    },
    write(address, length, value) {
      const offset = at(address);
      written(offset, length);
      switch (length) {
        case 1:
          view.setUint8(offset, Number(BigInt.asUintN(8, value)));
          break;
        case 2:
          view.setUint16(offset, Number(BigInt.asUintN(16, value)), true);
          break;
        case 4:
          view.setUint32(offset, Number(BigInt.asUintN(32, value)), true);
          break;
        default:
          view.setBigUint64(offset, value, true);
      }
    },
    readGranule: (address) => readGranule(at(address)),
    writeGranule(address, data, tag) {
      const offset = at(address);
      written(offset, GRANULE);
      view.setBigUint64(offset, BigInt.asUintN(64, data), true);
      view.setBigUint64(offset + 8, data >> 64n, true);
      tags[offset / GRANULE] = tag ? 1 : 0;
    },
    tagAt: (address) => tags[Math.floor(at(address) / GRANULE)] === 1,
    load(address, source) {
      if (source.length === 0) return;
      written(at(address), source.length);
      bytes.set(source, at(address));
    },
    peek: (address, length) => bytes.slice(at(address), at(address) + length),
    granules: () => dirtyPages.toSorted((left, right) => left - right).flatMap(granulesOf),
    clear() {
      for (const page of dirtyPages) {
        bytes.fill(0, page * PAGE, (page + 1) * PAGE);
        tags.fill(0, (page * PAGE) / GRANULE, ((page + 1) * PAGE) / GRANULE);
        dirty[page] = 0;
      }
      dirtyPages = [];
    },
  };
}
