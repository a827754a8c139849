/** Makes the objects of a failing script small: fewer relocations and exports, fewer instructions, less of everything. */
import type { Step } from "../../model/system-contract.ts";
import { buildObject, type ObjectSource } from "../sco/writer.ts";
import { fileVerdict } from "./oracle/object-file.ts";

const NOP = 0x13;
const UNIT = 16;

/** Steps that may stand in the place of these: in each an object is simpler, and whoever makes it says its new size. */
export function simplerObjects(steps: readonly Step[]): (readonly Step[])[] {
  return steps.flatMap((step, at) => {
    const source = sourceIn(step);
    if (source === null) return [];
    return simplerSources(source).map((simpler) => withFile(steps, at, buildObject(simpler)));
  });
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

function simplerSources(source: ObjectSource): ObjectSource[] {
  const { text, rodata, init, bss, exports, imports, relocations } = source;
  const found: Partial<ObjectSource>[] = [
    ...relocations.map((_, at) => ({ relocations: relocations.toSpliced(at, 1) })),
    ...(exports.length > 1 ? exports.map((_, at) => ({ exports: exports.toSpliced(at, 1) })) : []),
    ...(imports.length > 0 ? [{ imports: imports.slice(0, -1) }] : []),
    ...(bss > 0 ? [{ bss: 0 }, { bss: UNIT }] : []),
    ...(rodata.length > 0 ? [{ rodata: rodata.subarray(0, 0) }, { rodata: rodata.subarray(0, UNIT) }] : []),
    ...(init.length > 0 ? [{ init: init.subarray(0, 0) }, { init: new Uint8Array(init.length) }] : []),
    ...(text.length > UNIT ? [{ text: text.subarray(0, -UNIT) }] : []),
    ...wordsOf(text).flatMap((word, at) => (word === NOP || word === 0 ? [] : [{ text: idleAt(text, at) }])),
  ];
  return found
    .map((change) => ({ ...source, ...change }))
    .filter((simpler) => JSON.stringify(plain(simpler)) !== JSON.stringify(plain(source)));
}

function plain({ text, rodata, init, ...rest }: ObjectSource): unknown {
  return { ...rest, parts: [text, rodata, init].map((bytes) => Buffer.from(bytes).toString("hex")) };
}

function wordsOf(text: Uint8Array): number[] {
  const view = new DataView(text.buffer, text.byteOffset, text.length);
  return Array.from({ length: text.length / 4 }, (_, at) => view.getUint32(4 * at, true));
}

function idleAt(text: Uint8Array, at: number): Uint8Array {
  const changed = text.slice();
  new DataView(changed.buffer).setUint32(4 * at, NOP, true);
  return changed;
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
