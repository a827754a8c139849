/** Reads the syntax of a definition: how operands stand after the mnemonic. */

import type { Instruction } from "./define.ts";

/** A piece of a syntax: an operand, or text that stands for itself. */
export type Token =
  | { readonly kind: "operand"; readonly name: string; readonly relative: boolean }
  | { readonly kind: "text"; readonly text: string };

export interface Syntax {
  readonly tokens: readonly Token[];
  /** Written in brackets: the operands are left out when all of them are zero. */
  readonly optional: boolean;
}

/** The syntax of an instruction, e.g. `rd, imm(base)`, `rs1, rs2, .+imm`, `sp, nzimm` or `[imm]`. */
export function syntaxOf({ syntax, operands }: Instruction): Syntax {
  const optional = syntax.startsWith("[");
  const text = optional ? syntax.slice(1, -1) : syntax;
  const names = new Set(operands.map(({ name }) => name));

  const tokens = (text.match(/\.\+|[a-z][a-z0-9]*|[^.a-z]+/g) ?? []).filter((piece) => piece !== ".+");
  return {
    optional,
    tokens: tokens.map((piece) =>
      names.has(piece)
        ? { kind: "operand", name: piece, relative: text.includes(`.+${piece}`) }
        : { kind: "text", text: piece },
    ),
  };
}
