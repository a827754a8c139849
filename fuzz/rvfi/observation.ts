import { capSlot, memSlot, RECORD_SLOTS, slot } from "../../impl/engine/record.ts";
import type { StepEvent } from "../../model/contract.ts";

/**
 * What RVFI can say about one step, in either trace version. Names are those of the RISC-V Formal Interface.
 *
 * Memory masks have one bit per byte from `mem_addr`; a capability travels in its memory form. Tags, bounds,
 * permissions and object types have no place on the wire.
 */
export interface Observation {
  /** The trace version it came in: 1 has no mode, no ixl and 8 bytes of memory data. */
  readonly version: 1 | 2;
  readonly valid: number;
  readonly order: bigint;
  readonly insn: bigint;
  readonly trap: number;
  /** Not zero: the answer to an end of trace. */
  readonly halt: number;
  readonly intr: number;
  readonly mode: number | null;
  /** 1 is 32 bits, 2 is 64. */
  readonly ixl: number | null;
  readonly pc_rdata: bigint;
  readonly pc_wdata: bigint;
  readonly rd_addr: number;
  readonly rd_wdata: bigint;
  readonly rs1_addr: number;
  readonly rs1_rdata: bigint;
  readonly rs2_addr: number;
  readonly rs2_rdata: bigint;
  readonly mem_addr: bigint;
  readonly mem_rmask: number;
  readonly mem_wmask: number;
  readonly mem_rdata: bigint;
  readonly mem_wdata: bigint;
}

/** Fields that an assertion may name, in the order in which they are told. */
export const observationFields = [
  "valid",
  "order",
  "insn",
  "trap",
  "halt",
  "intr",
  "mode",
  "ixl",
  "pc_rdata",
  "pc_wdata",
  "rd_addr",
  "rd_wdata",
  "rs1_addr",
  "rs1_rdata",
  "rs2_addr",
  "rs2_rdata",
  "mem_addr",
  "mem_rmask",
  "mem_wmask",
  "mem_rdata",
  "mem_wdata",
] as const satisfies readonly (keyof Observation)[];

export type ObservationField = (typeof observationFields)[number];

const nothing: Observation = {
  version: 2,
  valid: 1,
  order: 0n,
  insn: 0n,
  trap: 0,
  halt: 0,
  intr: 0,
  mode: null,
  ixl: null,
  pc_rdata: 0n,
  pc_wdata: 0n,
  rd_addr: 0,
  rd_wdata: 0n,
  rs1_addr: 0,
  rs1_rdata: 0n,
  rs2_addr: 0,
  rs2_rdata: 0n,
  mem_addr: 0n,
  mem_rmask: 0,
  mem_wmask: 0,
  mem_rdata: 0n,
  mem_wdata: 0n,
};

/** The answer to an end of trace. */
export const haltObservation: Observation = { ...nothing, halt: 1 };

/** The answer of an implementation that knows version 2 to the question which version it supports. */
export const versionObservation: Observation = { ...nothing, halt: 3 };

/**
 * The projection of a step event on RVFI.
 *
 * Of a capability result only the address travels. CClear reports the highest register it cleared, which is
 * the last one written. CLoadTags reports the last of its four granules, without the data that no event
 * holds. Operands read are never told (rs1_addr and rs2_addr are 0, "not reported").
 */
export function observe(event: StepEvent): Observation {
  const { register, cleared, read, write } = event;
  const access = read ?? write;
  const isTagLine = read?.size === TAG_LINE_BYTES;
  return {
    ...nothing,
    order: BigInt(event.order),
    insn: BigInt(event.word),
    trap: event.trap === null ? 0 : 1,
    mode: event.mode,
    ixl: IXL_64,
    pc_rdata: event.pcBefore,
    pc_wdata: event.pcAfter,
    rd_addr: register === null ? highestBit(cleared) : register.index,
    rd_wdata: register === null ? 0n : register.kind === "integer" ? register.value : register.value.address,
    mem_addr: access === null ? 0n : isTagLine ? access.address + LAST_GRANULE : access.address,
    mem_rmask: read === null ? 0 : isTagLine ? 0xffff : byteMask(read.size),
    mem_wmask: write === null ? 0 : byteMask(write.size),
    mem_rdata: read === null || isTagLine ? 0n : read.data,
    mem_wdata: write === null ? 0n : write.data,
  };
}

/** The same projection of record `index` of the engine's trace; `order` counts the steps since the reset. */
export function observeRecord(slots: BigUint64Array, index: number, order: number): Observation {
  const at = index * RECORD_SLOTS;
  const head = slots[at + slot.head]!;
  const marks = Number(head >> 32n);
  const what = Number(slots[at + slot.what]! & 0xffffn);
  const readSize = Number(slots[at + slot.read]!) & 0xff;
  const writeSize = Number(slots[at + slot.write]!) & 0xff;
  const isTagLine = readSize === TAG_LINE_BYTES;
  const accessAt = at + (readSize === 0 ? slot.write : slot.read) + memSlot.address;
  return {
    ...nothing,
    order: BigInt(order),
    insn: BigInt.asUintN(32, head),
    trap: (marks >>> 8) & 1,
    mode: marks & 3,
    ixl: IXL_64,
    pc_rdata: slots[at + slot.pcBefore]!,
    pc_wdata: slots[at + slot.pcAfter]!,
    rd_addr: what >> 8 === 0 ? highestBit(Number(slots[at + slot.cleared]!)) : what & 0xff,
    rd_wdata: what >> 8 === 0 ? 0n : slots[at + slot.register + capSlot.address]!,
    mem_addr: isTagLine ? slots[accessAt]! + LAST_GRANULE : slots[accessAt]!,
    mem_rmask: isTagLine ? 0xffff : byteMask(readSize),
    mem_wmask: byteMask(writeSize),
    mem_rdata: isTagLine ? 0n : dataOf(slots, at + slot.read, readSize),
    mem_wdata: dataOf(slots, at + slot.write, writeSize),
  };
}

const IXL_64 = 2;
const TAG_LINE_BYTES = 64;
/** Where the last of the four granules of CLoadTags begins. */
const LAST_GRANULE = 48n;

function dataOf(slots: BigUint64Array, at: number, size: number): bigint {
  const low = slots[at + memSlot.low]!;
  return size === 16 ? (slots[at + memSlot.high]! << 64n) | low : low;
}

/** The number of the highest bit that is set; 0 if none is. */
function highestBit(bits: number): number {
  return bits === 0 ? 0 : 31 - Math.clz32(bits);
}

/** One bit for each of up to 16 bytes. */
function byteMask(size: number): number {
  return (1 << size) - 1;
}
