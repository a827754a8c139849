import { decode, encode, type Instruction, instructionByName, type Operand } from "../../model/isa/index.ts";

/** A word taken apart for shrinking. Null where the word is no instruction in either encoding mode. */
export interface Parsed {
  readonly instruction: Instruction;
  readonly values: Readonly<Record<string, number>>;
}

const memory = new Map<number, Parsed | null>();
const MEMORY_MAX = 1 << 16;

/**
 * The instruction of a word. Where the two modes read a word differently its operands lie in the same bits,
 * so one reading serves: that of integer mode, if there is one.
 */
export function parse(word: number): Parsed | null {
  const known = memory.get(word);
  if (known !== undefined) return known;
  const decoded = decode(word, false) ?? decode(word, true);
  let parsed: Parsed | null = null;
  if (decoded !== null) {
    const values: Record<string, number> = {};
    for (const name in decoded.operands) values[name] = Number(decoded.operands[name]);
    parsed = { instruction: decoded.instruction, values };
  }
  if (memory.size === MEMORY_MAX) memory.clear();
  memory.set(word, parsed);
  return parsed;
}

/** The word with some operands replaced, or null if one of them cannot take its value. */
export function withValues(
  instruction: Instruction,
  values: Readonly<Record<string, number>>,
): number | null {
  try {
    return encode(instruction, values);
  } catch (error) {
    if (error instanceof RangeError) return null;
    throw error;
  }
}

/** The word of a named instruction, or null if this release has none or it cannot take the values. */
export function wordOf(name: string, values: Readonly<Record<string, number>>): number | null {
  const instruction = instructionByName(name);
  return instruction === undefined ? null : withValues(instruction, values);
}

export function isRegister({ kind }: Operand): boolean {
  return kind === "register" || kind === "capability register" || kind === "base register";
}

export function isDestination({ name }: Operand): boolean {
  return name === "rd" || name === "cd";
}

/** The register that a word names as its destination, or -1. */
export function destinationOf({ instruction, values }: Parsed): number {
  const operand = instruction.operands.find(isDestination);
  return operand === undefined ? -1 : values[operand.name]!;
}

/** The registers that a word names as sources, each once, in the order of the definition. */
export function sourcesOf({ instruction, values }: Parsed): number[] {
  const sources = instruction.operands.filter((one) => isRegister(one) && !isDestination(one));
  return [...new Set(sources.map(({ name }) => values[name]!))];
}

/** The word with some of its registers replaced; null if one of them does not fit. */
export function renamed(word: number, change: (register: number, operand: Operand) => number): number | null {
  const parsed = parse(word);
  if (parsed === null) return word;
  const values: Record<string, number> = { ...parsed.values };
  let isChanged = false;
  for (const operand of parsed.instruction.operands) {
    if (!isRegister(operand)) continue;
    const before = values[operand.name]!;
    const after = change(before, operand);
    if (after === before) continue;
    values[operand.name] = after;
    isChanged = true;
  }
  return isChanged ? withValues(parsed.instruction, values) : word;
}
