/** Code of objects: assembly with two words of its own, and where relocations belong in it. */
import { assembleProgram } from "../../../model/isa/index.ts";
import { KIND, padded, type Relocation, SEGMENT } from "../../sco/writer.ts";

/** A pointer in the text, to which `slot` refers by its number. */
export type Slot =
  | { readonly to: "rodata"; readonly target: number; readonly size: number; readonly addend: number }
  | { readonly to: "code"; readonly label: string };

export interface ObjectCode {
  readonly text: Uint8Array;
  readonly relocations: readonly Relocation[];
  /** Offsets of labels, in the order in which they stand there. */
  readonly labels: ReadonlyMap<string, number>;
}

const WORD = 4;
const SLOT = 16;

/**
 * The text of an object, its slots behind its code. Beside instructions of four bytes and labels a line may be
 * `cls cX, TARGET, SIZE` (a variable of the state), `slot cX, NUMBER` (the pointer in that slot), or `slots cX` (an
 * address from which the slots can be loaded: `lc cY, 0(cX)` is the first).
 */
export function objectCode(source: string, slots: readonly Slot[] = []): ObjectCode {
  const lines = source
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "");
  const labels = new Map<string, number>();
  let size = 0;
  for (const line of lines) {
    if (line.endsWith(":")) labels.set(line.slice(0, -1), size);
    else size += WORD * wordsIn(line);
  }
  const slotsAt = Math.ceil(size / SLOT) * SLOT;
  const relocations: Relocation[] = [];
  const spelt: string[] = [];
  let at = 0;
  for (const line of lines) {
    const [, word, register, rest] = /^(\w+) (c\d+)(?:, (.*))?$/.exec(line) ?? [];
    if (word === "cls") {
      const [target, length] = rest!.split(", ").map(Number) as [number, number];
      spelt.push(...sequence(register!, target, length));
      relocations.push(relocation(KIND.cls, at, target, length));
    } else if (word === "slot") {
      const ahead = slotsAt + SLOT * Number(rest) - at;
      spelt.push(`auipcc ${register}, 0`, `lc ${register}, ${ahead}(${register})`);
    } else if (word === "slots") {
      spelt.push(`auipcc ${register}, 0`, `cincoffsetimm ${register}, ${register}, ${slotsAt - at}`);
    } else spelt.push(line);
    if (!line.endsWith(":")) at += WORD * wordsIn(line);
  }
  const { words } = assembleProgram(spelt.join("\n"), { capabilityMode: true });
  const bytes = new Uint8Array(slotsAt + SLOT * slots.length);
  bytes.set(new Uint8Array(Uint32Array.from(words).buffer));
  for (const [index, slot] of slots.entries()) {
    const place = slotsAt + SLOT * index;
    relocations.push(
      slot.to === "code"
        ? relocation(KIND.code, place, labels.get(slot.label)!, 0)
        : relocation(KIND.ro, place, slot.target, slot.size, slot.addend),
    );
  }
  return { text: padded(bytes, SLOT), relocations, labels };
}

function wordsIn(line: string): number {
  if (line.startsWith("cls ")) return 3;
  return line.startsWith("slot") ? 2 : 1;
}

function sequence(register: string, target: number, size: number): string[] {
  return [
    `lc ${register}, 0(c26)`,
    `cincoffsetimm ${register}, ${register}, ${target}`,
    `csetboundsimm ${register}, ${register}, ${size}`,
  ];
}

function relocation(kind: number, place: number, target: number, size: number, addend = 0): Relocation {
  return { kind, segment: SEGMENT.text, place, target, size, addend };
}
