/** The assembler: one instruction per line, derived from the definitions' syntax. */

import { encode, isEncodable, rangeText } from "./codec.ts";
import type { Instruction, Operand } from "./define.ts";
import { csrFromName, registerFromName, scrFromName } from "./names.ts";
import { syntaxOf } from "./syntax.ts";

export interface AssembleOptions {
  /** The encoding mode the text is for; left out, instructions of either mode are accepted. */
  readonly capabilityMode?: boolean;
}

export interface AssembledProgram {
  readonly words: readonly number[];
  /** The line of the text that each word came from, from 1. */
  readonly lines: readonly number[];
}

type Find = (name: string) => Instruction | undefined;
/** The offset of a label from the line being assembled, or undefined if there is no such label. */
type Offset = (label: string) => number | undefined;

/**
 * The word of one line such as `cincoffsetimm c5, c6, -16`.
 * Throws SyntaxError that says what was expected.
 */
export function assembleLine(line: string, find: Find, options: AssembleOptions, offset: Offset): number {
  const [mnemonic = "", rest = ""] = splitOnce(line.trim());
  const { instruction, ordering } = recognise(mnemonic, find);
  const { capabilityMode } = options;
  if (capabilityMode !== undefined && instruction.mode === (capabilityMode ? "integer" : "capability")) {
    throw new SyntaxError(`${instruction.name} exists in ${instruction.mode} mode only`);
  }

  const values: Record<string, number> = { ...ordering };
  for (const { operand, text } of operandTexts(instruction, rest)) {
    const value = valueFrom(operand, text, offset);
    if (value === undefined || !isEncodable(operand, value)) {
      throw new SyntaxError(
        `${instruction.name}: ${operand.name} is ${text}, expected ${expectation(operand)}`,
      );
    }
    values[operand.name] = value;
  }
  return encode(instruction, values);
}

/**
 * The words of a text: one instruction a line, `#` comments, labels (`loop:`), `.4byte` and `.2byte` words.
 * Throws SyntaxError naming the line.
 */
export function assembleText(text: string, find: Find, options: AssembleOptions): AssembledProgram {
  const { statements, labels } = layOut(text, find);
  const words = statements.map(({ line, source, at }) => {
    try {
      const data = dataWord(source);
      if (data !== undefined) return data;
      return assembleLine(source, find, options, (label) => {
        const target = labels.get(label);
        return target === undefined ? undefined : target - at;
      });
    } catch (error) {
      throw error instanceof SyntaxError ? new SyntaxError(`line ${line}: ${error.message}`) : error;
    }
  });
  return { words, lines: statements.map(({ line }) => line) };
}

interface Statement {
  readonly line: number;
  readonly source: string;
  /** Offset from the first word, in bytes. */
  readonly at: number;
}

