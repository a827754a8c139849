import type { MachineUnderTest } from "../../model/contract.ts";
import { disassemble } from "../../model/isa/index.ts";
import { type RecordingDifference, replayRecording } from "../golden/compare.ts";
import { type Recording, readRecordings } from "../golden/recording.ts";
import { missingFor } from "../golden/scope.ts";
import type { Conclusion } from "./verdict.ts";

/**
 * Replays a file of golden recordings on each machine, and tells the first difference of each.
 *
 * @param inScopeOnly leaves out recordings that need what this release leaves out, and says how many and why.
 * @throws BadInput naming the file and the line that cannot be used.
 */
export function replayRecordings(
  file: string,
  machines: readonly MachineUnderTest[],
  inScopeOnly: boolean,
): Conclusion {
  const all = readRecordings(file);
  const compared = inScopeOnly ? all.filter((recording) => missingFor(recording) === null) : all;
  const lines = inScopeOnly ? scopeLines(all) : [];
  if (compared.length === 0)
    return { verdict: "unknown", text: [...lines, "unknown: no recording to compare"].join("\n") };

  let verdict: Conclusion["verdict"] = "holds";
  for (const machine of machines) {
    const differing = compared.flatMap((recording) => {
      const difference = replayRecording(machine, recording);
      return difference === null ? [] : [{ id: recording.id, difference }];
    });
    lines.push(
      `${machine.name} agrees with ${compared.length - differing.length} of ${compared.length} recordings`,
    );
    const first = differing[0];
    if (first === undefined) continue;
    verdict = "broken";
    lines.push(differenceText(first.id, machine.name, first.difference));
  }
  return { verdict, text: lines.join("\n") };
}

/** How many recordings are left out for each rule. */
function scopeLines(recordings: readonly Recording[]): string[] {
  const left = new Map<string, number>();
  for (const recording of recordings) {
    const missing = missingFor(recording);
    if (missing !== null) left.set(missing, (left.get(missing) ?? 0) + 1);
  }
  return [...left]
    .sort(([a], [b]) => a.localeCompare(b))
    .map(([why, count]) => `left out: ${count} need ${why}`);
}

function differenceText(id: string, machine: string, difference: RecordingDifference): string {
  const { step, word, field, expect, actual } = difference;
  const place = `first in ${id}, word ${step}: 0x${word.toString(16)} ${disassemble(word, false)}`;
  return `  ${place}\n  ${field}: recorded ${expect}, ${machine} ${actual}`;
}
