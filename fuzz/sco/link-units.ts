/** Files that are linked, whatever they are: sources and ELF relocatable objects. */
import type { Unit } from "./link-unit.ts";
import { assembleUnit } from "./source.ts";

export interface LinkInput {
  readonly file: string;
  readonly bytes: Uint8Array;
}

/** @throws BadInput naming file, place and what was expected. */
export function unitsOf(inputs: readonly LinkInput[]): Unit[] {
  return inputs.map(({ file, bytes }) => assembleUnit(Buffer.from(bytes).toString("utf8"), file));
}
