import { describe, expect, test } from "vitest";
import { assembleProgram } from "../../model/isa/index.ts";
import type { Patch } from "./variant.ts";
import { variantOf } from "./variant.ts";

const ADDRESS = "model/capability/address.ts";
const REFERENCE = "model/machine/reference.ts";

/** CIncOffset keeps the tag of what cannot be represented. */
const lax: Patch = {
  file: ADDRESS,
  from: "return clearTagIf(result, !isRepresentableFast(format, cap, address));",
  to: "return result;",
};

type Reference = typeof import("../../model/machine/reference.ts");

/** A capability of 16 bytes whose address goes far away. */
const { words } = assembleProgram(`
  csetboundsimm c1, c1, 16
  addi x2, x0, 1
  slli x2, x2, 40
  cincoffset c1, c1, x2
`);

/** Whether it still has its tag. */
async function keepsTag(...patches: Patch[]): Promise<boolean> {
  const model = (await variantOf(patches).load<Reference>(REFERENCE)).createModel();
  for (const word of words) model.inject(word);
  return model.state().registers[1]!.tag;
}

describe("a variant", () => {
  test("without patches is the project as it is", async () => {
    expect(await keepsTag()).toBe(false);
  });

  test("with a patch differs in what was patched, and leaves the other variants alone", async () => {
    expect(await keepsTag(lax)).toBe(true);
    expect(await keepsTag()).toBe(false);
  });

  test("has one instance of a module, however often it is made", async () => {
    const first = await variantOf([lax]).load<Reference>(REFERENCE);
    expect(await variantOf([lax]).load<Reference>(REFERENCE)).toBe(first);
    expect(await variantOf([]).load<Reference>(REFERENCE)).not.toBe(first);
  });

  test("shares with others what imports nothing that was patched, and nothing else", async () => {
    const load = <T>(file: string, ...patches: Patch[]) => variantOf(patches).load<T>(file);
    const far = "model/capability/permission.ts";
    expect(await load(far, lax)).toBe(await load(far));
    expect(await load(ADDRESS, lax)).not.toBe(await load(ADDRESS));
    expect(await load(REFERENCE, lax)).not.toBe(await load(REFERENCE));
  });

  test("is named by its sources: equal ones have the same folder, however they were made", () => {
    const rewritten = variantOf([], (file, source) =>
      file === ADDRESS ? source.replace(lax.from, lax.to) : source,
    );
    expect(rewritten.folder).toBe(variantOf([lax]).folder);
    expect(rewritten.folder).not.toBe(variantOf([]).folder);
    expect(rewritten.source(ADDRESS)).toBe(variantOf([lax]).source(ADDRESS));
  });

  test("has patches made one after the other, and taken literally", () => {
    const steps = [
      lax,
      { file: ADDRESS, from: "return result;\n}\n\n/** Adds", to: "return $&$1;\n}\n\n/** Adds" },
    ];
    expect(variantOf(steps).source(ADDRESS)).toContain("return $&$1;\n}\n\n/** Adds");
  });

  test("can be loaded twice at once", async () => {
    const patch = { ...lax, to: `return result; // ${process.pid}` };
    const load = () => variantOf([patch]).load<Reference>(REFERENCE);
    const [one, other] = await Promise.all([load(), load()]);
    expect(one).toBe(other);
  });
});

describe("a patch is refused", () => {
  test.each<[string, Patch, string]>([
    [
      "that is not in its file",
      { ...lax, from: "no such text" },
      `${ADDRESS}: expected exactly once, found 0`,
    ],
    ["that is there several times", { ...lax, from: "return" }, `${ADDRESS}: expected exactly once, found`],
    ["of a file that is not there", { ...lax, file: "model/none.ts" }, "model/none.ts: there is no such"],
  ])("%s", (_name, patch, message) => {
    expect(() => variantOf([patch])).toThrow(message);
  });

  test("that leaves no TypeScript", async () => {
    const broken = variantOf([{ ...lax, to: "return (;" }]);
    await expect(broken.load(REFERENCE)).rejects.toThrow(`${ADDRESS}: Expression expected`);
  });
});
