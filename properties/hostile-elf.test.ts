import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { BadInput } from "../fuzz/bad-input.ts";
import { readElf } from "../fuzz/elf/reader.ts";
import { loadElf, runElf, signatureText } from "../fuzz/elf/run.ts";
import { createModel } from "../model/machine/reference.ts";

const folder = join(import.meta.dirname, "../corpora/elf");
const files = readdirSync(folder)
  .filter((name) => name.endsWith(".elf"))
  .map((name) => readFileSync(join(folder, name)));
const HEADERS_BYTES = 64 + 56;
const RAM_SIZE = 64 * 1024;
const machine = createModel({ ramSize: RAM_SIZE });

/** Bytes to write over a file: anywhere, but mostly over its headers, and mostly values at an edge. */
const edit = fc.record({
  at: fc.oneof({ weight: 3, arbitrary: fc.nat(HEADERS_BYTES - 1) }, { weight: 1, arbitrary: fc.nat(0xffff) }),
  fromEnd: fc.boolean(),
  bytes: fc.oneof(
    fc.constantFrom([0], [1], [0xff], [0, 0, 0, 0, 0, 0, 0, 0x80], new Array<number>(8).fill(0xff)),
    fc.array(fc.nat(255), { minLength: 1, maxLength: 8 }),
  ),
});

const hostileFile = fc
  .record({
    file: fc.constantFrom(...files),
    edits: fc.array(edit, { maxLength: 4 }),
    length: fc.option(fc.nat(0x400), { nil: null, freq: 4 }),
  })
  .map(({ file, edits, length }) => {
    const bytes = Buffer.from(length === null ? file : file.subarray(0, length));
    for (const { at, fromEnd, bytes: values } of edits) {
      const start = at % (bytes.length + 1);
      values.forEach((value, index) => {
        const offset = fromEnd ? bytes.length - 1 - start - index : start + index;
        if (offset >= 0 && offset < bytes.length) bytes[offset] = value;
      });
    }
    return bytes;
  });

/** What comes of a file: its outcome, or null where it is refused. */
function outcomeOf(file: Buffer): string | null {
  try {
    const program = readElf(file, ["tohost", "begin_signature", "end_signature"], "hostile.elf");
    for (const { bytes } of program.segments) expect(bytes.buffer).toBe(file.buffer);
    loadElf(machine, program, "hostile.elf");
    const [tohost = 0x8000_0000n, begin = 0n, end = 0n] = [...program.symbols.values()];
    const { kind } = runElf(machine, tohost, 20, () => undefined);
    const text = signatureText(machine, begin, end, "hostile.elf");
    expect(text.length).toBeLessThanOrEqual((RAM_SIZE / 4) * 9);
    return kind;
  } catch (error) {
    if (error instanceof BadInput) return null;
    throw error;
  }
}

describe("hostile ELF files", () => {
  test("are refused with a message or run; none crashes, and none makes room for what it claims", () =>
    fc.assert(
      fc.property(hostileFile, (file) => {
        outcomeOf(file);
      }),
      { numRuns: 2000 },
    ));

  test("of both kinds: some are refused and some run", () => {
    const kinds = new Set(fc.sample(hostileFile, 500).map(outcomeOf));
    expect(kinds).toContain(null);
    expect(kinds).toContain("pass");
    expect(kinds).toContain("unknown");
  });
});
