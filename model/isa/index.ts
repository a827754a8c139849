/** The instruction set: every definition, and what is derived from them. */

import { type AssembledProgram, type AssembleOptions, assembleLine, assembleText } from "./assemble.ts";
import * as atomics from "./atomics.ts";
import * as branches from "./branches.ts";
import * as cheriBounds from "./cheri-bounds.ts";
import * as cheriCompare from "./cheri-compare.ts";
import * as cheriControl from "./cheri-control.ts";
import * as cheriInspect from "./cheri-inspect.ts";
import * as cheriLoadReserved from "./cheri-load-reserved.ts";
import * as cheriLoads from "./cheri-loads.ts";
import * as cheriMemory from "./cheri-memory.ts";
import * as cheriModify from "./cheri-modify.ts";
import * as cheriSeal from "./cheri-seal.ts";
import * as cheriSpecial from "./cheri-special.ts";
import * as cheriStoreConditional from "./cheri-store-conditional.ts";
import * as cheriStores from "./cheri-stores.ts";
import * as compressedArithmetic from "./compressed-arithmetic.ts";
import * as compressedControl from "./compressed-control.ts";
import { decoderOf } from "./decode.ts";
import type { Instruction } from "./define.ts";
import { textOf } from "./disassemble.ts";
import * as integerImmediate from "./integer-immediate.ts";
import * as integerRegister from "./integer-register.ts";
import * as loadsStores from "./loads-stores.ts";
import * as multiply from "./multiply.ts";
import * as reservations from "./reservations.ts";
import * as system from "./system.ts";
import * as zba from "./zba.ts";
import * as zbb from "./zbb.ts";
import * as zbcZbs from "./zbc-zbs.ts";

export { encode } from "./codec.ts";
export type { Instruction, Operand, OperandValues } from "./define.ts";
export { randomWord } from "./random-word.ts";

/** The definitions by chapter. */
export const chapters = {
  integerImmediate: definitionsOf(integerImmediate),
  integerRegister: definitionsOf(integerRegister),
  branches: definitionsOf(branches),
  loadsStores: definitionsOf(loadsStores),
  multiply: definitionsOf(multiply),
  reservations: definitionsOf(reservations),
  atomics: definitionsOf(atomics),
  compressedArithmetic: definitionsOf(compressedArithmetic),
  compressedControl: definitionsOf(compressedControl),
  system: definitionsOf(system),
  zba: definitionsOf(zba),
  zbb: definitionsOf(zbb),
  zbcZbs: definitionsOf(zbcZbs),
  cheriInspect: definitionsOf(cheriInspect),
  cheriCompare: definitionsOf(cheriCompare),
  cheriBounds: definitionsOf(cheriBounds),
  cheriModify: definitionsOf(cheriModify),
  cheriSeal: definitionsOf(cheriSeal),
  cheriControl: definitionsOf(cheriControl),
  cheriSpecial: definitionsOf(cheriSpecial),
  cheriMemory: definitionsOf(cheriMemory),
  cheriLoads: definitionsOf(cheriLoads),
  cheriStores: definitionsOf(cheriStores),
  cheriLoadReserved: definitionsOf(cheriLoadReserved),
  cheriStoreConditional: definitionsOf(cheriStoreConditional),
} satisfies Readonly<Record<string, readonly Instruction[]>>;

export const instructions: readonly Instruction[] = Object.values(chapters).flat();

/** In the order of their names as exports: loaders differ in the order in which a namespace lists them. */
function definitionsOf(chapter: Readonly<Record<string, Instruction>>): readonly Instruction[] {
  return Object.keys(chapter)
    .sort()
    .map((name) => chapter[name]!);
}

const byName = new Map(instructions.map((instruction) => [instruction.name, instruction]));

/** The definition with this mnemonic (without .aq or .rl), or undefined. */
export function instructionByName(name: string): Instruction | undefined {
  return byName.get(name);
}

/**
 * The definition and operands of a word in an encoding mode, or null if the word is an illegal instruction.
 * A word whose low two bits are not 3 has 16 bits; its upper half is ignored.
 */
export const decode = decoderOf(instructions);

/** A word as text, or as data (`.4byte 0x...`, `.2byte 0x...`) if it is an illegal instruction. */
export function disassemble(word: number, capabilityMode: boolean): string {
  const decoded = decode(word, capabilityMode);
  if (decoded !== null) return textOf(decoded, capabilityMode);
  if ((word & 3) !== 3) return `.2byte 0x${(word & 0xffff).toString(16).padStart(4, "0")}`;
  return `.4byte 0x${(word < 0 ? word + 2 ** 32 : word).toString(16).padStart(8, "0")}`;
}

/** The word of one line such as `cincoffsetimm c5, c6, -16`. Throws SyntaxError saying what was expected. */
export function assemble(line: string, options: AssembleOptions): number {
  return assembleLine(line, instructionByName, options, () => undefined);
}

/**
 * The words of a text: one instruction a line, `#` comments, labels (`loop:`), `.4byte` and `.2byte` words.
 * Throws SyntaxError naming the line and what was expected.
 */
export function assembleProgram(text: string, options: AssembleOptions = {}): AssembledProgram {
  return assembleText(text, instructionByName, options);
}
