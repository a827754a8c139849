import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { gunzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { NULL_HIGH, ROOT_HIGH, RV64 } from "./format.ts";
import { createCapabilityLibrary } from "./library.ts";

const library = createCapabilityLibrary(RV64);
const UNSEALED = 0x3ffffn << 27n;
const isSealed = (high: bigint) => (high & UNSEALED) !== UNSEALED;
const bit = (answer: boolean) => (answer ? 1n : 0n);

/** What the library answers to one vector, in the order of the recorded answers; only what it is asked for here. */
const answers: Readonly<Record<string, (...args: bigint[]) => bigint[]>> = {
  dec: (high, address) => {
    const { base, top } = library.bounds(high!, address!);
    return [base, top];
  },
  decmem: (stored, address) => answers["dec"]!(stored! ^ NULL_HIGH, address!),
  sb: (tag, high, address, length) => {
    const narrowed = library.setBounds(high!, address!, length!);
    const kept = library.inBounds(high!, address!, address!, length!) && !isSealed(high!);
    const { base, top } = library.bounds(narrowed.high, address!);
    return [bit(narrowed.exact), kept ? tag! : 0n, narrowed.high, address!, base, top];
  },
  rep: (high, from, to) => {
    const increment = BigInt.asUintN(64, to! - from!);
    return [
      bit(library.isRepresentable(high!, from!, increment)),
      bit(library.hasSameBounds(high!, from!, to!)),
    ];
  },
  setaddr: (tag, high, from, to) => {
    const increment = BigInt.asUintN(64, to! - from!);
    const kept = library.isRepresentable(high!, from!, increment) && !isSealed(high!);
    const { base, top } = library.bounds(high!, to!);
    return [kept ? tag! : 0n, high!, to!, base, top];
  },
  crrl: (length) => [library.representableLength(length!)],
  cram: (length) => [library.alignmentMask(length!)],
  null: (address) => {
    const { base, top } = library.bounds(NULL_HIGH, address!);
    return [0n, NULL_HIGH, address!, base, top, 0n];
  },
  inf: (address) => {
    const { base, top } = library.bounds(ROOT_HIGH, address!);
    return [1n, ROOT_HIGH, address!, base, top, ROOT_HIGH ^ NULL_HIGH];
  },
};

/** Which of the recorded answers are compared: `rep` begins with two that hold only for well-formed bounds. */
const skipped: Readonly<Record<string, number>> = { rep: 2 };

interface Vector {
  readonly line: string;
  readonly op: string;
  readonly args: readonly bigint[];
  readonly results: readonly bigint[];
}

function vectorsOf(file: string): Vector[] {
  const lines = gunzipSync(readFileSync(file)).toString("utf8").split("\n");
  const numbers = (text: string) => text.split(" ").map((digits) => BigInt(`0x${digits}`));
  return lines
    .filter((line) => line !== "" && !line.startsWith("#"))
    .map((line) => {
      const [op, args, results] = line.split("\t");
      return { line, op: op!, args: numbers(args!), results: numbers(results!) };
    });
}

function differingLines(vectors: readonly Vector[]): string[] {
  return vectors
    .filter(({ op, args, results }) => {
      const expected = results.slice(skipped[op] ?? 0);
      return answers[op]!(...args).some((value, index) => value !== expected[index]);
    })
    .map(({ line }) => line);
}

describe("the capability library agrees with the public codec on", () => {
  const sample = fileURLToPath(new URL("../../corpora/codec/codec128.tsv.gz", import.meta.url));
  const all = fileURLToPath(new URL("../../../shared/golden/codec128.tsv.gz", import.meta.url));

  test("a sample of every kind of vector", () => {
    const vectors = vectorsOf(sample);
    expect(new Set(vectors.map(({ op }) => op))).toEqual(new Set(Object.keys(answers)));
    expect(differingLines(vectors)).toEqual([]);
  });

  test.skipIf(!existsSync(all))("all 60,000 vectors", () => {
    const vectors = vectorsOf(all);
    expect(vectors).toHaveLength(60_000);
    expect(differingLines(vectors)).toEqual([]);
  });
});

describe("authority", () => {
  const TYPE = 0x1234n;
  const authority = library.setBounds(ROOT_HIGH, TYPE, 1n).high;
  const sealed = (ROOT_HIGH & ~UNSEALED) | (TYPE << 27n);

  test("to seal needs a tag, a permission, an address in bounds and an ordinary type", () => {
    expect(library.maySeal(true, authority, TYPE)).toBe(true);
    expect(library.maySeal(false, authority, TYPE)).toBe(false);
    expect(library.maySeal(true, authority & ~(1n << 55n), TYPE)).toBe(false);
    expect(library.maySeal(true, authority, TYPE + 1n)).toBe(false);
    expect(library.maySeal(true, authority & ~UNSEALED, TYPE)).toBe(false);
    expect(library.maySeal(true, ROOT_HIGH, 0x3fffbn)).toBe(true);
    expect(library.maySeal(true, ROOT_HIGH, 0x3fffcn)).toBe(false);
  });

  test("to unseal needs the type itself and its own permission", () => {
    expect(library.mayUnseal(sealed, true, authority, TYPE)).toBe(true);
    expect(library.mayUnseal(sealed, true, authority & ~(1n << 57n), TYPE)).toBe(false);
    expect(library.mayUnseal(sealed, true, ROOT_HIGH, TYPE + 1n)).toBe(false);
    expect(library.mayUnseal(ROOT_HIGH, true, ROOT_HIGH, 0x3ffffn)).toBe(false);
  });

  test("to rebuild covers exactly the patterns that bounds setting makes within it", () => {
    const { high } = library.setBounds(ROOT_HIGH, 0x4000n, 0x5000n);
    expect(library.mayBuild(true, ROOT_HIGH, 0n, high, 0x4000n)).toBe(true);
    expect(library.mayBuild(false, ROOT_HIGH, 0n, high, 0x4000n)).toBe(false);
    expect(library.mayBuild(true, high, 0x4000n, ROOT_HIGH, 0n)).toBe(false);
    // The bounds of root, with an exponent that means the same but that nothing sets.
    expect(library.bounds(ROOT_HIGH | 1n, 0n)).toEqual(library.bounds(ROOT_HIGH, 0n));
    expect(library.mayBuild(true, ROOT_HIGH, 0n, ROOT_HIGH, 0n)).toBe(true);
    expect(library.mayBuild(true, ROOT_HIGH, 0n, ROOT_HIGH | 1n, 0n)).toBe(false);
    // Reserved bits that the authority does not have.
    expect(library.mayBuild(true, ROOT_HIGH, 0n, high | (1n << 46n), 0x4000n)).toBe(false);
  });

  test("of a subset is compared with bit 64 of both tops", () => {
    const high = library.setBounds(ROOT_HIGH, 0n, 2n ** 64n - 1n).high;
    expect(library.bounds(high, 0n).top).toBe(2n ** 64n);
    const half = library.setBounds(ROOT_HIGH, 0n, 2n ** 63n).high;
    expect(library.isSubset(ROOT_HIGH, 0n, half, 0n)).toBe(true);
    expect(library.isSubset(half, 0n, ROOT_HIGH, 0n)).toBe(false);
    expect(library.isSubset(ROOT_HIGH & ~(1n << 48n), 0n, half, 0n)).toBe(false);
  });
});
