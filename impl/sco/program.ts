/** The machine code between clients and objects, assembled, and what brings threads to it. */
import type { Engine } from "../engine/index.ts";
import { type Assemble, type Forge, perms } from "../intravisor/forge.ts";
import { BLOCK_BYTES, BLOCKS, BLOCKS_AT, OBJECT_CODE_AT, OBJECT_CODE_SIZE } from "../intravisor/layout.ts";
import { type Program, programOf } from "../intravisor/program.ts";
import { objectCode } from "./object-code.ts";

/** Object type of the pairs with which clients call. */
export const CLIENT_OTYPE = 0x1000;
/** Of the pairs with which objects call: one for each number of an object, then one for callbacks. */
export const OBJECT_OTYPE = 0x1001;
export const CALLBACK_OTYPE = 0x1041;

const CODE_PERMS = perms.global | perms.execute | perms.load | perms.loadCap | perms.cinvoke | perms.system;
const OWN_PERMS = perms.load | perms.store | perms.loadCap | perms.storeCap | perms.storeLocal;

/** Some of the code depends on where it is. */
export function objectProgram(assemble: Assemble): Program {
  const nowhere = { enter: 0, chain: 0, ended: 0 };
  const { labels } = programOf(objectCode(nowhere), true, assemble);
  const places = { enter: labels["enter"]!, chain: labels["chain"]!, ended: labels["ended"]! };
  return programOf(objectCode(places), true, assemble);
}

/** Leaves the PCC of the code in c5, at a label of it. */
export function makeObjectPcc(forge: Forge, at: number, otype?: number): void {
  const address = OBJECT_CODE_AT + at;
  const shape = { base: OBJECT_CODE_AT, size: OBJECT_CODE_SIZE, address, perms: CODE_PERMS };
  forge.make({ ...shape, capabilityMode: true, ...(otype === undefined ? {} : { otype }) });
}

/** Puts the code where it belongs, and in front of it the capability to the blocks of threads. */
export function installObjectCode(engine: Engine, forge: Forge, { bytes }: Program): void {
  engine.load(BigInt(OBJECT_CODE_AT), bytes);
  const running = engine.hart.save();
  forge.begin();
  forge.make({ base: BLOCKS_AT, size: BLOCKS * BLOCK_BYTES, perms: OWN_PERMS });
  forge.storeTo(OBJECT_CODE_AT);
  engine.hart.restore(running);
}

export function isObjectCode(pc: bigint): boolean {
  return pc >= BigInt(OBJECT_CODE_AT) && pc < BigInt(OBJECT_CODE_AT + OBJECT_CODE_SIZE);
}
