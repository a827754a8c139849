/** Building cVMs: where they lie, what is in their code part, and the first context of a thread. */
import type { CvmDescription, ErrorName } from "../../model/system-contract.ts";
import type { Engine } from "../engine/index.ts";
import { type Forge, perms } from "./forge.ts";
import {
  ARENA_BASE,
  ARENA_TOP,
  BLOCK_BYTES,
  BLOCKS_AT,
  BLOCKS_PER_CVM,
  block,
  CODE_SIZE_MIN,
  GATE_AT,
  GATE_SIZE,
  GUARD,
  granuleOf,
  IMAGE_AT,
  PAGE,
  STACK_SIZE,
  STORE_PAIR_BYTES,
} from "./layout.ts";
import type { Cvm, Tables, Thread } from "./tables.ts";

const SIZE_MAX = 1 << 25;
const HANDLES_MAX = 64;
const DEPTH_MAX = 4;

/** Object types of gates, one for each slot of the table. */
const GATE_OTYPE = 0x100;

const PCC_PERMS = perms.global | perms.execute | perms.load | perms.loadCap;
/** Of what the Intravisor keeps for itself: DDCs of guests are local, and it stores them. */
const OWN_PERMS = perms.load | perms.store | perms.loadCap | perms.storeCap | perms.storeLocal;
/** No capability can be stored anywhere by code that runs under this (I-13). */
const DDC_PERMS = perms.load | perms.store;

/** Makes an entry of the table for a cVM, or says why not. Nothing is changed if not (I-88). */
export function plan(tables: Tables, description: CvmDescription): Cvm | ErrorName {
  const { name, size, codeSize, image, parent: inside, quotas } = description;
  const dataSize = size - codeSize;
  if (size <= codeSize || size > SIZE_MAX || codeSize < CODE_SIZE_MIN || size % PAGE || codeSize % PAGE)
    return "EINVAL";
  if (quotas.threads < 1 || quotas.threads > BLOCKS_PER_CVM || quotas.handles > HANDLES_MAX) return "EINVAL";
  if (quotas.threads * STACK_SIZE >= dataSize) return "EINVAL";
  if (image.length / 2 > codeSize - 2 * PAGE) return "E2BIG";
  const live = tables.cvms.filter((cvm) => cvm !== null);
  if (live.some((cvm) => cvm.name === name)) return "EEXIST";
  const slot = tables.cvms.indexOf(null);
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
  if (!isExact(codeBase, codeSize) || !isExact(dataBase, dataSize)) return "EINVAL";
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
    handles: new Array<null>(quotas.handles).fill(null),
    handleGenerations: new Array<number>(quotas.handles).fill(0),
    threads: [],
  };
}

export function isExact(base: number, size: number): boolean {
  const granule = granuleOf(size);
  return base % granule === 0 && size % granule === 0;
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

export function blockOf({ cvm, number }: Pick<Thread, "cvm" | "number">): number {
  return BLOCKS_AT + (cvm.slot * BLOCKS_PER_CVM + number) * BLOCK_BYTES;
}

export function storeOf({ codeBase, codeSize }: Cvm): number {
  return codeBase + codeSize - PAGE;
}

/** Thread block, gate pair, and the start register file (3.5): PCC, DDC, sp, tp and a0, all else null (I-87). */
export function startThread(
  engine: Engine,
  forge: Forge,
  cvm: Cvm,
  number: number,
  entry: number,
  argument: bigint,
): Thread {
  const { hart } = engine;
  const at = blockOf({ cvm, number });
  forge.begin();
  engine.load(BigInt(at), new Uint8Array(BLOCK_BYTES));
  forge.make({
    base: 0x8000_0000,
    size: ARENA_BASE - 0x8000_0000,
    perms: OWN_PERMS,
  });
  forge.storeTo(at + block.monitor);
  forge.make({
    base: at,
    size: BLOCK_BYTES,
    perms: OWN_PERMS | perms.cinvoke,
    otype: cvm.otype,
  });
  forge.storeTo(storeOf(cvm) + number * STORE_PAIR_BYTES + 16);
  forge.make({
    base: GATE_AT,
    size: GATE_SIZE,
    perms: perms.global | perms.execute | perms.cinvoke,
    capabilityMode: true,
    otype: cvm.otype,
  });
  forge.storeTo(storeOf(cvm) + number * STORE_PAIR_BYTES);

  forge.make({ base: cvm.dataBase, size: cvm.dataSize, perms: DDC_PERMS });
  hart.copy(0x21, 5);
  forge.make({ base: cvm.codeBase, size: cvm.codeSize, address: entry, perms: PCC_PERMS });
  forge.storeTo(at + block.pcc);
  hart.copy(0x20, 5);
  for (let register = 1; register < 32; register++) hart.setInteger(register, 0n);
  hart.setInteger(2, BigInt(cvm.dataBase + cvm.dataSize - number * STACK_SIZE));
  hart.setInteger(4, BigInt(number));
  hart.setInteger(10, argument);
  const context = hart.save();
  return { cvm, number, state: "ready", wait: null, exitValue: 0n, context, domains: [cvm] };
}
