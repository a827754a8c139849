import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import type { Bundle } from "./page-html.ts";

const PAGE = "reports/page/main.tsx";

/** Program and style of the page in one piece each, from its source, which lies in the package, compiled or not. */
export async function bundlePage(): Promise<Bundle> {
  const root = rootFrom(dirname(fileURLToPath(import.meta.url)));
  const { outputFiles } = await build({
    entryPoints: [join(root, PAGE)],
    absWorkingDir: root,
    tsconfig: join(root, "reports/page/tsconfig.json"),
    bundle: true,
    minify: true,
    format: "iife",
    target: "es2022",
    charset: "ascii",
    legalComments: "none",
    outdir: "page",
    write: false,
    logLevel: "silent",
  });
  const textOf = (end: string) => outputFiles.find(({ path }) => path.endsWith(end))!.text;
  return { script: textOf(".js"), style: textOf(".css") };
}

/** The folder, this one or one around it, that has the source of the page in it. */
function rootFrom(folder: string): string {
  if (existsSync(join(folder, PAGE))) return folder;
  const above = dirname(folder);
  if (above === folder) throw new Error(`${PAGE} is missing from the package`);
  return rootFrom(above);
}
