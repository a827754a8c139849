import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import { layoutFor } from "../../impl/engine/layout.ts";
import { type Patch, variantOf } from "../variant/variant.ts";
import { roster } from "./roster.ts";

type Emission = typeof import("../../impl/engine/machine.ts");

/** One run loop says as much as all five, and is made much faster. */
const oneLoop: Patch = {
  file: "impl/engine/machine.ts",
  from: "Object.entries(variants)",
  to: "Object.entries(variants).slice(0, 1)",
};

/** The module that the engine's emitter makes with these changes, as a short text. */
async function moduleWith(patches: readonly Patch[]): Promise<string> {
  const { emitMachine } = await variantOf([...patches, oneLoop]).load<Emission>(oneLoop.file);
  return createHash("sha256")
    .update(emitMachine(layoutFor(0x1_0000)).bytes)
    .digest("hex");
}

describe("the roster of planted faults", () => {
  test("has faults of every class and of every difficulty", () => {
    const kinds = new Map<string, number>();
    for (const { kind } of roster) kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
    expect(Object.fromEntries(kinds)).toMatchInlineSnapshot(`
      {
        "control flow": 3,
        "encoding and bounds": 27,
        "permissions and authority": 11,
        "sealing": 8,
        "system state": 4,
        "tags and memory": 12,
      }
    `);
    expect(new Set(roster.map(({ difficulty }) => difficulty))).toEqual(new Set([1, 2, 3, 4, 5]));
  });

  test("says of each fault where it was made, what it does and what should notice it", () => {
    expect(new Set(roster.map(({ id }) => id)).size).toBe(roster.length);
    for (const { source, effect, expect: catchers } of roster) {
      expect(source).toMatch(/^([\w-]+\/[\w-]+|none known$)/);
      expect(effect.length).toBeGreaterThan(10);
      expect(catchers.length).toBeGreaterThan(0);
    }
  });

  test("each fault changes the engine, and each in its own way", async () => {
    const modules = [await moduleWith([])];
    for (const { impl } of roster) modules.push(await moduleWith(impl));
    expect(new Set(modules).size).toBe(roster.length + 1);
  });
});