function layOut(text: string, find: Find): { statements: Statement[]; labels: Map<string, number> } {
  const statements: Statement[] = [];
  const labels = new Map<string, number>();
  let at = 0;
  for (const [index, full] of text.split("\n").entries()) {
    let source = full.replace(/#.*/, "").trim();
    for (
      let label = /^([A-Za-z_.][\w.$]*):/.exec(source);
      label;
      label = /^([A-Za-z_.][\w.$]*):/.exec(source)
    ) {
      if (labels.has(label[1]!))
        throw new SyntaxError(`line ${index + 1}: label ${label[1]} is defined twice`);
      labels.set(label[1]!, at);
      source = source.slice(label[0].length).trim();
    }
    if (source === "") continue;
    statements.push({ line: index + 1, source, at });
    at += sizeOf(source, find);
  }
  return { statements, labels };
}

/** Bytes of a statement; 4 for one that will be refused later. */
function sizeOf(source: string, find: Find): number {
  const mnemonic = splitOnce(source)[0] ?? "";
  return mnemonic === ".2byte" || find(mnemonic)?.length === 2 ? 2 : 4;
}

function dataWord(source: string): number | undefined {
  const [directive = "", rest = ""] = splitOnce(source);
  if (directive !== ".4byte" && directive !== ".2byte") return undefined;
  const value = numberFrom(rest);
  const bits = directive === ".4byte" ? 32 : 16;
  if (value === undefined || value < 0 || value >= 2 ** bits) {
    throw new SyntaxError(`${directive}: expected a number of ${bits} bits, got ${rest || "nothing"}`);
  }
  return value;
}

/** The definition a mnemonic names, with the suffixes .aq, .rl, .aqrl as operands. */
function recognise(
  mnemonic: string,
  find: Find,
): { instruction: Instruction; ordering: Record<string, number> } {
  const exact = find(mnemonic);
  if (exact !== undefined) {
    const ordered = exact.operands.some(({ name }) => name === "aq");
    return { instruction: exact, ordering: ordered ? { aq: 0, rl: 0 } : {} };
  }
  const suffix = /^(.*)\.(aq|rl|aqrl)$/.exec(mnemonic);
  const instruction = suffix === null ? undefined : find(suffix[1]!);
  if (suffix === null || !instruction?.operands.some(({ name }) => name === "aq")) {
    throw new SyntaxError(`unknown instruction ${mnemonic || "(nothing)"}`);
  }
  const letters = suffix[2]!;
  return {
    instruction,
    ordering: { aq: letters.includes("aq") ? 1 : 0, rl: letters.includes("rl") ? 1 : 0 },
  };
}

interface OperandText {
  readonly operand: Operand;
  readonly text: string;
}

/** The texts of the operands, as the syntax places them. */
function operandTexts(instruction: Instruction, text: string): OperandText[] {
  const { tokens, optional } = syntaxOf(instruction);
  if (optional && text === "")
    return instruction.operands.map((operand) => ({ operand, text: zeroText(operand) }));

  const expression = tokens.map((token) => (token.kind === "operand" ? "([^\\s,()]+)" : spaced(token.text)));
  const found = new RegExp(`^${expression.join("")}$`).exec(text);
  if (found === null) {
    const expected = tokens.length === 0 ? "no operands" : instruction.syntax;
    throw new SyntaxError(`${instruction.name}: expected ${expected}, got ${text || "nothing"}`);
  }
  const named = new Map(instruction.operands.map((operand) => [operand.name, operand]));
  const written = tokens.flatMap((token) => (token.kind === "operand" ? [named.get(token.name)!] : []));
  return written.map((operand, index) => ({ operand, text: found[index + 1]! }));
}

function zeroText(operand: Operand): string {
  return operand.kind.endsWith("register") ? "x0" : "0";
}

/** Punctuation with any space around it; words as they are. */
function spaced(text: string): string {
  return text.replace(/\s+/g, "").replace(/[,()]/g, (mark) => `\\s*\\${mark}\\s*`);
}

function valueFrom(operand: Operand, text: string, offset: Offset): number | undefined {
  switch (operand.kind) {
    case "register":
    case "capability register":
    case "base register":
      return registerFromName(text);
    case "csr":
      return csrFromName(text) ?? numberFrom(text);
    case "scr":
      return scrFromName(text) ?? numberFrom(text);
    case "immediate":
    case "field":
      return numberFrom(operand.target ? text.replace(/^\.(?=[+-])/, "") : text) ?? offset(text);
  }
}

/** Decimal, 0x hexadecimal or 0b binary with an optional sign; undefined if it is not a number. */
function numberFrom(text: string): number | undefined {
  const found = /^([+-]?)(0x[0-9a-f]+|0b[01]+|\d+)$/i.exec(text);
  if (found === null) return undefined;
  return found[1] === "-" ? -Number(found[2]) : Number(found[2]);
}

function expectation(operand: Operand): string {
  if (operand.kind.endsWith("register")) {
    const some = operand.least > 0 ? "x8 to x15" : "x0 to x31";
    const not =
      operand.except.length === 0 ? "" : `, not ${operand.except.map((index) => `x${index}`).join(" or ")}`;
    return `a register, ${some}${not}`;
  }
  return `${operand.target ? "a label or " : ""}a number ${rangeText(operand)}`;
}

/** The first word of a text and the rest. */
function splitOnce(text: string): string[] {
  const space = text.search(/\s/);
  return space < 0 ? [text] : [text.slice(0, space), text.slice(space).trim()];
}
