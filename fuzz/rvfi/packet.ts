import { decode, encode, LayoutError, type Values } from "../binary/layout.ts";
import {
  available,
  command,
  commandLayout,
  executionLayout,
  headerLayout,
  integerLayout,
  memoryLayout,
  versionLayout,
} from "./layout.ts";
import type { Observation } from "./observation.ts";

/** The longest answer to one command. */
export const ANSWER_BYTES_MAX = headerLayout.size + integerLayout.size + memoryLayout.size;

/** The commands that run the words from the reset state, as bytes: one each, then the end of the trace. */
export function encodeSequence(words: readonly number[]): Buffer {
  const bytes = Buffer.alloc((words.length + 1) * commandLayout.size);
  words.forEach((insn, index) => {
    encode(commandLayout, { insn, time: 1, cmd: command.instruction }, bytes, index * commandLayout.size);
  });
  return bytes;
}

/** One command as bytes. */
export function encodeCommand(cmd: number, insn: number): Buffer {
  const bytes = Buffer.alloc(commandLayout.size);
  encode(commandLayout, { insn, time: 0, cmd }, bytes, 0);
  return bytes;
}

/** The answer to a `version` command as bytes. */
export function encodeVersion(version: 1 | 2): Buffer {
  const bytes = Buffer.alloc(versionLayout.size);
  encode(versionLayout, { version: BigInt(version) }, bytes, 0);
  return bytes;
}

/** Writes an answer in the given version and returns its length in bytes. */
export function encodeAnswer(version: 1 | 2, seen: Observation, bytes: Buffer, at: number): number {
  if (version === 1) {
    encode(executionLayout, seen, bytes, at);
    return executionLayout.size;
  }

  let blocks = 0n;
  let end = at + headerLayout.size;
  if (seen.rd_addr !== 0) {
    encode(integerLayout, seen, bytes, end);
    end += integerLayout.size;
    blocks |= available.integer;
  }
  if (seen.mem_rmask !== 0 || seen.mem_wmask !== 0) {
    encode(memoryLayout, seen, bytes, end);
    end += memoryLayout.size;
    blocks |= available.memory;
  }
  encode(headerLayout, headerOf(seen, end - at, blocks), bytes, at);
  return end - at;
}

function headerOf(seen: Observation, size: number, blocks: bigint): Values<typeof headerLayout> {
  return {
    trace_size: BigInt(size),
    order: seen.order,
    insn: seen.insn,
    trap: seen.trap,
    halt: seen.halt,
    intr: seen.intr,
    mode: seen.mode ?? 0,
    ixl: seen.ixl ?? 0,
    valid: seen.valid,
    pc_rdata: seen.pc_rdata,
    pc_wdata: seen.pc_wdata,
    available_fields: blocks,
  };
}

/** An answer and the bytes it took, or null when more bytes are needed. */
export type Decoded = { readonly seen: Observation; readonly size: number } | null;

/**
 * Reads one answer in the given version.
 *
 * @throws LayoutError naming the field that no implementation of the protocol can have sent.
 */
export function decodeAnswer(version: 1 | 2, bytes: Buffer, at: number, end: number): Decoded {
  if (version === 2) return decodeBlocks(bytes, at, end);
  if (end - at < executionLayout.size) return null;
  const seen = decode(executionLayout, bytes, at);
  return {
    seen: plausible({ version: 1, valid: 1, mode: null, ixl: null, ...seen }),
    size: executionLayout.size,
  };
}

function decodeBlocks(bytes: Buffer, at: number, end: number): Decoded {
  if (end - at < headerLayout.size) return null;
  const header = decode(headerLayout, bytes, at);
  const { trace_size, available_fields } = header;
  const unknown = available_fields & ~(available.integer | available.memory);
  if (unknown !== 0n) {
    throw new LayoutError(`${headerLayout.name}: available_fields: unknown bits 0x${unknown.toString(16)}`);
  }

  const hasRegister = (available_fields & available.integer) !== 0n;
  const hasMemory = (available_fields & available.memory) !== 0n;
  const memoryAt = headerLayout.size + (hasRegister ? integerLayout.size : 0);
  const size = memoryAt + (hasMemory ? memoryLayout.size : 0);
  if (trace_size !== BigInt(size)) {
    throw new LayoutError(
      `${headerLayout.name}: trace_size: expected ${size} for these blocks, found ${trace_size}`,
    );
  }
  if (end - at < size) return null;

  const integer = hasRegister ? decode(integerLayout, bytes, at + headerLayout.size) : noRegister;
  const memory = hasMemory ? decode(memoryLayout, bytes, at + memoryAt) : noMemory;
  const { order, insn, trap, halt, intr, mode, ixl, valid, pc_rdata, pc_wdata } = header;
  const { rd_addr, rd_wdata, rs1_addr, rs1_rdata, rs2_addr, rs2_rdata } = integer;
  const { mem_addr, mem_rmask, mem_wmask, mem_rdata, mem_wdata } = memory;
  const seen: Observation = {
    version: 2,
    ...{ valid, order, insn, trap, halt, intr, mode, ixl, pc_rdata, pc_wdata },
    ...{ rd_addr, rd_wdata, rs1_addr, rs1_rdata, rs2_addr, rs2_rdata },
    ...{ mem_addr, mem_rmask, mem_wmask, mem_rdata, mem_wdata },
  };
  return { seen: plausible(seen), size };
}

/** Reads the answer to a `version` command. */
export function decodeVersion(bytes: Buffer, at: number): bigint {
  return decode(versionLayout, bytes, at).version;
}

const noRegister = { rd_addr: 0, rd_wdata: 0n, rs1_addr: 0, rs1_rdata: 0n, rs2_addr: 0, rs2_rdata: 0n };
const noMemory = { mem_addr: 0n, mem_rmask: 0, mem_wmask: 0, mem_rdata: 0n, mem_wdata: 0n };

/** Refuses what has the form of an answer but cannot be one. */
function plausible(seen: Observation): Observation {
  const limits = [
    ["rd_addr", seen.rd_addr, 31],
    ["mode", seen.mode ?? 0, 3],
    ["ixl", seen.ixl ?? 0, 2],
  ] as const;
  for (const [field, value, max] of limits) {
    if (value > max) throw new LayoutError(`${field}: expected at most ${max}, found ${value}`);
  }
  return seen;
}
