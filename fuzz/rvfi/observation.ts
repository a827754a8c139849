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
  return {
    ...nothing,
    order: BigInt(event.order),
    insn: BigInt(event.word),
    trap: event.trap === null ? 0 : 1,
    mode: event.mode,
    ixl: 2,
    pc_rdata: event.pcBefore,
    pc_wdata: event.pcAfter,
    ...observeRegister(event),
    ...observeMemory(event),
  };
}

function observeRegister({ register, cleared }: StepEvent): Pick<Observation, "rd_addr" | "rd_wdata"> {
  if (register === null) return { rd_addr: cleared === 0 ? 0 : 31 - Math.clz32(cleared), rd_wdata: 0n };
  const value = register.kind === "integer" ? register.value : register.value.address;
  return { rd_addr: register.index, rd_wdata: value };
}

const GRANULE_BYTES = 16;
const TAG_LINE_BYTES = 64;

function observeMemory({ read, write }: StepEvent): Partial<Observation> {
  if (read === null && write === null) return {};
  if (read?.size === TAG_LINE_BYTES) {
    return {
      mem_addr: read.address + BigInt(TAG_LINE_BYTES - GRANULE_BYTES),
      mem_rmask: byteMask(GRANULE_BYTES),
    };
  }
  return {
    mem_addr: (read ?? write)!.address,
    mem_rmask: read === null ? 0 : byteMask(read.size),
    mem_rdata: read?.data ?? 0n,
    mem_wmask: write === null ? 0 : byteMask(write.size),
    mem_wdata: write?.data ?? 0n,
  };
}

/** One bit for each of up to 16 bytes. */
function byteMask(size: number): number {
  return 2 ** size - 1;
}
