import { readFileSync } from "node:fs";
import { basename } from "node:path";
import { gunzipSync } from "node:zlib";
import { z } from "zod";
import { BadInput } from "../bad-input.ts";

/**
 * Golden recordings: what the authoritative model answered to injected sequences over RVFI-DII, version 2.
 *
 * A file holds one JSON object a line, compressed with gzip. Each begins from the DII reset state and has
 * one row of the trace for each injected word.
 */

/** One row: the fields of RVFI that are meaningful, named as there. */
export interface RecordedStep {
  readonly trap: boolean;
  readonly mode: number;
  readonly pc_rdata: bigint;
  readonly pc_wdata: bigint;
  readonly rd_addr: number;
  readonly rd_wdata: bigint;
  readonly mem_addr: bigint;
  readonly mem_rmask: number;
  readonly mem_rdata: bigint;
  readonly mem_wmask: number;
  readonly mem_wdata: bigint;
}

export interface Recording {
  readonly id: string;
  readonly words: readonly number[];
  readonly steps: readonly RecordedStep[];
}

/** The most that a recording file may hold when it is uncompressed, in bytes. */
const SIZE_MAX = 256 * 2 ** 20;

const hex = (digits: number) =>
  z.string().regex(new RegExp(`^[0-9a-f]{1,${digits}}$`), `expected up to ${digits} hexadecimal digits`);
const hex64 = hex(16).transform(bigintFrom);
const hex128 = hex(32).transform(bigintFrom);
const mask = hex(4).transform((text) => Number.parseInt(text, 16));

const row = z
  .tuple([
    z.literal([0, 1]),
    z.int().min(0).max(3),
    hex64,
    hex64,
    z.int().min(0).max(31),
    hex64,
    hex64,
    mask,
    hex128,
    mask,
    hex128,
  ])
  .transform(
    ([
      trap,
      mode,
      pc_rdata,
      pc_wdata,
      rd_addr,
      rd_wdata,
      mem_addr,
      rmask,
      rdata,
      wmask,
      wdata,
    ]): RecordedStep => ({
      trap: trap === 1,
      mode,
      pc_rdata,
      pc_wdata,
      rd_addr,
      rd_wdata,
      mem_addr,
      mem_rmask: rmask,
      mem_rdata: rdata,
      mem_wmask: wmask,
      mem_wdata: wdata,
    }),
  );

const line = z
  .object({
    id: z.string().min(1),
    insns: z.array(hex(8).transform((text) => Number.parseInt(text, 16))),
    trace: z.array(row),
  })
  .refine(({ insns, trace }) => insns.length === trace.length, "expected one row of the trace for each word");

/** Reads a file of recordings. Throws BadInput naming the file, the line and what was expected there. */
export function readRecordings(file: string): Recording[] {
  return [...eachRecording(file)];
}

/** As readRecordings, one recording at a time: who stops at the first difference need not read the rest. */
export function* eachRecording(file: string): Generator<Recording, void> {
  const lines = textOf(file).split("\n");
  if (lines.at(-1) !== "")
    throw new BadInput(`${file}: line ${lines.length}: expected a line feed at its end`);
  lines.pop();
  for (const [index, text] of lines.entries()) yield recordingFrom(text, `${file}: line ${index + 1}`);
}

function textOf(file: string): string {
  let bytes: Buffer;
  try {
    bytes = readFileSync(file);
  } catch (error) {
    throw new BadInput(`${file}: cannot be read: ${(error as Error).message}`);
  }
  try {
    return gunzipSync(bytes, { maxOutputLength: SIZE_MAX }).toString("utf8");
  } catch (error) {
    const problem = (error as Error).message;
    throw new BadInput(`${file}: expected recordings compressed with gzip (${basename(file)}: ${problem})`);
  }
}

function recordingFrom(text: string, where: string): Recording {
  const parsed = line.safeParse(jsonFrom(text, where));
  if (!parsed.success) {
    const issue = parsed.error.issues[0]!;
    throw new BadInput(`${where}: ${issue.path.join(".") || "recording"}: ${issue.message}`);
  }
  const { id, insns, trace } = parsed.data;
  return { id, words: insns, steps: trace };
}

function jsonFrom(text: string, where: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new BadInput(`${where}: expected a JSON object: ${(error as Error).message}`);
  }
}

function bigintFrom(text: string): bigint {
  return BigInt(`0x${text}`);
}
