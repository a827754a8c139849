/**
 * Variants of the project: its own sources with a few changes, compiled to a folder of their own and imported from
 * there. A planted fault is such a change, and so is instrumentation; the normal path has no code for either.
 *
 * Variants come from the TypeScript sources of the checkout, also where compiled code makes them. Files and folders
 * of out/variants are named by their contents: processes share them, and none can be out of date.
 */
import { existsSync, linkSync, mkdirSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, posix } from "node:path";
import { pathToFileURL } from "node:url";
import { writeWhole } from "../program/file.ts";
import { compiledIn, digest } from "./compiled.ts";
import { prune, used } from "./prune.ts";
import { ROOT, readSources, type Sources } from "./sources.ts";

/** A change of one source file. */
export interface Patch {
  /** From the root of the project: `model/isa/cheri-modify.ts`. */
  readonly file: string;
  /** Occurs exactly once in the file. */
  readonly from: string;
  readonly to: string;
}

/** Gives the text that a file has in a variant; asked for every source file, with its patches applied. */
export type Rewrite = (file: string, source: string) => string;

export interface Variant {
  /** The absolute path of its folder: variants with equal sources have the same. */
  readonly folder: string;
  /** The text of a source file in this variant. */
  source(file: string): string;
  /**
   * Imports a module by the name of its source: `impl/engine/index.ts`. A variant has one instance of each module.
   *
   * @throws SyntaxError when a patch or rewrite left something that is not TypeScript.
   */
  load<T>(file: string): Promise<T>;
}

/**
 * The variant of the project with these patches, made one after the other.
 *
 * @throws Error naming file and text if the `from` of a patch does not occur exactly once in an existing source.
 */
export function variantOf(patches: readonly Patch[], rewrite?: Rewrite): Variant {
  sources ??= readSources();
  const texts = new Map(sources);
  for (const patch of patches) texts.set(patch.file, patched(patch, sourceIn(texts, patch.file)));
  if (rewrite !== undefined) for (const [file, text] of texts) texts.set(file, rewrite(file, text));

  const folder = join(VARIANTS, digest([...texts].flat().join("\0")));
  return {
    folder,
    source: (file) => sourceIn(texts, file),
    load: async <T>(file: string) => {
      await lay(folder, texts, file);
      return (await nativeImport()(pathToFileURL(join(folder, scriptOf(file))).href)) as T;
    },
  };
}

const VARIANTS = join(ROOT, "out", "variants");

/** Compiled files; those of a variant are links to these. */
const COMPILED = join(VARIANTS, "compiled");

/** The sources as this process saw them first. */
let sources: Sources | undefined;

function patched({ file, from, to }: Patch, before: string): string {
  const found = before.split(from).length - 1;
  if (found !== 1) throw new Error(`${file}: expected exactly once, found ${found} times: ${from}`);
  return before.replace(from, () => to);
}

function sourceIn(texts: Sources, file: string): string {
  const text = texts.get(file);
  if (text === undefined) throw new Error(`${file}: there is no such source file`);
  return text;
}

function scriptOf(file: string): string {
  return file.replace(/\.ts$/, ".js");
}

/**
 * Node's own `import()`, from a script that is required. A test runner puts its own in the place of that of a module,
 * which would transform every file of a variant once more.
 */
function nativeImport(): (url: string) => Promise<unknown> {
  const script = join(VARIANTS, "import.cjs");
  if (!existsSync(script)) writeWhole(script, "module.exports = (url) => import(url);\n");
  return createRequire(import.meta.url)(script) as (url: string) => Promise<unknown>;
}

/** Puts a module, and all that it imports, in the folder of a variant. */
async function lay(folder: string, texts: Sources, first: string): Promise<void> {
  if (existsSync(folder)) used(folder);
  else prune(VARIANTS, COMPILED);
  const files = new Set([first]);
  for (const file of files) {
    const { path, imports } = await compiledIn(COMPILED, file, sourceIn(texts, file));
    link(path, join(folder, scriptOf(file)));
    for (const specifier of imports) {
      const imported = posix.join(posix.dirname(file), specifier).replace(/\.js$/, ".ts");
      if (texts.has(imported)) files.add(imported);
    }
  }
}

/** Another process may do the same at the same moment. */
function link(path: string, target: string): void {
  if (existsSync(target)) return;
  mkdirSync(dirname(target), { recursive: true });
  try {
    linkSync(path, target);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  }
}
