/** A piece of machine code with its labels: assembled once, by the assembler given. */
import type { Assemble } from "./forge.ts";

export { STUBS } from "./stub-code.ts";

export interface Program {
  readonly bytes: Uint8Array;
  /** Offsets in bytes. */
  readonly labels: Readonly<Record<string, number>>;
}

/** Every statement of our own code is four bytes long. */
export function programOf(text: string, capabilityMode: boolean, assemble: Assemble): Program {
  const words = assemble(text, capabilityMode);
  const labels: Record<string, number> = {};
  let at = 0;
  for (const line of text.split("\n")) {
    const source = line.replace(/#.*/, "").trim();
    const label = /^(\w+):$/.exec(source);
    if (label) labels[label[1]!] = at;
    else if (source !== "") at += 4;
  }
  return { bytes: new Uint8Array(Uint32Array.from(words).buffer), labels };
}
