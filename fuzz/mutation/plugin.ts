/** Loaded by StrykerJS: adds our mutators to its own, for which it has no other way in. */
import { mutators } from "./mutators.ts";

const from = new URL(
  "dist/src/mutators/mutate.js",
  import.meta.resolve("@stryker-mutator/instrumenter/package.json"),
);
const { allMutators } = (await import(from.href)) as { allMutators: unknown[] };
allMutators.push(...mutators);

/** What StrykerJS looks for in a plug-in. */
export const strykerPlugins = [];
