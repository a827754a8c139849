import type { Difference, Evidence } from "../program/index.ts";

/**
 * What makes two findings the same: for a violation oracle, rule and instruction; for a difference the instruction,
 * the first field that differs, and for traps the rule that the two sides applied (their causes). Values are left
 * out, they vary with every program.
 */
export function signatureOf(evidence: Evidence): string {
  return "oracle" in evidence
    ? `${evidence.oracle} ${evidence.rule}: ${evidence.instruction}`
    : differenceSignature(evidence);
}

function differenceSignature({ instruction, fields }: Difference): string {
  const { field } = fields[0]!;
  const place = `${instruction}: ${field.replace(/\[0x[0-9a-f]+\]/g, "")}`;
  const trap = fields.find((one) => one.field.startsWith("trap"));
  return trap === undefined ? place : `${place} (${ruleOf(trap.expect)} / ${ruleOf(trap.actual)})`;
}

/** A whole trap is spelt `{cause 0x1c, value 0x42}`; the register in a capability violation's value varies. */
function ruleOf(spelt: string): string {
  const trap = /^\{cause (0x[0-9a-f]+), value (0x[0-9a-f]+)\}$/.exec(spelt);
  if (trap === null) return spelt;
  const [, cause, value] = trap;
  return cause === "0x1c" ? `violation ${Number(value) & 31}` : `cause ${Number(cause)}`;
}
