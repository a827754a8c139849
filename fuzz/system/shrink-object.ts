/** Makes the objects of a failing script small: fewer relocations and exports, fewer instructions, less of everything. */
import type { Step } from "../../model/system-contract.ts";
import { buildObject, type ObjectSource } from "../sco/writer.ts";
import { fileVerdict } from "./oracle/object-file.ts";

const NOP = 0x13;
const UNIT = 16;

/** Who tries scripts, and keeps what fails in the same way. */
interface Trial {
  readonly best: readonly Step[];
  readonly offer: (steps: readonly Step[]) => boolean;
}

/** What is left out of an object or made simpler; null: nothing is there for that. */
type Change = (source: ObjectSource) => Partial<ObjectSource> | null;

/**
 * Makes each object that a script puts into memory as simple as it can be; whoever makes it is told its new size. Large
 * pieces go before small ones, and what was tried is not tried again.
 */
export function shrinkObjects(trial: Trial): void {
  for (let at = 0; at < trial.best.length; at++) {
    const source = sourceIn(trial.best[at]!);
    if (source === null) continue;
    const isTaken = (change: Change): boolean => {
      const now = sourceIn(trial.best[at]!);
      const changed = now === null ? null : change(now);
      return changed !== null && trial.offer(withFile(trial.best, at, buildObject({ ...now!, ...changed })));
    };
    for (const change of parts) while (isTaken(change));
    for (const [from, to] of piecesOf(source.relocations.length)) {
      isTaken(({ relocations }) =>
        from < relocations.length ? { relocations: relocations.toSpliced(from, to - from) } : null,
      );
    }
    for (const [from, to] of piecesOf(source.text.length / 4)) {
      isTaken(({ text }) => idleBetween(text, from, to));
    }
    for (const [from] of piecesOf(source.exports.length, 1)) {
      isTaken(({ exports }) =>
        exports.length > 1 && from < exports.length ? { exports: exports.toSpliced(from, 1) } : null,
      );
    }
  }
}

/** Whole parts, most of which most objects can do without. */
const parts: readonly Change[] = [
  ({ relocations }) => (relocations.length > 0 ? { relocations: [] } : null),
  ({ text }) => (text.length > 2 * UNIT ? { text: text.subarray(0, halfOf(text.length)) } : null),
  ({ text }) => (text.length > UNIT ? { text: text.subarray(0, -UNIT) } : null),
  ({ imports }) => (imports.length > 0 ? { imports: imports.slice(0, -1) } : null),
  ({ bss }) => (bss > 0 ? { bss: 0 } : null),
  ({ bss }) => (bss > UNIT ? { bss: UNIT } : null),
  ({ rodata }) => (rodata.length > 0 ? { rodata: rodata.subarray(0, 0) } : null),
  ({ rodata }) => (rodata.length > UNIT ? { rodata: rodata.subarray(0, UNIT) } : null),
  ({ init }) => (init.length > 0 ? { init: init.subarray(0, 0) } : null),
  ({ init }) => (init.some((byte) => byte !== 0) ? { init: new Uint8Array(init.length) } : null),
];

function halfOf(length: number): number {
  return Math.ceil(length / 2 / UNIT) * UNIT;
}

/** Pieces of so many things, halves first (or of one size), single ones last, in each size from the end. */
function* piecesOf(count: number, most = Math.ceil(count / 2)): Generator<readonly [number, number]> {
  for (let size = most; size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let to = count; to > 0; to -= size) yield [Math.max(0, to - size), to];
  }
}

/** The object that a step puts into memory, if it is well-formed; its names are not kept. */
function sourceIn(step: Step): ObjectSource | null {
  if (step.by === null || step.action.do !== "place") return null;
  const bytes = Buffer.from(step.action.bytes, "hex");
  const file = fileVerdict(bytes);
  if ("reason" in file) return null;
  return {
    text: file.text,
    rodata: file.rodata,
    init: file.init,
    bss: file.stateSize - file.init.length,
    exports: file.exports.map((offset, index) => ({ name: `e${index}`, offset })),
    imports: Array.from({ length: file.imports }, (_, index) => `i${index}`),
    relocations: file.relocations,
  };
}

/** Nothing to do in the place of the words of a text from one to another; null if there is nothing but that, or no such text. */
function idleBetween(text: Uint8Array, from: number, to: number): Partial<ObjectSource> | null {
  const changed = text.slice();
  const view = new DataView(changed.buffer);
  let count = 0;
  for (let at = 4 * from; at < 4 * to && at + 4 <= changed.length; at += 4) {
    const word = view.getUint32(at, true);
    if (word === NOP || word === 0) continue;
    view.setUint32(at, NOP, true);
    count++;
  }
  return count === 0 ? null : { text: changed };
}

/** The steps with another file: the next step that makes an object of that many bytes is told. */
function withFile(steps: readonly Step[], at: number, file: Uint8Array): readonly Step[] {
  const step = steps[at]!;
  if (step.by === null || step.action.do !== "place") return steps;
  const size = BigInt(step.action.bytes.length / 2);
  const changed = steps.with(at, {
    ...step,
    action: { ...step.action, bytes: Buffer.from(file).toString("hex") },
  });
  for (let next = at + 1; next < steps.length; next++) {
    const maker = steps[next]!;
    if (maker.by === null || maker.action.do !== "call" || maker.action.call !== "sco_create") continue;
    const [where, length] = maker.action.args;
    if (where === undefined || length?.kind !== "number" || length.value !== size) continue;
    const args = [where, { kind: "number", value: BigInt(file.length) } as const];
    return changed.with(next, { ...maker, action: { ...maker.action, args } });
  }
  return changed;
}
