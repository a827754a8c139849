/** Building cVMs: where they lie, what is in their code part, and the first context of a thread. */
import type { CvmDescription, ErrorName } from "../../model/system-contract.ts";
import type { Engine } from "../engine/index.ts";
import { Disk } from "./device-disk.ts";
import {
  ARENA_BASE,
  ARENA_TOP,
  BLOCK_BYTES,
  BLOCKS,
  BLOCKS_AT,
  CODE_SIZE_MIN,
  GUARD,
  granuleOf,
  IMAGE_AT,
  PAGE,
  PAIR_PLACES,
  STACK_SIZE,
} from "./layout.ts";
import type { Cvm, Tables } from "./tables.ts";

const SIZE_MAX = 1 << 25;
const HANDLES_MAX = 64;
const DEPTH_MAX = 4;
/** Of the 32 bits that an identity word has for it. */
const LAST_GENERATION = 0xffff_ffff;

/** Object types of gates, one for each slot of the table. */
const GATE_OTYPE = 0x100;

/** Makes an entry of the table for a cVM, or says why not. Nothing is changed if not (I-88). */
export function plan(tables: Tables, description: CvmDescription): Cvm | ErrorName {
  const { name, size, codeSize, image, parent: inside, quotas } = description;
  const dataSize = size - codeSize;
  if (size <= codeSize || size > SIZE_MAX || codeSize < CODE_SIZE_MIN || size % PAGE || codeSize % PAGE)
    return "EINVAL";
  // The block of the last number is kept free.
  const blocks = BLOCKS / tables.generations.length;
  const threadsMax = Math.min(blocks, PAIR_PLACES) - 1;
  if (quotas.threads < 1 || quotas.threads > threadsMax || quotas.handles > HANDLES_MAX) return "EINVAL";
  if (quotas.threads * STACK_SIZE >= dataSize) return "EINVAL";
  if (image.length / 2 > codeSize - CODE_SIZE_MIN) return "E2BIG";
  const disk = Uint8Array.from(Buffer.from(description.disk ?? "", "hex"));
  if (!Disk.holds(disk.length)) return "E2BIG";
  const live = tables.cvms.filter((cvm) => cvm !== null);
  if (live.some((cvm) => cvm.name === name)) return "EEXIST";
  // No identity is ever given twice: a slot of which all generations were there is not used any more.
  const isFree = (used: number, at: number) => (tables.cvms[at] ?? null) === null && used < LAST_GENERATION;
  const slot = tables.generations.findIndex(isFree);
  if (slot < 0) return "ENOSPC";

  let parent: Cvm | null = null;
  let dataBase = 0;
  if (inside !== null) {
    parent = live.find((cvm) => cvm.name === inside.cvm && cvm.state === "running") ?? null;
    if (parent === null) return "ENOENT";
    if (depthOf(parent) + 1 >= DEPTH_MAX) return "ELOOP";
    dataBase = parent.dataBase + inside.at;
    if (inside.at < 0 || inside.at + dataSize > parent.dataSize) return "EINVAL";
    const outer = parent;
    const taken = live.filter((cvm) => cvm.parent === outer);
    if (taken.some((cvm) => dataBase < cvm.dataBase + cvm.dataSize && cvm.dataBase < dataBase + dataSize))
      return "EEXIST";
  }
  const codeBase = firstFit(live, inside === null ? size : codeSize);
  if (codeBase === null) return "ENOMEM";
  if (inside === null) dataBase = codeBase + codeSize;
  const parts = [codeBase, codeSize, dataBase, dataSize].map(BigInt) as [bigint, bigint, bigint, bigint];
  if (!isExact(parts[0], parts[1]) || !isExact(parts[2], parts[3])) return "EINVAL";
  return {
    slot,
    generation: tables.generations[slot]! + 1,
    name,
    state: "running",
    codeBase,
    codeSize,
    dataBase,
    dataSize,
    parent,
    quotas,
    otype: GATE_OTYPE + slot,
    blocks: BLOCKS_AT + slot * blocks * BLOCK_BYTES,
    handles: new Array<null>(quotas.handles).fill(null),
    handleGenerations: new Array<number>(quotas.handles).fill(tables.handlesUsed),
    ticketsMade: 0n,
    threads: [],
    disk: new Disk(disk),
    packets: [],
    handler: 0,
    table: 0,
    libraryTable: 0,
  };
}

/** Whether bounds can cover exactly these bytes; the size is at most 2^47. */
export function isExact(base: bigint, size: bigint): boolean {
  const granule = BigInt(granuleOf(Number(size)));
  return base % granule === 0n && size % granule === 0n;
}

function depthOf({ parent }: Cvm): number {
  return parent === null ? 0 : 1 + depthOf(parent);
}

/** The lowest aligned place with a guard on both sides. */
function firstFit(live: readonly Cvm[], size: number): number | null {
  const align = Math.max(PAGE, granuleOf(size));
  const up = (address: number) => Math.ceil(address / align) * align;
  const taken = live
    .map((cvm) => ({
      from: cvm.codeBase,
      to: cvm.codeBase + cvm.codeSize + (cvm.parent === null ? cvm.dataSize : 0),
    }))
    .sort((one, other) => one.from - other.from);
  let at = up(ARENA_BASE);
  for (const { from, to } of taken) {
    if (at + size + GUARD <= from) break;
    at = Math.max(at, up(to + GUARD));
  }
  return at + size + GUARD <= ARENA_TOP ? at : null;
}

/** What every cVM's code part begins with, and where its parts are. */
export interface Stubs {
  readonly bytes: Uint8Array;
}

/** Fills the code part: stubs, image, and an empty store. */
export function layOut(
  engine: Engine,
  { codeBase, codeSize, dataBase, dataSize }: Cvm,
  image: Uint8Array,
  stubs: Stubs,
): void {
  engine.load(BigInt(codeBase), new Uint8Array(codeSize));
  engine.load(BigInt(dataBase), new Uint8Array(dataSize));
  engine.load(BigInt(codeBase), stubs.bytes);
  if (image.length > 0) engine.load(BigInt(codeBase + IMAGE_AT), image);
}
