import type { MachineUnderTest, StepEvent } from "../../model/contract.ts";
import { type Observation, observe } from "../rvfi/observation.ts";
import type { RecordedStep, Recording } from "./recording.ts";

/** The first field of the first step on which a machine and a recording disagree. */
export interface RecordingDifference {
  /** Index of the word in the sequence. */
  readonly step: number;
  readonly word: number;
  readonly field: string;
  /** What was recorded, and what the machine did, in hexadecimal. */
  readonly expect: string;
  readonly actual: string;
}

/** Injects a recording's words from the DII reset state: the first difference, or null if there is none. */
export function replayRecording(machine: MachineUnderTest, recording: Recording): RecordingDifference | null {
  machine.reset({ preset: "dii" });
  let previousRetired = false;
  for (const [step, expected] of recording.steps.entries()) {
    const word = recording.words[step]!;
    const event = machine.inject(word);
    const differs = differingField(expected, event, previousRetired);
    if (differs !== null) return { step, word, ...differs };
    previousRetired = !expected.trap;
  }
  return null;
}

type FieldDifference = Pick<RecordingDifference, "field" | "expect" | "actual">;

/**
 * The rules of comparison, which follow from what RVFI-DII makes meaningful: trap, mode and pc_wdata always;
 * pc_rdata after a retired step; the register and memory of a retired step, memory under its masks.
 */
function differingField(
  expected: RecordedStep,
  event: StepEvent,
  previousRetired: boolean,
): FieldDifference | null {
  const actual = observe(event);
  return (
    differs("trap", expected.trap ? 1 : 0, actual.trap) ??
    differs("mode", expected.mode, event.mode) ??
    differs("pc_wdata", expected.pc_wdata, actual.pc_wdata) ??
    (previousRetired ? differs("pc_rdata", expected.pc_rdata, actual.pc_rdata) : null) ??
    (expected.trap ? null : differingEffect(expected, actual, event))
  );
}

function differingEffect(
  expected: RecordedStep,
  actual: Observation,
  { read }: StepEvent,
): FieldDifference | null {
  const reads = expected.mem_rmask !== 0 || actual.mem_rmask !== 0;
  const writes = expected.mem_wmask !== 0 || actual.mem_wmask !== 0;
  // A CLoadTags reports the last of its reads, whose data says nothing about the tags.
  const comparesData = reads && read?.size !== 64;
  return (
    differs("rd_addr", expected.rd_addr, actual.rd_addr) ??
    differs("rd_wdata", expected.rd_wdata, actual.rd_wdata) ??
    (writes || reads ? differs("mem_addr", expected.mem_addr, actual.mem_addr) : null) ??
    (writes ? differs("mem_wmask", expected.mem_wmask, actual.mem_wmask) : null) ??
    (writes ? differs("mem_wdata", under(expected, "mem_w"), under(actual, "mem_w")) : null) ??
    (reads ? differs("mem_rmask", expected.mem_rmask, actual.mem_rmask) : null) ??
    (comparesData ? differs("mem_rdata", under(expected, "mem_r"), under(actual, "mem_r")) : null)
  );
}

type MemoryFields = Pick<RecordedStep, "mem_rmask" | "mem_rdata" | "mem_wmask" | "mem_wdata">;

/** Memory data, only the bytes that its mask names. */
function under(fields: MemoryFields, access: "mem_r" | "mem_w"): bigint {
  const mask = fields[`${access}mask`];
  let bits = 0n;
  for (let byte = 0; byte < 16; byte++) {
    if (((mask >> byte) & 1) === 1) bits |= 0xffn << BigInt(8 * byte);
  }
  return fields[`${access}data`] & bits;
}

function differs(field: string, expected: bigint | number, actual: bigint | number): FieldDifference | null {
  if (expected === actual) return null;
  return { field, expect: `0x${expected.toString(16)}`, actual: `0x${actual.toString(16)}` };
}
