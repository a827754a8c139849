import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { gunzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { bitsOf, fieldsOf, format64, format128, toyFormat } from "../fuzz/oracle/law/format.ts";
import { enclosing, exponentRead, rangeRead } from "../fuzz/oracle/law/reading.ts";

const vectors = gunzipSync(
  readFileSync(fileURLToPath(new URL("../corpora/codec/codec128.tsv.gz", import.meta.url))),
)
  .toString("utf8")
  .split("\n")
  .filter((line) => line !== "" && !line.startsWith("#"))
  .map((line) => {
    const [op, args, results] = line.split("\t");
    const numbers = (text: string) => text.split(" ").map((digits) => BigInt(`0x${digits}`));
    return { line, op: op!, args: numbers(args!), results: numbers(results!) };
  });

// What the laws judge by must be right by itself: neither machine takes part here.
describe("the reading of bounds that laws judge by", () => {
  test("agrees with the public codec on what bounds mean", () => {
    const decoded = vectors.filter(({ op }) => op === "dec");
    const wrong = decoded.filter(({ args: [high, address], results }) => {
      const field = high! & format128.boundsMask;
      const { base, top } = rangeRead(format128, field, address!);
      return (
        base !== results[0] ||
        top !== results[1] ||
        exponentRead(format128, field) !== Math.min(Number(results[2]), 52)
      );
    });
    expect(decoded.length).toBeGreaterThan(500);
    expect(wrong).toEqual([]);
  });

  test("agrees with it on the tightest bounds", () => {
    const set = vectors.filter(({ op, args }) => op === "sb" && args[2]! + args[3]! <= format128.space);
    const wrong = set.filter(({ args: [, , address, length], results }) => {
      const { field, base, top } = enclosing(format128, address!, address! + length!);
      return field !== (results[2]! & format128.boundsMask) || base !== results[4] || top !== results[5];
    });
    expect(set.length).toBeGreaterThan(500);
    expect(wrong).toEqual([]);
  });

  // Broken by an exponent that is one too large.
  test("finds the narrowest range that any field of the toy format can mean", () => {
    const numbers = (count: bigint) => Array.from({ length: Number(count) }, (_, index) => BigInt(index));
    for (const base of numbers(toyFormat.space)) {
      const ranges = numbers(toyFormat.boundsMask + 1n)
        .map((field) => rangeRead(toyFormat, field, base))
        .filter((range) => range.base <= base && range.top <= toyFormat.space);
      for (let top = base; top <= toyFormat.space; top++) {
        const lengths = ranges
          .filter((range) => range.top >= top)
          .map((range) => Number(range.top - range.base));
        const found = enclosing(toyFormat, base, top);
        expect(Number(found.top - found.base)).toBe(Math.min(...lengths));
        expect(rangeRead(toyFormat, found.field, base)).toEqual({ base: found.base, top: found.top });
      }
    }
  });
});

describe("the layout that laws judge by", () => {
  // CHERI ISAv9: 64 bits of metadata in the 128-bit format, 32 in the 64-bit one.
  test.each([
    [format128, 128, 0x1fff_fc01_8004n << 64n],
    [format64, 64, 0x0007_c302n << 32n],
  ])("fills the format, and has null where the manual has it", (format, bits, nullBits) => {
    const all = (1n << BigInt(bits)) - 1n;
    expect(bitsOf(format, fieldsOf(format, all))).toBe(all);
    expect(bitsOf(format, fieldsOf(format, 1n << BigInt(bits)))).not.toBe(1n << BigInt(bits));
    expect(format.nullBits).toBe(nullBits);
  });
});
