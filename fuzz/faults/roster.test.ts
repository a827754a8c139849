import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import { faultIds, faultsOf } from "../../impl/engine/fault.ts";
import { createEngine } from "../../impl/engine/index.ts";
import { layoutFor } from "../../impl/engine/layout.ts";
import { emitMachine } from "../../impl/engine/machine.ts";
import { roster } from "./roster.ts";

/** The emitted module of an engine with these faults, as a short text. */
function moduleOf(...names: string[]): string {
  const { bytes } = emitMachine(layoutFor(0x1_0000), faultsOf(names));
  return createHash("sha256").update(bytes).digest("hex");
}

describe("the roster of planted faults", () => {
  test("names exactly the faults that an engine can be emitted with", () => {
    expect(roster.map(({ id }) => id)).toEqual([...faultIds]);
    expect(new Set(faultIds).size).toBe(faultIds.length);
  });

  test("has faults of every class and of every difficulty", () => {
    const kinds = new Map<string, number>();
    for (const { kind } of roster) kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
    expect(Object.fromEntries(kinds)).toMatchInlineSnapshot(`
      {
        "control flow": 3,
        "encoding and bounds": 15,
        "permissions and authority": 11,
        "sealing": 8,
        "system state": 4,
        "tags and memory": 6,
      }
    `);
    expect(new Set(roster.map(({ difficulty }) => difficulty))).toEqual(new Set([1, 2, 3, 4, 5]));
  });

  test("says of each fault where it was made and what it does", () => {
    for (const { source, effect } of roster) {
      expect(source).toMatch(/^[\w-]+\/[\w-]+/);
      expect(effect.length).toBeGreaterThan(10);
    }
  });

  test("each fault changes the engine, and each in its own way", () => {
    const sound = moduleOf();
    const planted = roster.map(({ id }) => moduleOf(id));
    expect(planted).not.toContain(sound);
    expect(new Set(planted).size).toBe(roster.length);
  });
});

describe("an engine", () => {
  test("without faults is the same, byte for byte, every time it is emitted", () => {
    const layout = layoutFor(0x1_0000);
    const { bytes } = emitMachine(layout, new Set());
    expect(emitMachine(layout, faultsOf([])).bytes).toEqual(bytes);
  });

  test("refuses the name of a fault that is not planted anywhere", () => {
    expect(() => createEngine({ faults: new Set(["E01", "E99"]) })).toThrow(RangeError);
    expect(() => createEngine({ faults: new Set(["E99"]) })).toThrow("E99");
  });
});
