import { describe, expect, test } from "vitest";
import { decode, encode, type Layout, LayoutError } from "./layout.ts";

const sample = {
  name: "sample",
  size: 48,
  fields: [
    { name: "magic", offset: 0, width: 8, is: 0x6567_6f6f_6675_6e67n },
    { name: "byte", offset: 8, width: 1 },
    { name: "half", offset: 9, width: 2 },
    { name: "word", offset: 11, width: 4 },
    { name: "wide", offset: 16, width: 32 },
  ],
} as const satisfies Layout;

describe("layouts", () => {
  test("write little-endian fields where the table says, and zero between them", () => {
    const bytes = Buffer.alloc(50, 0xee);
    encode(sample, { byte: 0x11, half: 0x2233, word: 0x4455_6677, wide: (0x99n << 248n) | 0x88n }, bytes, 1);
    const magic = Buffer.from("gnufooge").toString("hex");
    expect(bytes.toString("hex")).toBe(`ee${magic}11332277665544${"00"}88${"00".repeat(30)}99ee`);
  });

  test("read back what was written", () => {
    const values = { byte: 255, half: 65535, word: 0xffff_ffff, wide: (1n << 256n) - 1n };
    const bytes = Buffer.alloc(48);
    encode(sample, values, bytes, 0);
    expect(decode(sample, bytes, 0)).toEqual(values);
  });

  test("cut values to the width of their field", () => {
    const bytes = Buffer.alloc(48);
    encode(sample, { byte: 0x1ff, half: -1, word: -2, wide: 1n << 256n }, bytes, 0);
    expect(decode(sample, bytes, 0)).toEqual({ byte: 255, half: 65535, word: 0xffff_fffe, wide: 0n });
  });

  test("refuse a field that has only one value, and too few bytes", () => {
    expect(() => decode(sample, Buffer.from(`trace-v2${"\0".repeat(40)}`), 0)).toThrow(
      new LayoutError('sample: magic: expected "gnufooge", found "trace-v2"'),
    );
    expect(() => decode(sample, Buffer.alloc(7), 0)).toThrow(RangeError);
  });
});
