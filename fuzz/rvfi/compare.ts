import type { StepEvent } from "../../model/contract.ts";
import { type Observation, type ObservationField, observe } from "./observation.ts";

/** A field on which our event and the peer's answer disagree. */
export interface ObservationDifference {
  readonly field: ObservationField;
  readonly expect: string;
  readonly actual: string;
}

/** Which fields are compared: `strict` adds what was read from memory, which not everybody tells. */
export type Strictness = "relaxed" | "strict";

/**
 * Compares what the wire can carry of one step: the relaxed rules of QuickCheckVEngine, and its strict ones
 * as far as we report the fields ourselves. Version 1 answers tell neither mode nor more than 8 bytes of memory.
 *
 * @returns the fields that differ, in the order of the wire's own field list; empty when the two agree.
 */
export function compareObservation(
  event: StepEvent,
  actual: Observation,
  strictness: Strictness,
): ObservationDifference[] {
  const expect = observe(event);
  return rules
    .filter((rule) => rule.applies(expect, actual, strictness))
    .flatMap(({ field, view }) => {
      const [ours, theirs] = [view(expect, actual), view(actual, expect)];
      return ours === theirs ? [] : [{ field, expect: spell(ours), actual: spell(theirs) }];
    });
}

/** One line of the comparison: when it applies, and what of one side is compared with what of the other. */
interface Rule {
  readonly field: ObservationField;
  readonly applies: (expect: Observation, actual: Observation, strictness: Strictness) => boolean;
  readonly view: (of: Observation, other: Observation) => bigint;
}

const always = () => true;
const retired = (expect: Observation, actual: Observation) => expect.trap === 0 && actual.trap === 0;
const told = (field: "mode" | "ixl") => (expect: Observation, actual: Observation) =>
  expect[field] !== null && actual[field] !== null;
const touches = (mask: "mem_rmask" | "mem_wmask") => (expect: Observation, actual: Observation) =>
  retired(expect, actual) && maskOf(mask, expect, actual) !== 0 && maskOf(mask, actual, expect) !== 0;
const strictly =
  (rule: Rule["applies"]): Rule["applies"] =>
  (expect, actual, strictness) =>
    strictness === "strict" && rule(expect, actual, strictness);

const rules: readonly Rule[] = [
  { field: "halt", applies: always, view: (of) => BigInt(of.halt) },
  { field: "insn", applies: retired, view: (of) => instructionBits(of.insn) },
  { field: "trap", applies: always, view: (of) => (of.trap === 0 ? 0n : 1n) },
  { field: "mode", applies: told("mode"), view: (of) => BigInt(of.mode!) },
  { field: "ixl", applies: told("ixl"), view: (of) => BigInt(of.ixl!) },
  { field: "pc_wdata", applies: always, view: (of) => of.pc_wdata },
  { field: "rd_addr", applies: retired, view: (of) => BigInt(of.rd_addr) },
  { field: "rd_wdata", applies: retired, view: (of) => (of.rd_addr === 0 ? 0n : of.rd_wdata) },
  { field: "mem_wmask", applies: retired, view: (of, other) => BigInt(maskOf("mem_wmask", of, other)) },
  { field: "mem_addr", applies: touches("mem_wmask"), view: (of) => of.mem_addr },
  {
    field: "mem_wdata",
    applies: touches("mem_wmask"),
    view: (of, other) => underMask(of.mem_wdata, maskOf("mem_wmask", of, other)),
  },
  {
    field: "mem_rmask",
    applies: strictly(retired),
    view: (of, other) => BigInt(maskOf("mem_rmask", of, other)),
  },
  { field: "mem_addr", applies: strictly(touches("mem_rmask")), view: (of) => of.mem_addr },
  {
    field: "mem_rdata",
    applies: strictly((expect, actual) => touches("mem_rmask")(expect, actual) && !isLoadTags(expect)),
    view: (of, other) => underMask(of.mem_rdata, maskOf("mem_rmask", of, other)),
  },
];

/** The mask of bytes that both trace versions can tell. */
function maskOf(mask: "mem_rmask" | "mem_wmask", of: Observation, other: Observation): number {
  return of.version === 1 || other.version === 1 ? of[mask] & 0xff : of[mask];
}

/** Of a compressed instruction, only the lower half is an instruction. */
function instructionBits(insn: bigint): bigint {
  return (insn & 3n) === 3n ? insn & 0xffff_ffffn : insn & 0xffffn;
}

/** CLoadTags: our events hold its tags, not the data of its last granule. */
function isLoadTags({ insn }: Observation): boolean {
  return (insn & 0xfff0_707fn) === 0xff20_005bn;
}

function underMask(data: bigint, mask: number): bigint {
  let kept = 0n;
  for (let byte = 0; byte < 32; byte++) {
    if ((mask >>> byte) & 1) kept |= data & (0xffn << BigInt(8 * byte));
  }
  return kept;
}

function spell(value: bigint): string {
  return `0x${value.toString(16)}`;
}
