/**
 * The packets of RVFI-DII, trace versions 1 and 2, as tables of field, offset and width in bytes.
 *
 * Everything on the wire is little-endian. The names of fields are those of the RISC-V Formal Interface. The
 * source of each table is the RVFI-DII specification of the TestRIG project.
 */
import type { Layout } from "../binary/layout.ts";

/** What a driver sends: one instruction, the end of a sequence, or a word of the version negotiation. */
export const commandLayout = {
  name: "command",
  size: 8,
  fields: [
    { name: "insn", offset: 0, width: 4 },
    { name: "time", offset: 4, width: 2 },
    { name: "cmd", offset: 6, width: 1 },
  ],
} as const satisfies Layout;

/** Values of `cmd`. `version` carries the wanted version in `insn`. */
export const command = { endOfTrace: 0, instruction: 1, version: 0x76 } as const;

/** An end of trace with this in `insn` ("VERS") asks which version is supported, and resets nothing. */
export const VERSION_QUESTION = 0x5645_5253;

/** What an implementation answers to each instruction in version 1. */
export const executionLayout = {
  name: "version 1 packet",
  size: 88,
  fields: [
    { name: "order", offset: 0, width: 8 },
    { name: "pc_rdata", offset: 8, width: 8 },
    { name: "pc_wdata", offset: 16, width: 8 },
    { name: "insn", offset: 24, width: 8 },
    { name: "rs1_rdata", offset: 32, width: 8 },
    { name: "rs2_rdata", offset: 40, width: 8 },
    { name: "rd_wdata", offset: 48, width: 8 },
    { name: "mem_addr", offset: 56, width: 8 },
    { name: "mem_rdata", offset: 64, width: 8 },
    { name: "mem_wdata", offset: 72, width: 8 },
    { name: "mem_rmask", offset: 80, width: 1 },
    { name: "mem_wmask", offset: 81, width: 1 },
    { name: "rs1_addr", offset: 82, width: 1 },
    { name: "rs2_addr", offset: 83, width: 1 },
    { name: "rd_addr", offset: 84, width: 1 },
    { name: "trap", offset: 85, width: 1 },
    { name: "halt", offset: 86, width: 1 },
    { name: "intr", offset: 87, width: 1 },
  ],
} as const satisfies Layout;

/** The part of a version 2 answer that is always there. */
export const headerLayout = {
  name: "version 2 header",
  size: 64,
  fields: [
    { name: "magic", offset: 0, width: 8, is: ascii("trace-v2") },
    { name: "trace_size", offset: 8, width: 8 },
    { name: "order", offset: 16, width: 8 },
    { name: "insn", offset: 24, width: 8 },
    { name: "trap", offset: 32, width: 1 },
    { name: "halt", offset: 33, width: 1 },
    { name: "intr", offset: 34, width: 1 },
    { name: "mode", offset: 35, width: 1 },
    { name: "ixl", offset: 36, width: 1 },
    { name: "valid", offset: 37, width: 1 },
    { name: "pc_rdata", offset: 40, width: 8 },
    { name: "pc_wdata", offset: 48, width: 8 },
    { name: "available_fields", offset: 56, width: 8 },
  ],
} as const satisfies Layout;

/** Bits of `available_fields`: which blocks follow the header, in this order. Any other bit is an error. */
export const available = { integer: 1n, memory: 2n } as const;

export const integerLayout = {
  name: "integer block",
  size: 40,
  fields: [
    { name: "magic", offset: 0, width: 8, is: ascii("int-data") },
    { name: "rd_wdata", offset: 8, width: 8 },
    { name: "rs1_rdata", offset: 16, width: 8 },
    { name: "rs2_rdata", offset: 24, width: 8 },
    { name: "rd_addr", offset: 32, width: 1 },
    { name: "rs1_addr", offset: 33, width: 1 },
    { name: "rs2_addr", offset: 34, width: 1 },
  ],
} as const satisfies Layout;

export const memoryLayout = {
  name: "memory block",
  size: 88,
  fields: [
    { name: "magic", offset: 0, width: 8, is: ascii("mem-data") },
    { name: "mem_rdata", offset: 8, width: 32 },
    { name: "mem_wdata", offset: 40, width: 32 },
    { name: "mem_rmask", offset: 72, width: 4 },
    { name: "mem_wmask", offset: 76, width: 4 },
    { name: "mem_addr", offset: 80, width: 8 },
  ],
} as const satisfies Layout;

/** The answer to a `version` command. */
export const versionLayout = {
  name: "version answer",
  size: 16,
  fields: [
    { name: "magic", offset: 0, width: 8, is: ascii("version=") },
    { name: "version", offset: 8, width: 8 },
  ],
} as const satisfies Layout;

/** Eight letters as a little-endian number. */
function ascii(text: string): bigint {
  return Buffer.from(text, "latin1").readBigUInt64LE();
}
