/**
 * What is held where: the tagged registers of every thread, and the tagged granules of every capability store. Kept from
 * one look to the next, so that only what changed is read again.
 *
 * Bounds are worked out here from the encoding, and not taken from the engine, which may be wrong about them.
 */
import {
  type EncodedCapability,
  eachTagged,
  type Probe,
  type ProbedThread,
} from "../../../impl/intravisor/probe.ts";
import { fromMemory, permit, UNSEALED } from "../../oracle/exact/capability.ts";
import { boundsAt } from "../../oracle/exact/encoding.ts";
import type { DeclaredCvm, Range } from "./declared.ts";

/** A tagged capability, in numbers: RAM lies below 2^53, and what goes beyond is not exact but still beyond. */
export interface HeldCapability {
  readonly base: number;
  readonly top: number;
  readonly address: number;
  readonly perms: number;
  /** Null if it is not sealed. */
  readonly otype: number | null;
}

export interface HeldRegister extends HeldCapability {
  /** 0-31, 0x20 PCC, 0x21 DDC. */
  readonly register: number;
}

export interface HeldGranule extends HeldCapability {
  /** Bytes from the start of the store, or of another piece of memory. */
  readonly offset: number;
}

/** What the registers of a thread hold, and the look in which that was found to be news. */
interface ThreadHoldings {
  readonly context: Uint8Array;
  registers: readonly HeldRegister[];
  lookedAt: number;
  changedAt: number;
}

interface PieceHoldings {
  readonly size: number;
  /** As they were when the granules were read; if none was tagged, they were not looked at. */
  readonly bytes: Uint8Array;
  readonly tags: readonly number[];
  readonly granules: readonly HeldGranule[];
  lookedAt: number;
  changedAt: number;
}

const NO_BYTES = new Uint8Array();

export const { execute, load, store, loadCap, storeCap, storeLocal, seal, unseal, cinvoke, system, global } =
  permit;

/** What was found, and whether it is other than in the look before: as long as it is not, it is the same list. */
interface Found<Held> {
  readonly held: readonly Held[];
  readonly isNew: boolean;
}

export class Holdings {
  readonly #threads = new Map<number, ThreadHoldings>();
  /** By address. */
  readonly #pieces = new Map<number, PieceHoldings>();
  readonly #bounds = new Map<bigint, { readonly base: bigint; readonly top: bigint }>();
  #look = 0;

  reset(): void {
    this.#threads.clear();
    this.#pieces.clear();
  }

  /** A new look: what was found in the one before may have changed. */
  look(): void {
    this.#look++;
  }

  /** What the registers of a thread hold now. */
  ofThread({ block, context }: ProbedThread): Found<HeldRegister> {
    const known = this.#threads.get(block);
    const look = this.#look;
    if (known === undefined || known.lookedAt !== look) {
      if (known === undefined || Buffer.compare(known.context, context) !== 0) {
        const registers: HeldRegister[] = [];
        eachTagged(context, (register, value) => registers.push({ register, ...this.decode(value) }));
        known?.context.set(context);
        const found = {
          context: known?.context ?? context.slice(),
          registers,
          lookedAt: look,
          changedAt: look,
        };
        this.#threads.set(block, found);
        return { held: registers, isNew: true };
      }
      known.lookedAt = look;
    }
    return { held: known.registers, isNew: known.changedAt === look };
  }

  /** What the capability store of a cVM holds now. */
  ofStore(cvm: DeclaredCvm, probe: Probe): Found<HeldGranule> {
    return this.ofPiece({ base: storeOf(cvm, probe), size: probe.places.storeSize }, probe);
  }

  /** What a piece of memory holds now that begins with a granule. */
  ofPiece({ base, size }: Range, probe: Probe): Found<HeldGranule> {
    const known = this.#pieces.get(base);
    const look = this.#look;
    const isKnown = known?.size === size;
    if (isKnown && known.lookedAt === look) return { held: known.granules, isNew: known.changedAt === look };
    const tags = probe.tagged(base, size);
    const bytes = tags.length === 0 ? NO_BYTES : probe.bytes(base, size);
    if (isKnown && areSame(known.tags, tags) && Buffer.compare(known.bytes, bytes) === 0) {
      known.lookedAt = look;
      return { held: known.granules, isNew: false };
    }
    const view = new DataView(bytes.buffer, bytes.byteOffset);
    const granules = tags.map((offset) => ({ offset, ...this.#inMemory(view, offset) }));
    this.#pieces.set(base, { size, bytes: bytes.slice(), tags, granules, lookedAt: look, changedAt: look });
    return { held: granules, isNew: true };
  }

  /** The capability in a granule that is tagged. */
  granule(probe: Probe, address: number): HeldCapability | null {
    if (probe.tagged(address, 16).length === 0) return null;
    const bytes = probe.bytes(address, 16);
    return this.#inMemory(new DataView(bytes.buffer, bytes.byteOffset), 0);
  }

  #inMemory(view: DataView, offset: number): HeldCapability {
    const address = view.getBigUint64(offset, true);
    const { perms, otype, base, top } = fromMemory(true, address, view.getBigUint64(offset + 8, true));
    return inNumbers(address, base, top, perms, otype);
  }

  decode({ address, high }: EncodedCapability): HeldCapability {
    const { base, top } = this.#boundsOf(high, address);
    return inNumbers(address, base, top, high >> 48n, (high >> 27n) & 0x3ffffn);
  }

  /** The same bits mean the same bounds at every address within them. */
  #boundsOf(high: bigint, address: bigint): { readonly base: bigint; readonly top: bigint } {
    const known = this.#bounds.get(high);
    if (known !== undefined && address >= known.base && address < known.top) return known;
    const found = boundsAt(high & 0x7ff_ffffn, address);
    this.#bounds.set(high, found);
    return found;
  }
}

function areSame(one: readonly number[], other: readonly number[]): boolean {
  if (one.length !== other.length) return false;
  for (let at = 0; at < one.length; at++) if (one[at] !== other[at]) return false;
  return true;
}

/** Address of the capability store of a cVM. */
export function storeOf({ code }: DeclaredCvm, { places }: Probe): number {
  return code.base + code.size - places.storeSize;
}

function inNumbers(address: bigint, base: bigint, top: bigint, perms: bigint, otype: bigint): HeldCapability {
  return {
    base: Number(base),
    top: Number(top),
    address: Number(address),
    perms: Number(perms),
    otype: otype === UNSEALED ? null : Number(otype),
  };
}

const letters: readonly (readonly [number, string])[] = [
  [global, "G"],
  [execute, "X"],
  [load, "R"],
  [store, "W"],
  [loadCap, "r"],
  [storeCap, "w"],
  [storeLocal, "l"],
  [seal, "S"],
  [cinvoke, "I"],
  [unseal, "U"],
  [system, "A"],
];

/** `[0x80903000, 0x80904000) RW`, with `sealed 0x100` behind it. */
export function capabilityText({ base, top, perms, otype }: HeldCapability): string {
  const allowed = letters.map(([bit, letter]) => ((perms & bit) === 0 ? "" : letter)).join("");
  const type = otype === null ? "" : ` sealed 0x${otype.toString(16)}`;
  return `[0x${base.toString(16)}, 0x${top.toString(16)}) ${allowed}${type}`;
}
