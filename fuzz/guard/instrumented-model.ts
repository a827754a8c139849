/**
 * The model with its guards counted: a variant of the project, so that the model itself has no code for it.
 */
import { posix } from "node:path";
import { type Patch, type Variant, variantOf } from "../variant/variant.ts";
import { callGraph, nodeOf } from "./call-graph.ts";
import { instrumented } from "./instrument.ts";
import type { Guard } from "./place.ts";
import { during, STEP, type Tally, type tally } from "./tally.ts";

type Reference = typeof import("../../model/machine/reference.ts");

const REFERENCE = "model/machine/reference.ts";
const TALLY = "fuzz/guard/tally.ts";
const DEFINE = "model/isa/define.ts";

const PART = /^model\/(capability|isa|machine)\//;

/**
 * Files there without a part in what an instruction does: the forms of definitions, and what is derived from
 * them (decoder, encoder, texts, generator); constants that are worked out once.
 */
const APART: ReadonlySet<string> = new Set([
  ..."assemble codec decode define disassemble holes index names pattern random-word syntax"
    .split(" ")
    .map((name) => `model/isa/${name}.ts`),
  "model/capability/format.ts",
]);

/** Counts what an instruction decides under its name. */
const counting: readonly Patch[] = [
  {
    file: DEFINE,
    from: '    execute: execute as Instruction["execute"],',
    to: `    execute: guardTally.${during.name}(name, execute as Instruction["execute"]),`,
  },
  {
    file: DEFINE,
    from: "import type { Trap }",
    to: `import * as guardTally from "../../${TALLY}";\nimport type { Trap }`,
  },
];

export interface InstrumentedModel {
  readonly createModel: Reference["createModel"];
  /** Imports a module of the instrumented model by the name of its source. */
  readonly load: Variant["load"];
  /** By their numbers. */
  readonly guards: readonly Guard[];
  /** What the models made so far have decided. */
  readonly tally: Tally;
  /** The numbers of the guards that an instruction, or `STEP`, may come to. Empty for any other name. */
  guardsOf(row: string): readonly number[];
}

/**
 * The model, with these patches made before. A process has one copy of each: models made of it share their
 * counts.
 */
export async function instrumentedModel(patches: readonly Patch[] = []): Promise<InstrumentedModel> {
  const guards: Guard[] = [];
  const sources = new Map<string, string>();
  const variant = variantOf([...patches, ...counting], (file, source) => {
    // Changed in name only: variants share what is not changed, and counts are each one's own.
    if (file === TALLY) return `${source}// ${JSON.stringify(patches)}\n`;
    if (!PART.test(file) || APART.has(file)) return source;
    sources.set(file, source);
    const specifier = posix.relative(posix.dirname(file), TALLY);
    const result = instrumented(file, source, specifier, guards.length);
    guards.push(...result.guards);
    return result.source;
  });
  const { createModel } = await variant.load<Reference>(REFERENCE);
  const own = await variant.load<{ readonly tally: typeof tally }>(TALLY);
  return { createModel, load: variant.load, guards, tally: own.tally(), guardsOf: reachOf(guards, sources) };
}

function reachOf(guards: readonly Guard[], sources: ReadonlyMap<string, string>) {
  const graph = callGraph(sources);
  const nodes = guards.map(({ file, owner }) => nodeOf(file, owner));
  const numbers = new Map<string, readonly number[]>();
  for (const [name, root] of [...graph.roots, [STEP, nodeOf(REFERENCE, "step")] as const]) {
    const reached = graph.from(root);
    numbers.set(
      name,
      nodes.flatMap((node, guard) => (reached.has(node) ? [guard] : [])),
    );
  }
  return (row: string) => numbers.get(row) ?? [];
}
