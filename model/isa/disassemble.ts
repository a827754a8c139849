/** Instructions as text, derived from their syntax. */

import type { Decoded } from "./decode.ts";
import type { Operand, OperandValues } from "./define.ts";
import { csrName, scrName } from "./names.ts";
import { syntaxOf } from "./syntax.ts";

/** A decoded instruction as assembly text: `cincoffsetimm c5, c6, -16`. */
export function textOf({ instruction, operands }: Decoded, capabilityMode: boolean): string {
  const mnemonic = instruction.name + orderingSuffix(operands);
  const { tokens, optional } = syntaxOf(instruction);
  if (tokens.length === 0 || (optional && isAllZero(operands))) return mnemonic;

  const named = new Map(instruction.operands.map((operand) => [operand.name, operand]));
  const pieces = tokens.map((token) => {
    if (token.kind === "text") return token.text;
    const text = operandText(named.get(token.name)!, operands[token.name]!, capabilityMode);
    return token.relative ? relativeText(text) : text;
  });
  return `${mnemonic} ${pieces.join("")}`;
}

function isAllZero(operands: OperandValues): boolean {
  return Object.values(operands).every((value) => Number(value) === 0);
}

/** `.aq`, `.rl` or `.aqrl` for the fields aq and rl, which are written as a suffix of the mnemonic. */
function orderingSuffix({ aq, rl }: OperandValues): string {
  const suffix = `${aq === 1 ? "aq" : ""}${rl === 1 ? "rl" : ""}`;
  return suffix === "" ? "" : `.${suffix}`;
}

/** An offset from pc: `.+8`, `.-4`. */
function relativeText(offset: string): string {
  return offset.startsWith("-") ? `.${offset}` : `.+${offset}`;
}

function operandText(operand: Operand, value: number | bigint, capabilityMode: boolean): string {
  switch (operand.kind) {
    case "register":
      return `x${value}`;
    case "capability register":
      return `c${value}`;
    case "base register":
      return `${capabilityMode ? "c" : "x"}${value}`;
    case "csr":
      return csrName(Number(value));
    case "scr":
      return scrName(Number(value));
    case "immediate":
    case "field":
      return String(value);
  }
}
