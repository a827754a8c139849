import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import { layoutFor } from "../../impl/engine/layout.ts";
import { type Patch, variantOf } from "../variant/variant.ts";
import { notPlanted, roster } from "./roster.ts";

type Capabilities = typeof import("../../impl/capability/functions.ts");
type Formats = typeof import("../../impl/capability/format.ts");
type Modules = typeof import("../../impl/wasm/module.ts");
type Emission = typeof import("../../impl/engine/machine.ts");

/** One run loop says as much as all five, and is made much faster. */
const oneLoop: Patch = {
  file: "impl/engine/machine.ts",
  from: "Object.entries(variants)",
  to: "Object.entries(variants).slice(0, 1)",
};

/** What is emitted with these changes: the capability functions alone if no other file is changed. */
function moduleWith(patches: readonly Patch[]): Promise<Uint8Array> {
  const isOfCapabilities = patches.every(({ file }) => file.startsWith("impl/capability/"));
  return isOfCapabilities ? capabilitiesWith(patches) : engineWith(patches);
}

function digest(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

async function capabilitiesWith(patches: readonly Patch[]): Promise<Uint8Array> {
  const variant = variantOf(patches);
  const { defineCapability } = await variant.load<Capabilities>("impl/capability/functions.ts");
  const { RV64 } = await variant.load<Formats>("impl/capability/format.ts");
  const { ModuleBuilder } = await variant.load<Modules>("impl/wasm/module.ts");
  const module = new ModuleBuilder();
  defineCapability(module, RV64);
  return module.assemble(1);
}

/** With the code of resets, which is not emitted. */
async function engineWith(patches: readonly Patch[]): Promise<Uint8Array> {
  const variant = variantOf([...patches, oneLoop]);
  const { emitMachine } = await variant.load<Emission>(oneLoop.file);
  const resets = Buffer.from(variant.source("impl/engine/registers.ts"));
  return Buffer.concat([emitMachine(layoutFor(0x1_0000)).bytes, resets]);
}

describe("the roster of planted faults", () => {
  test("has faults of every class and of every difficulty", () => {
    const kinds = new Map<string, number>();
    for (const { kind } of roster) kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
    expect(Object.fromEntries(kinds)).toMatchInlineSnapshot(`
      {
        "control flow": 11,
        "encoding and bounds": 27,
        "permissions and authority": 29,
        "sealing": 31,
        "system state": 7,
        "tags and memory": 12,
      }
    `);
    expect(new Set(roster.map(({ difficulty }) => difficulty))).toEqual(new Set([1, 2, 3, 4, 5]));
  });

  test("says of each fault where it was made, what it does and what should notice it", () => {
    expect(new Set(roster.map(({ id }) => id)).size).toBe(roster.length);
    for (const { source, effect, expect: catchers } of roster) {
      expect(source).toMatch(/^([\w-]+\/[\w-]+|none known(;|$))/);
      expect(effect.length).toBeGreaterThan(10);
      expect(catchers.length).toBeGreaterThan(0);
    }
  });

  test("each fault changes what the engine emits, and each in its own way", async () => {
    const modules = [await capabilitiesWith([]), await engineWith([])].map(digest);
    for (const { impl } of roster) modules.push(digest(await moduleWith(impl)));
    expect(new Set(modules).size).toBe(roster.length + 2);
  });

  test("each fault changes the model, and each in its own way; what is left is TypeScript", async () => {
    const folders = new Set([variantOf([]).folder]);
    for (const { model } of roster) {
      const variant = variantOf(model);
      folders.add(variant.folder);
      for (const { file } of model) await variant.load(file);
    }
    expect(folders.size).toBe(roster.length + 1);
  });

  test("says of what is not planted why", () => {
    const planted = new Set(roster.map(({ id }) => id));
    for (const { id, reason } of notPlanted) {
      expect(planted.has(id), id).toBe(false);
      expect(reason.length).toBeGreaterThan(10);
    }
  });
});
