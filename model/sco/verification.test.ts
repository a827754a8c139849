import { describe, expect, test } from "vitest";
import { EXPORT_SIZE, HEADER_SIZE, limits } from "./format.ts";
import { buildObject, type Row, type Sample } from "./sample-object.ts";
import { byConstruction, rules, verify } from "./verification.ts";

const sample: Sample = {
  functions: { one: `@cls c5 16 16\ncjalr c0, 0(c1)`, two: "@pool c5 0\n@pool c6 1\ncjalr c0, 0(c1)" },
  pool: [{ target: 0, size: 16, addend: 16 }, "one"],
  rodata: new Uint8Array(32),
  init: new Uint8Array(32),
  bss: 48,
  imports: ["other"],
  relocations: [
    [1, 1, 16, 0, 16, 0],
    [4, 2, 0, 16, 16, 0],
    [5, 2, 16, 16, 16, 16],
    [6, 2, 32, 0, 32, 0],
  ],
};
const good = buildObject(sample);
const reasonOf = (bytes: Uint8Array) => {
  const verdict = verify(bytes);
  return verdict.ok ? 0 : verdict.reason;
};

/** The reason with bytes of the good file replaced. */
function patched(at: number, ...bytes: number[]): number {
  const copy = good.slice();
  copy.set(bytes, at < 0 ? copy.length + at : at);
  return reasonOf(copy);
}

/** The reason with one more relocation, or with others for the state. */
function withRows(...rows: Row[]): number {
  return reasonOf(buildObject({ ...sample, relocations: [...sample.relocations!, ...rows] }));
}

const exportsAt = HEADER_SIZE + 80 + 32 + 32;
const relocationsAt = exportsAt + 2 * EXPORT_SIZE + 8;

