/** What a verifier of object files lets through, judged by a reader that knows nothing of it. */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { Files, verifiers } from "../fuzz/sco/fuzz-shard.ts";
import { linkUnits } from "../fuzz/sco/link.ts";
import { unitsOf } from "../fuzz/sco/link-units.ts";
import { buildObject, KIND, SEGMENT, SIZE } from "../fuzz/sco/writer.ts";

const FILES = 20_000;

/** A relocation of a file, and the sizes that it must keep to. */
interface Patch {
  readonly kind: number;
  readonly segment: number;
  readonly place: number;
  readonly width: number;
  readonly target: number;
  readonly size: number;
  readonly addend: number;
  /** Bytes of what it stands in, and of what it leads to. */
  readonly within: number;
  readonly towards: number;
}

function patchesOf(bytes: Uint8Array): Patch[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const word = (at: number) => view.getUint32(at, true);
  const [text, rodata, state] = [word(8), word(12), word(16) + word(20)];
  const table = SIZE.header + text + rodata + word(16) + word(24) * SIZE.export + word(28) * SIZE.import;
  return Array.from({ length: word(32) }, (_, index) => {
    const at = table + index * SIZE.relocation;
    const [kind, segment] = [view.getUint8(at), view.getUint8(at + 1)];
    const width = kind === KIND.cls ? SIZE.clsSequence : kind === KIND.import ? 2 * SIZE.slot : SIZE.slot;
    const isOfState = kind === KIND.cls || kind === KIND.clsInit;
    const towards = isOfState ? state : kind === KIND.code ? text : rodata;
    const fields = { place: word(at + 4), target: word(at + 8), size: word(at + 12), addend: word(at + 16) };
    return { kind, segment, width, ...fields, within: [text, rodata, state][segment]!, towards };
  });
}

/** What both verifiers accept of many mutated files. */
function accepted(seed: string): Uint8Array[] {
  const files = new Files(seed);
  const kept: Uint8Array[] = [];
  for (let run = 0; run < FILES; run++) {
    const bytes = files.file(run);
    if (verifiers.expect(bytes) === 0 || verifiers.actual(bytes) === 0) kept.push(Uint8Array.from(bytes));
  }
  return kept;
}

describe("mutated object files", () => {
  const files = accepted("properties");

  // Fault: the verifier passes over its check of places.
  test("what is accepted patches places of its own, inside its segments (I-98)", () => {
    let overlaps = 0;
    for (const file of files) {
      const patches = patchesOf(file).sort(
        (one, other) => one.segment - other.segment || one.place - other.place,
      );
      for (const [index, { place, width, within, kind, segment }] of patches.entries()) {
        expect(place + width).toBeLessThanOrEqual(within);
        expect(place % (kind === KIND.cls ? 4 : SIZE.slot)).toBe(0);
        const next = patches[index + 1];
        if (next?.segment === segment && next.place < place + width) overlaps++;
      }
    }
    expect(overlaps).toBe(0);
    expect(files.length).toBeGreaterThan(FILES / 10);
  });

  // Fault: the verifier passes over its check of targets.
  test("what is accepted leads nowhere beyond itself (I-98, I-112)", () => {
    let count = 0;
    for (const patch of files.flatMap(patchesOf)) {
      if (patch.kind === KIND.import) continue;
      expect(patch.target + patch.size).toBeLessThanOrEqual(patch.towards);
      if (patch.kind !== KIND.code) expect(patch.addend).toBeLessThanOrEqual(patch.size);
      count++;
    }
    expect(count).toBeGreaterThan(1000);
  });

  // Fault: the verifier lets a pointer to state stand in the text.
  test("what all clients share leads only to what all clients share (I-96, I-110)", () => {
    const shared = files.flatMap(patchesOf).filter(({ segment }) => segment !== SEGMENT.state);
    expect(new Set(shared.map(({ kind }) => kind))).toEqual(new Set([KIND.ro, KIND.code, KIND.cls]));
  });
});

describe("well-formed object files", () => {
  // Its other half: a verifier that refuses everything lets nothing through either.
  test("a pointer of every kind, at every edge, is accepted (I-98)", () => {
    for (const size of [0, 1, 31, 32]) {
      for (const addend of [0, size]) {
        const pointer = { place: 0, target: 32 - size, size, addend };
        const file = buildObject({
          text: new Uint8Array(16),
          rodata: new Uint8Array(32),
          init: new Uint8Array(32),
          bss: 0,
          exports: [{ name: "f", offset: 14 }],
          imports: [],
          relocations: [
            { ...pointer, kind: KIND.ro, segment: SEGMENT.text },
            { ...pointer, kind: KIND.ro, segment: SEGMENT.rodata },
            { ...pointer, kind: KIND.clsInit, segment: SEGMENT.state },
            { ...pointer, kind: KIND.clsRo, segment: SEGMENT.state, place: 16 },
          ],
        });
        expect([verifiers.expect(file), verifiers.actual(file)]).toEqual([0, 0]);
      }
    }
  });

  // Fault: the linker leaves a variable where the compiler put it.
  test("every variable of compiled code is one that relocations know, with its own bounds (I-100, I-101)", () => {
    const bytes = readFileSync("corpora/elf/counters.o");
    const file = linkUnits(unitsOf([{ file: "counters.o", bytes }]), "out.obj");
    const variables = patchesOf(file).filter(({ kind }) => kind === KIND.cls);
    // sum, histogram, calls
    expect(new Set(variables.map(({ target, size }) => `${target}+${size}`))).toEqual(
      new Set(["0+8", "16+64", "80+8"]),
    );
    // Nothing is left that makes an address from the pc, but for slots of the text.
    const text = new Uint32Array(
      file.slice(SIZE.header, SIZE.header + new DataView(file.buffer).getUint32(8, true)).buffer,
    );
    const made = [...text].filter((word) => (word & 0x7f) === 0x17).length;
    expect(made).toBe(
      patchesOf(file).filter(({ kind, segment }) => kind === KIND.ro && segment === 0).length,
    );
  });
});
