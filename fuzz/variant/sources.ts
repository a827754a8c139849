import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** Text of source files by their name from the root: `model/isa/zba.ts`. */
export type Sources = ReadonlyMap<string, string>;

/** The folder of the checkout: the nearest one above this module with a package.json. */
export const ROOT = rootAbove(dirname(fileURLToPath(import.meta.url)));

const FOLDERS = ["model", "impl", "fuzz", "reports", "properties"];

/** All TypeScript sources of the checkout but tests. Throws Error where they are not there to be read. */
export function readSources(): Sources {
  const files = FOLDERS.flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true, encoding: "utf8" }).map((name) =>
      `${folder}/${name}`.replaceAll("\\", "/"),
    ),
  );
  const modules = files.filter((file) => file.endsWith(".ts") && !file.endsWith(".test.ts")).sort();
  return new Map(modules.map((file) => [file, readFileSync(join(ROOT, file), "utf8")]));
}

function rootAbove(folder: string): string {
  if (existsSync(join(folder, "package.json"))) return folder;
  const above = dirname(folder);
  if (above === folder) throw new Error(`${import.meta.url}: expected a package.json above`);
  return rootAbove(above);
}