describe("an object", () => {
  test("that is well-formed is accepted, with all its parts (O)", () => {
    const verdict = verify(good);
    expect(verdict.ok && verdict.object).toMatchObject({
      stateSize: 80,
      exports: [
        { name: "one", offset: 32 },
        { name: "two", offset: 48 },
      ],
      imports: ["other"],
    });
    expect(verdict.ok && verdict.object.relocations).toHaveLength(7);
    expect(verdict.ok && [verdict.object.text.length, verdict.object.rodata.length]).toEqual([80, 32]);
  });

  test("whose header is another is refused: V1", () => {
    const header = [0, 4, 6, 8, 12, 16, 20, 24, 28, 32, 36, 40, 44];
    for (const at of header) expect([at, patched(at, 0xff)]).toEqual([at, 1]);
    // Of 64 KiB of state and more, of a segment that is no whole number of slots, of sizes that wrap.
    expect(patched(20, 0, 0, 1)).toBe(1);
    expect(patched(20, 0x31)).toBe(1);
    expect(patched(16, 0xf0, 0xff, 0xff, 0xff)).toBe(1);
    expect(reasonOf(good.subarray(0, -1))).toBe(1);
    expect(reasonOf(Uint8Array.of(...good, 0))).toBe(1);
    expect(reasonOf(new Uint8Array(0))).toBe(1);
    expect(reasonOf(new Uint8Array(limits.file + 1))).toBe(1);
    expect(patched(-1, 0x2f)).toBe(1);
    expect(patched(exportsAt + 4, 0)).toBe(1);
    expect(patched(exportsAt + 4, 12)).toBe(1);
    expect(patched(exportsAt, 0xff, 0xff, 0xff, 0xff)).toBe(1);
  });

  test("at whose end any length is missing is refused, without harm (I-98)", () => {
    for (let length = 0; length < good.length; length++) expect(reasonOf(good.subarray(0, length))).toBe(1);
  });

  test("whose bounds would be rounded is refused: V2", () => {
    const big = (text: number, rodata: number) =>
      reasonOf(
        buildObject({
          functions: { one: ".4byte 0x13\n".repeat(text / 4) },
          rodata: new Uint8Array(rodata),
        }),
      );
    expect(big(8192, 8208)).toBe(0);
    expect(big(16400, 16)).toBe(2);
    expect(big(16, 16400)).toBe(2);
    expect(big(16416, 16416)).toBe(0);
    expect(withRows([4, 2, 64, 0, 4097, 0])).toBe(2);
    expect(withRows([4, 2, 64, 4, 4096, 0])).toBe(2);
    expect(withRows([5, 2, 64, 0, 0xffffffff, 0])).toBe(2);
  });

  test("that asks for more in a reserved field is refused: V3", () => {
    expect(patched(exportsAt + 12, 1)).toBe(3);
    expect(patched(relocationsAt + 1, 3)).toBe(3);
    expect(patched(relocationsAt + 2, 1)).toBe(3);
  });

  test("with a place that is not its own is refused: V4", () => {
    expect(withRows([7, 2, 64, 0, 16, 0])).toBe(4);
    expect(withRows([0, 2, 64, 0, 16, 0])).toBe(4);
    expect(withRows([4, 2, 72, 0, 16, 0])).toBe(4);
    expect(withRows([4, 2, 80, 0, 16, 0])).toBe(4);
    expect(withRows([4, 2, 0xfffffff0, 0, 16, 0])).toBe(4);
    expect(withRows([4, 2, 48, 0, 16, 0])).toBe(4);
    expect(withRows([6, 2, 64, 0, 32, 0])).toBe(4);
    expect(withRows([3, 0, 38, 16, 16, 0])).toBe(4);
    expect(withRows([3, 0, 40, 16, 16, 0])).toBe(4);
    expect(withRows([4, 2, 64, 0, 16, 0])).toBe(0);
  });

  test("that leads outside itself is refused: V5", () => {
    expect(withRows([4, 2, 64, 80, 16, 0])).toBe(5);
    expect(withRows([4, 2, 64, 64, 16, 16])).toBe(0);
    expect(withRows([4, 2, 64, 64, 16, 17])).toBe(5);
    expect(withRows([5, 2, 64, 32, 16, 0])).toBe(5);
    expect(withRows([4, 2, 64, 0xfffffff0, 16, 0])).toBe(5);
    expect(withRows([2, 1, 0, 80, 0, 0])).toBe(5);
    expect(withRows([2, 1, 0, 33, 0, 0])).toBe(5);
    expect(withRows([2, 1, 0, 32, 16, 0])).toBe(5);
    expect(withRows([2, 1, 0, 32, 0, 0])).toBe(0);
  });

  test("whose shared part would lead to a state, or the reverse, is refused: V6", () => {
    expect(withRows([1, 2, 64, 0, 16, 0])).toBe(6);
    expect(withRows([2, 2, 64, 32, 0, 0])).toBe(6);
    expect(withRows([3, 2, 64, 16, 16, 0])).toBe(6);
    expect(withRows([4, 1, 0, 0, 16, 0])).toBe(6);
    expect(withRows([5, 1, 0, 0, 16, 0])).toBe(6);
    const noText = { ...sample, pool: ["one", "one"], relocations: [] } as const;
    expect(reasonOf(buildObject({ ...noText, relocations: [[6, 1, 0, 0, 32, 0]] }))).toBe(6);
  });

  test("that is entered elsewhere than at an instruction is refused: V7", () => {
    expect(patched(exportsAt + 8, 33)).toBe(7);
    expect(patched(exportsAt + 8, 80)).toBe(7);
    expect(patched(exportsAt + 8, 78)).toBe(0);
  });

  test("whose CLS accesses are not those of one variable is refused: V9", () => {
    const access = (lines: string, row: Row) =>
      reasonOf(buildObject({ functions: { one: lines }, bss: 32, relocations: [row] }));
    const text = "lc c5, 992(c26)\ncincoffsetimm c5, c5, 16\ncsetboundsimm c5, c5, 16";
    const row: Row = [3, 0, 0, 16, 16, 0];
    expect(access(text, row)).toBe(0);
    const changes = [
      ["lc", "sc"],
      ["(c26)", "(c25)"],
      ["c5", "c26"],
      ["c5", "c0"],
      ["lc c5", "lc c6"],
      ["cincoffsetimm c5", "cincoffsetimm c6"],
      ["cincoffsetimm c5, c5", "cincoffsetimm c5, c6"],
      ["csetboundsimm c5, c5", "csetboundsimm c5, c6"],
      ["csetboundsimm", "cincoffsetimm"],
      [", 16\n", ", 0\n"],
    ] as const;
    for (const [from, to] of changes)
      expect([from, access(text.replaceAll(from, to), row)]).toEqual([from, 9]);
    expect(access(text, [3, 0, 0, 16, 15, 0])).toBe(9);
    expect(access(text, [3, 0, 0, 0, 16, 0])).toBe(9);
    expect(access(text, [3, 0, 0, 16, 16, 1])).toBe(9);
    expect(access(text.replaceAll(", 16", ", 17"), [3, 0, 0, 17, 17, 0])).toBe(9);
    expect(access(text.replace(", 16\n", ", -1\n"), [3, 0, 0, 0xffffffff, 16, 0])).toBe(9);
  });

  test("whose imports have not one place each is refused: V10", () => {
    const imported = (...rows: Row[]) =>
      reasonOf(buildObject({ ...sample, imports: ["one", "two"], bss: 80, relocations: rows }));
    expect(imported([6, 2, 0, 0, 32, 0], [6, 2, 32, 1, 32, 0])).toBe(0);
    expect(imported([6, 2, 0, 0, 32, 0], [6, 2, 32, 0, 32, 0])).toBe(10);
    expect(imported([6, 2, 0, 2, 32, 0])).toBe(10);
    expect(imported([6, 2, 0, 0, 16, 0])).toBe(10);
    expect(imported([6, 2, 0, 0, 32, 16])).toBe(10);
  });
});

test("each check has one name and one reason, and together they are the twelve", () => {
  const names = [...rules, ...byConstruction].map(({ name }) => Number(/^V(\d+): /.exec(name)![1]));
  expect([1, ...names].sort((one, other) => one - other)).toEqual(
    Array.from({ length: 12 }, (_, at) => at + 1),
  );
  for (const { reason, name } of rules) expect(name.startsWith(`V${reason}: `)).toBe(true);
});
