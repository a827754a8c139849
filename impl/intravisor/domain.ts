/** What a domain is made of: the capabilities it runs under, its gate pairs, and the blocks of threads. */
import type { Authority } from "../../model/system-contract.ts";
import type { Engine } from "../engine/index.ts";
import { FRAMES_AT } from "../sco/layout.ts";
import { type Forge, perms } from "./forge.ts";
import {
  ARENA_BASE,
  BLOCK_BYTES,
  block,
  GATE_AT,
  GATE_SIZE,
  PAGE,
  RAM_BASE,
  STACK_SIZE,
  STORE_PAIR_BYTES,
} from "./layout.ts";
import type { CallRequest, Cvm, Doing, Thread } from "./tables.ts";

const PCC_PERMS = perms.global | perms.execute | perms.load | perms.loadCap;
/** No capability can be stored anywhere by code that runs under this (I-13). */
const DDC_PERMS = perms.load | perms.store;
/** Of what the Intravisor keeps for itself: DDCs of guests are local, and it stores them. */
const OWN_PERMS = perms.load | perms.store | perms.loadCap | perms.storeCap | perms.storeLocal;

/** Of a thread, where no guest can write: the address of its block (I-23). */
export const MSCRATCHC = 0x3e;

/** What the code of a domain is about when a thread comes there; `pcc` is that of the domain, put aside. */
export function atFirst({ dataBase, dataSize }: Cvm, pcc: Uint8Array): Doing {
  const ddc = { base: BigInt(dataBase), top: BigInt(dataBase + dataSize), perms: DDC_PERMS };
  return { code: "program", end: 0, ddc, pcc };
}

/**
 * Where a call may be given pointers to: what the DDC at entry covers, if it is one over the domain's own data. Whoever
 * calls under anything else, such as a grant, has no pointers: what is shared is not the caller's to hand on (I-41).
 */
export function pointersUnder(
  { dataBase, dataSize }: Cvm,
  ddc: Authority | null,
): { readonly base: bigint; readonly top: bigint } {
  const isOwn =
    ddc !== null &&
    (ddc.perms & DDC_PERMS) === DDC_PERMS &&
    ddc.base >= BigInt(dataBase) &&
    ddc.top <= BigInt(dataBase + dataSize);
  return isOwn ? { base: ddc.base, top: ddc.top } : { base: 0n, top: 0n };
}

export function blockOf({ cvm, number }: Pick<Thread, "cvm" | "number">): number {
  return cvm.blocks + number * BLOCK_BYTES;
}

export function storeOf({ codeBase, codeSize }: Cvm): number {
  return codeBase + codeSize - PAGE;
}

export function stackTop({ dataBase, dataSize }: Cvm, stack: number): number {
  return dataBase + dataSize - stack * STACK_SIZE;
}

/** Leaves the DDC of a cVM in c5. */
export function makeDdc(forge: Forge, { dataBase, dataSize }: Cvm): void {
  forge.make({ base: dataBase, size: dataSize, perms: DDC_PERMS });
}

/** Leaves the PCC of a cVM in c5. */
export function makePcc(forge: Forge, { codeBase, codeSize }: Cvm, address = codeBase): void {
  forge.make({ base: codeBase, size: codeSize, address, perms: PCC_PERMS });
}

/** Leaves the PCC of the gate in c5. */
export function makeGatePcc(forge: Forge, otype?: number): void {
  const allowed = perms.global | perms.execute | perms.cinvoke | perms.system;
  const shape = { base: GATE_AT, size: GATE_SIZE, perms: allowed, capabilityMode: true };
  forge.make(otype === undefined ? shape : { ...shape, otype });
}

/** Leaves a thread block in c5; the address is that of the block or some way into it. */
export function makeBlock(forge: Forge, at: number, otype?: number, address = at): void {
  const shape = { base: at, size: BLOCK_BYTES, address, perms: OWN_PERMS | perms.cinvoke };
  forge.make(otype === undefined ? shape : { ...shape, otype });
}

/** Leaves the Intravisor's own data capability in c5. */
export function makeOwnDdc(forge: Forge): void {
  forge.make({ base: RAM_BASE, size: ARENA_BASE - RAM_BASE, perms: OWN_PERMS });
}

/** Puts the gate, sealed for a cVM together with a thread block, into a place of its capability store. */
export function givePair(forge: Forge, cvm: Cvm, place: number, blockAt: number): void {
  const at = storeOf(cvm) + place * STORE_PAIR_BYTES;
  makeGatePcc(forge, cvm.otype);
  forge.storeTo(at);
  makeBlock(forge, blockAt, cvm.otype);
  forge.storeTo(at + 16);
}

/** Puts the buffer of a call into a thread block, from where c27 has it behind every host call. */
export function giveBuffer(
  forge: Forge,
  blockAt: number,
  { base, size, rights }: NonNullable<CallRequest["buffer"]>,
): void {
  const allowed = (rights & 1 ? perms.load : 0) | (rights & 2 ? perms.store : 0);
  forge.make({ base, size, perms: allowed });
  forge.storeTo(blockAt + block.buffer);
}

/** Says in a thread block whose domain the thread is in. */
export function nameDomain(engine: Engine, blockAt: number, cvm: Cvm): void {
  engine.load(BigInt(blockAt + block.domain), new Uint8Array(new BigUint64Array([identityOf(cvm)]).buffer));
}

export function identityOf({ slot, generation }: Pick<Cvm, "slot" | "generation">): bigint {
  return BigInt(slot) | (BigInt(generation) << 32n);
}

export function takePair(forge: Forge, cvm: Cvm, place: number): void {
  const at = storeOf(cvm) + place * STORE_PAIR_BYTES;
  forge.erase(at);
  forge.erase(at + 16);
}

/** A new thread: block, gate pair, and the start register file (3.5): PCC, DDC, sp, tp, a0, all else null (I-87). */
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
  nameDomain(engine, at, cvm);
  makeOwnDdc(forge);
  forge.storeTo(at + block.monitor);
  givePair(forge, cvm, number, at);
  makeDdc(forge, cvm);
  hart.copy(0x21, 5);
  makePcc(forge, cvm, entry);
  forge.storeTo(at + block.pcc);
  hart.copy(0x20, 5);
  for (let register = 1; register < 32; register++) hart.setInteger(register, 0n);
  hart.setInteger(2, BigInt(stackTop(cvm, number)));
  hart.setInteger(4, BigInt(number));
  hart.setInteger(10, argument);
  hart.setInteger(MSCRATCHC, BigInt(at));
  const frames = [
    {
      cvm,
      endpoint: null,
      call: null,
      stack: number,
      caller: null,
      doing: atFirst(cvm, hart.register(0x20)),
      objects: FRAMES_AT,
      suspended: null,
    },
  ];
  const context = hart.save();
  const idle = { wait: null, handling: false, underWay: null, objectPage: 0, stepsInside: 0 };
  return { cvm, number, state: "ready", exitValue: 0n, context, frames, ...idle };
}
