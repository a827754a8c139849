/** Changes of the sources of same-page merging, file by file. */
import type { Patch } from "../variant/variant.ts";

type Change = (from: string, to: string) => Patch;

export function change(file: string): Change {
  return (from, to) => ({ file, from, to });
}

/** Changes of the files of the implementation. */
export const [scanner, memory, machine, stable, breaking] = [
  "scanner",
  "memory",
  "machine",
  "stable",
  "breaking",
].map((name) => change(`impl/ksm/${name}.ts`)) as [Change, Change, Change, Change, Change];

/** Changes of the files of the reference. */
export const [scan, pages, spaces, content, knobs] = ["scan", "memory", "spaces", "content", "knobs"].map(
  (name) => change(`model/ksm/${name}.ts`),
) as [Change, Change, Change, Change, Change];
