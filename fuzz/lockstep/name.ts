import type { StepEvent } from "../../model/contract.ts";
import { decode } from "../../model/isa/index.ts";

const PCC = 0;

/** The name of the instruction that the last of these steps executed, or `illegal word`. They began with a reset. */
export function nameOf(steps: readonly StepEvent[]): string {
  const word = steps.at(-1)!.word;
  return decode(word, isCapabilityMode(steps.slice(0, -1)))?.instruction.name ?? "illegal word";
}

/** The encoding mode after some steps: that of the last PCC installed; a reset leaves integer mode. */
function isCapabilityMode(steps: readonly StepEvent[]): boolean {
  const installed = steps.flatMap(({ specials }) => specials).findLast(({ scr }) => scr === PCC);
  return installed?.value.flags === 1n;
}
