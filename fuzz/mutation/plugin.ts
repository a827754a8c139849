/** Loaded by StrykerJS: adds our mutators to its own, for which it has no other way in. */
import { mutators, type SyntaxPath, takeCastsOff } from "./mutators.ts";

const from = new URL(
  "dist/src/mutators/mutate.js",
  import.meta.resolve("@stryker-mutator/instrumenter/package.json"),
);
const { allMutators } = (await import(from.href)) as { allMutators: unknown[] };
allMutators.push(...mutators);

/** Asked at every node, before what belongs to it is looked at, whether to leave it out: never. */
export const casts = {
  shouldIgnore(path: SyntaxPath): undefined {
    takeCastsOff(path);
  },
};

/** What StrykerJS looks for in a plug-in. */
export const strykerPlugins = [{ kind: "Ignore", name: "casts", value: casts }];
