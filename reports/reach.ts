import type { InstructionReach } from "../fuzz/reach/table.ts";
import { columns } from "./columns.ts";

/** One line on how much of the reach table was reached. */
export function reachSummary(reach: readonly InstructionReach[]): string {
  const outcomes = reach.flatMap((row) => row.outcomes);
  const met = outcomes.filter(({ count }) => count > 0).length;
  const touched = reach.filter((row) => row.outcomes.some(({ count }) => count > 0)).length;
  return `Reached ${touched} of ${reach.length} instructions, ${met} of ${outcomes.length} outcomes of them.`;
}

/** Every instruction with each of its outcomes and how often it was met; a zero stands out as `never`. */
export function reachTable(reach: readonly InstructionReach[]): string {
  return columns([
    ["instruction", "outcomes"],
    ...reach.map(({ instruction, outcomes }) => [
      instruction,
      outcomes.map(({ outcome, count }) => `${outcome} ${count === 0 ? "never" : compact(count)}`).join(", "),
    ]),
  ]);
}

/** Which operands each outcome was met with, one line for each instruction, outcome and role. */
export function operandTable(reach: readonly InstructionReach[]): string {
  const rows = [["instruction", "outcome", "operand", "classes"]];
  for (const { instruction, outcomes } of reach) {
    for (const { outcome, classes } of outcomes) {
      for (const [role, counts] of Object.entries(classes)) {
        const spelt = Object.entries(counts).map(([name, count]) => `${name} ${compact(count)}`);
        rows.push([instruction, outcome, role, spelt.join(", ")]);
      }
    }
  }
  return columns(rows);
}

/**
 * What was never reached, by instruction; empty when everything was. Of more than `rowsMax` instructions the
 * others are only counted.
 */
export function neverReachedText(reach: readonly InstructionReach[], rowsMax: number): string {
  const rows = reach
    .map(({ instruction, outcomes }) => [instruction, neverText(outcomes)])
    .filter(([, outcomes]) => outcomes !== "");
  if (rows.length === 0) return "";
  const rest = rows.length > rowsMax ? `\n  and ${rows.length - rowsMax} more instructions` : "";
  return `Never reached\n${columns(rows.slice(0, rowsMax))}${rest}`;
}

function neverText(outcomes: InstructionReach["outcomes"]): string {
  const never = outcomes.filter(({ count }) => count === 0);
  return never.map(({ outcome }) => outcome).join(", ");
}

/** A count in at most four characters and a unit: 999, 12k, 3.4M. */
function compact(count: number): string {
  if (count < 1000) return String(count);
  const [unit, size] = count < 1e6 ? ["k", 1e3] : count < 1e9 ? ["M", 1e6] : ["G", 1e9];
  const value = count / (size as number);
  return `${value < 9.95 ? value.toFixed(1) : Math.round(value)}${unit}`;
}
