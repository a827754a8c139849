import { describe, expect, test } from "vitest";
import { verify } from "./verifier.ts";

/** Offsets in the file below. */
const [TEXT, EXPORT, IMPORT, RELOCATION, STRINGS] = [48, 160, 176, 184, 264] as const;
const [NAME, FLAGS, ENTRY] = [EXPORT, EXPORT + 12, EXPORT + 8] as const;
const SECOND = RELOCATION + 20;
const THIRD = RELOCATION + 40;
const FOURTH = RELOCATION + 60;

/** Text of 48 bytes, read-only data and state of 32 and 48 bytes, with four relocations: of kinds 3, 1, 4 and 6. */
function sample(): Uint8Array {
  const file = new Uint8Array(STRINGS + 8);
  const view = new DataView(file.buffer);
  const words = (at: number, ...values: readonly number[]) => {
    for (const [index, value] of values.entries()) view.setUint32(at + 4 * index, value, true);
  };
  file.set(Buffer.from("CWOB"));
  words(4, 0x0001_0001, 48, 32, 32, 16, 1, 1, 4, 8);
  // lc c5, 0(c26); cincoffsetimm c5, c5, 8; csetboundsimm c5, c5, 4
  words(TEXT, 0x000d_228f, 0x0082_92db, 0x0042_a2db);
  words(EXPORT, 0, 4, 0, 0);
  words(IMPORT, 4, 4);
  words(RELOCATION, 0x0000_0003, 0, 8, 4, 0);
  words(SECOND, 0x0000_0001, 32, 8, 8, 8);
  words(THIRD, 0x0000_0204, 32, 0, 48, 16);
  words(FOURTH, 0x0000_0206, 0, 0, 32, 0);
  file.set(Buffer.from("mainhook"), STRINGS);
  return file;
}

/** The reason for which the sample is refused with some of its words changed, by their offsets. */
function reason(changes: Readonly<Record<number, number>>): number {
  const file = sample();
  const view = new DataView(file.buffer);
  for (const [at, value] of Object.entries(changes)) view.setUint32(Number(at), value, true);
  return verify(file);
}

describe("the checks of an object", () => {
  test("find nothing against one that is well formed", () => {
    expect(verify(sample())).toBe(0);
  });

  test.each([
    ["the magic", 0, 0],
    ["the version", 4, 0x0001_0002],
    ["the algorithm", 4, 0x0002_0001],
    ["what is reserved", 44, 1],
    ["a size that is no multiple of 16", 20, 8],
    ["a size beyond every limit", 8, 0xffff_fff0],
    ["a count beyond every limit", 32, 1025],
    ["a length other than the file has", 36, 7],
    ["a name that is too long", NAME + 4, 32],
    ["a name beyond the strings", NAME, 5],
    ["a name with other characters", STRINGS, 0x6e69_0a6d],
  ])("1: refuse %s", (_, at, value) => {
    expect(reason({ [at]: value })).toBe(1);
  });

  test("1: refuse what has no whole header, and nothing at all", () => {
    expect([verify(new Uint8Array()), verify(sample().subarray(0, 47))]).toEqual([1, 1]);
  });

  test("2: refuse a pointer whose bounds cannot be exact", () => {
    expect(reason({ [SECOND + 12]: 4097 })).toBe(2);
  });

  test.each([
    ["an export with flags", FLAGS, 1],
    ["a segment that there is not", RELOCATION, 0x0000_0303],
    ["what is reserved of a relocation", RELOCATION, 0x0001_0003],
  ])("3: refuse %s", (_, at, value) => {
    expect(reason({ [at]: value })).toBe(3);
  });

  test.each([
    ["a kind that there is not", RELOCATION, 7],
    ["a place that is not aligned", SECOND + 4, 40],
    ["a place that does not end in its segment", THIRD + 4, 48],
    ["a place that wraps", THIRD + 4, 0xffff_fff0],
    ["a place that is taken", THIRD + 4, 16],
  ])("4: refuse %s", (_, at, value) => {
    expect(reason({ [at]: value })).toBe(4);
  });

  test.each([
    ["a target beyond its segment", SECOND + 8, 32],
    ["a target that wraps", SECOND + 8, 0xffff_ffff],
    ["an address beyond one past the end", SECOND + 16, 9],
  ])("5: refuse %s", (_, at, value) => {
    expect(reason({ [at]: value })).toBe(5);
  });

  test("6: refuse a kind that its segment does not have", () => {
    expect(reason({ [SECOND]: 0x0000_0004 })).toBe(6);
    expect(reason({ [THIRD]: 0x0000_0201, [THIRD + 12]: 16 })).toBe(6);
  });

  test("7: refuse an export outside the code, or at an odd place", () => {
    expect([reason({ [ENTRY]: 48 }), reason({ [ENTRY]: 1 })]).toEqual([7, 7]);
  });

  test.each([
    ["another instruction", TEXT, 0x0000_0013],
    ["another table", TEXT, 0x0005_228f],
    ["another register on the way", TEXT + 4, 0x0083_12db],
    ["another offset", RELOCATION + 8, 12],
    ["another size", TEXT + 8, 0x0082_a2db],
    ["no size", RELOCATION + 12, 0],
  ])("9: refuse a sequence with %s", (_, at, value) => {
    expect(reason({ [at]: value })).toBe(9);
  });

  test("9: refuse a variable that is not in the state", () => {
    expect(reason({ [RELOCATION + 8]: 46, [TEXT + 4]: 0x02e2_92db })).toBe(9);
  });

  test("10: refuse an import that there is not, or of another size", () => {
    expect([reason({ [FOURTH + 8]: 1 }), reason({ [FOURTH + 12]: 16 })]).toEqual([10, 10]);
  });
});
