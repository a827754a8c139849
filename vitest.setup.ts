/**
 * Before the suite: brings `dist` up to date, for tests that start the command line as users do. One file at a time and
 * without types, which `npm run types` looks at, so that it takes half a second.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { transformSync } from "esbuild";

const FOLDERS = ["model", "impl", "fuzz", "reports"];

export default function compile(): void {
  for (const folder of FOLDERS)
    for (const name of readdirSync(folder, { recursive: true, encoding: "utf8" }))
      if (name.endsWith(".ts") && !name.endsWith(".test.ts")) compileFile(join(folder, name));
}

function compileFile(source: string): void {
  const target = join("dist", `${source.slice(0, -".ts".length)}.js`);
  const { code } = transformSync(readFileSync(source, "utf8"), {
    loader: "ts",
    target: "es2023",
    sourcemap: "inline",
    sourcefile: join(...source.split(/[/\\]/).map(() => ".."), source),
  });
  const script = code.replaceAll(/((?:from|import) ?\(?"\.[^"]*)\.ts"/g, '$1.js"');
  if (existsSync(target) && readFileSync(target, "utf8") === script) return;
  mkdirSync(dirname(target), { recursive: true });
  const draft = `${target}.${process.pid}`;
  writeFileSync(draft, script);
  renameSync(draft, target);
}
