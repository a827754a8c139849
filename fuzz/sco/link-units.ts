/** Files that are linked, whatever they are: sources and ELF relocatable objects. */
import { widened } from "./elf-compressed.ts";
import { isElf, readElfObject } from "./elf-object.ts";
import { elfUnit, planOf } from "./elf-unit.ts";
import type { Section, Unit } from "./link-unit.ts";
import { assembleUnit } from "./source.ts";

export interface LinkInput {
  readonly file: string;
  readonly bytes: Uint8Array;
}

/**
 * The units of some files, in their order.
 *
 * @throws BadInput naming file, place and what was expected.
 */
export function unitsOf(inputs: readonly LinkInput[]): Unit[] {
  const read = inputs.map(({ file, bytes }) =>
    isElf(bytes)
      ? planOf(widened(readElfObject(bytes, file)))
      : assembleUnit(Buffer.from(bytes).toString("utf8"), file),
  );
  const sections = new Map<string, Section>();
  for (const one of read) {
    if ("object" in one) for (const [name, section] of one.sections) sections.set(name, section);
    else for (const [name, { section }] of one.globals) sections.set(name, section);
  }
  return read.map((one) => ("object" in one ? elfUnit(one, (name) => sections.get(name)) : one));
}
