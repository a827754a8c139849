/**
 * The memory that a hart sees while it is in objects: the pieces that its client has there, at their addresses, and
 * nothing else. Bounds of capabilities never reach beyond one piece.
 */
import { GRANULE, type Memory } from "../machine/memory.ts";
import type { Piece } from "./state.ts";

/** A piece, and what it has become. */
export interface Region {
  readonly piece: () => Piece;
  readonly base: bigint;
  readonly end: bigint;
  readonly view: DataView;
  readonly tagAt: (at: number) => boolean;
  /** The bytes from `at` are about to be written: their granules lose their tags. */
  readonly touch: (at: number, size: number) => void;
}

/** Bytes that no capability may write, for anybody: that somebody does is our defect (I-95). */
export function shared({ base, bytes, tags }: Piece): Region {
  return {
    piece: () => ({ base, bytes, tags }),
    base,
    end: base + BigInt(bytes.length),
    view: new DataView(bytes.buffer, bytes.byteOffset),
    tagAt: (at) => tags[Math.floor(at / GRANULE)] === 1,
    touch(at) {
      throw new Error(`shared byte at 0x${(base + BigInt(at)).toString(16)} written`);
    },
  };
}

/** Bytes of one client: written in a copy. Granules are those of the address space, wherever the piece begins. */
export function own(piece: Piece): Region {
  const { base } = piece;
  const bytes = piece.bytes.slice();
  const tags = piece.tags.slice();
  const before = Number(base % BigInt(GRANULE));
  let isWritten = false;
  return {
    piece: () => (isWritten ? { base, bytes, tags } : piece),
    base,
    end: base + BigInt(bytes.length),
    view: new DataView(bytes.buffer),
    tagAt: (at) => tags[Math.floor((at + before) / GRANULE)] === 1,
    touch(at, size) {
      isWritten = true;
      const last = Math.floor((at + before + size - 1) / GRANULE);
      for (let granule = Math.floor((at + before) / GRANULE); granule <= last; granule++) tags[granule] = 0;
    },
  };
}

export function memoryOf(regions: readonly Region[]): Memory {
  let last = regions[0]!;
  function regionAt(address: bigint): Region | null {
    if (address >= last.base && address < last.end) return last;
    const found = regions.find(({ base, end }) => address >= base && address < end);
    if (found !== undefined) last = found;
    return found ?? null;
  }
  /** Where an access goes, which `contains` has allowed. */
  function placeOf(address: bigint): { region: Region; at: number } {
    const region = regionAt(address)!;
    return { region, at: Number(address - region.base) };
  }
  return {
    contains(address, size) {
      const region = regionAt(address);
      return region !== null && address + BigInt(size) <= region.end;
    },
    read(address, size) {
      const { region, at } = placeOf(address);
      return readNumber(region.view, at, size);
    },
    write(address, size, value) {
      const { region, at } = placeOf(address);
      region.touch(at, size);
      for (let byte = 0; byte < size; byte++)
        region.view.setUint8(at + byte, Number((value >> BigInt(8 * byte)) & 0xffn));
    },
    readGranule(address) {
      const { region, at } = placeOf(address);
      return (region.view.getBigUint64(at + 8, true) << 64n) | region.view.getBigUint64(at, true);
    },
    writeGranule(address, data, tag) {
      // Nothing that an object holds may store capabilities.
      if (tag) throw new Error(`capability stored at 0x${address.toString(16)}`);
      const { region, at } = placeOf(address);
      region.touch(at, GRANULE);
      region.view.setBigUint64(at, BigInt.asUintN(64, data), true);
      region.view.setBigUint64(at + 8, data >> 64n, true);
    },
    tagAt(address) {
      const { region, at } = placeOf(address);
      return region.tagAt(at);
    },
  };
}

function readNumber(view: DataView, at: number, size: number): bigint {
  switch (size) {
    case 1:
      return BigInt(view.getUint8(at));
    case 2:
      return BigInt(view.getUint16(at, true));
    case 4:
      return BigInt(view.getUint32(at, true));
    default:
      return view.getBigUint64(at, true);
  }
}
