import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInstrumenter } from "@stryker-mutator/instrumenter";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { casts } from "./plugin.ts";

const ours = ["BitOperator", "Literal", "SwappedArguments"];
let folder = "";

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "capwright-mutators-"));
  writeFileSync(
    join(folder, "tsconfig.json"),
    '{ "compilerOptions": { "strict": true, "target": "ES2023" } }',
  );
});
afterAll(() => rmSync(folder, { recursive: true }));

/** Our mutants of a source, as StrykerJS finds them with the plug-in: what stands at a place, and what instead. */
async function mutantsOf(content: string): Promise<string[]> {
  const name = join(folder, "source.ts");
  writeFileSync(name, content);
  const options = { plugins: null, excludedMutations: [], ignorers: [casts], noHeader: false };
  const { mutants } = await instrumenter().instrument([{ name, content, mutate: true }], options);
  const lines = content.split("\n");
  return mutants
    .filter(({ mutatorName }) => ours.includes(mutatorName))
    .map(({ location: { start, end }, replacement }) => {
      const text = lines[start.line]!.slice(start.column, end.column);
      return `${text} -> ${replacement}`;
    });
}

type Injector = Parameters<typeof createInstrumenter>[0];

/** As much of StrykerJS's injector as its instrumenter asks for. */
function instrumenter(): ReturnType<typeof createInstrumenter> {
  const logger = { debug() {}, info() {}, warn() {}, isDebugEnabled: () => false };
  const injector = {
    provideValue: () => injector,
    provideFactory: () => injector,
    injectFunction: (make: (injector: unknown) => unknown) => make(injector),
    injectClass: (Made: new (...given: unknown[]) => unknown) => new Made(logger, injector.parser),
    resolve: () => logger,
    parser: undefined as unknown,
  };
  return createInstrumenter(injector as unknown as Injector);
}

describe("mutators", () => {
  test("turn bit operators and shifts into one another", async () => {
    expect(await mutantsOf("export const f = (a: number, b: number) => [a & b, a | b, a ^ b];")).toEqual([
      "a & b -> a | b",
      "a | b -> a & b",
      "a ^ b -> a & b",
    ]);
    expect(await mutantsOf("export const f = (a: number) => [a << a, a >> a, a >>> a, a + a];")).toEqual([
      "a << a -> a >> a",
      "a >> a -> a << a",
      "a >>> a -> a >> a",
    ]);
  });

  test("make numbers one more and one less", async () => {
    expect(await mutantsOf("export const f = [5, 0n, 0x10n];")).toEqual([
      "5 -> 6",
      "5 -> 4",
      "0n -> 1n",
      "0n -> -1n",
      "0x10n -> 0x11n",
      "0x10n -> 0xfn",
    ]);
  });

  test("make masks a bit wider and narrower: hexadecimal ones, and what is combined with an operator", async () => {
    expect(await mutantsOf("export const f = [0xffn, 7];")).toEqual([
      "0xffn -> 0x1ffn",
      "0xffn -> 0x7fn",
      "7 -> 8",
      "7 -> 6",
    ]);
    expect((await mutantsOf("export const f = (a: bigint) => a & 3n;")).slice(1)).toEqual([
      "3n -> 7n",
      "3n -> 1n",
    ]);
  });

  test("leave alone what is a name or a type, not what belongs to a name", async () => {
    expect(await mutantsOf("export const f: { 1: 5 | 6 } = { 1: 5 }; export type T = 3;")).toEqual([
      "5 -> 6",
      "5 -> 4",
    ]);
    expect(await mutantsOf("export const f = 0.5;")).toEqual([]);
  });

  // StrykerJS by itself takes a table of constants for a type.
  test("see what is cast", async () => {
    expect(await mutantsOf("export const f = { at: 5 } as const; export const g = f as unknown;")).toEqual([
      "5 -> 6",
      "5 -> 4",
    ]);
    expect(await mutantsOf("export const f = (a: unknown) => (a as number) & (2 as number);")).toEqual([
      "(a as number) & (2 as number) -> a | 2",
      "2 -> 3",
      "2 -> 1",
    ]);
  });

  test("swap neighbours in a call when both have one type, and are not the same", async () => {
    const source = [
      "declare function g(a: number, b: number, c: string): void;",
      "export const f = (x: number, y: number, z: string) => {",
      "  g(x, y, z);",
      "  g(x, x, z);",
      "  g(x + y, y, z);",
      "  Math.max(x, y);",
      "};",
    ].join("\n");
    expect(await mutantsOf(source)).toEqual(["g(x, y, z) -> g(y, x, z)", "g(x + y, y, z) -> g(y, x + y, z)"]);
  });
});
