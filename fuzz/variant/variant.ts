/**
 * Variants of the project: its own sources with a few changes, compiled to a folder of their own and imported from
 * there. A planted fault is such a change, and so is instrumentation; the normal path has no code for either.
 *
 * Variants come from the TypeScript sources of the checkout, also where compiled code makes them. Files and folders
 * of out/variants are named by their contents: processes share them, and none can be out of date. What no change reaches
 * is the same module in all variants: an engine that is not changed is emitted once.
 */
import { existsSync, linkSync, mkdirSync, symlinkSync } from "node:fs";
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
   * Imports a module by the name of its source: `impl/engine/index.ts`. A variant has one instance of each module, and
   * shares with the others those that import nothing that is changed.
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
  plainFolder ??= join(VARIANTS, digest([...sources].flat().join("\0")));
  const texts = new Map(sources);
  for (const patch of patches) texts.set(patch.file, patched(patch, sourceIn(texts, patch.file)));
  if (rewrite !== undefined) for (const [file, text] of texts) texts.set(file, rewrite(file, text));

  const changed = new Set([...texts.keys()].filter((file) => texts.get(file) !== sources!.get(file)));
  const changes = [...changed].sort().map((file) => `${file}\0${texts.get(file)!}`);
  const name = digest([plainFolder, ...changes].join("\0"));
  const folder = changed.size === 0 ? plainFolder : join(VARIANTS, name);
  return {
    folder,
    source: (file) => sourceIn(texts, file),
    load: async <T>(file: string) => {
      await lay({ folder, texts, changed }, plainFolder!, file);
      return (await nativeImport()(pathToFileURL(join(folder, scriptOf(file))).href)) as T;
    },
  };
}

const VARIANTS = join(ROOT, "out", "variants");

/** Compiled files; those of a variant are links to these. */
const COMPILED = join(VARIANTS, "compiled");

/** The sources as this process saw them first. */
let sources: Sources | undefined;

/** The folder of the variant without changes. */
let plainFolder: string | undefined;

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

/** What is to be laid out: a folder, the texts in it, and which of them are not those of the project. */
interface Layout {
  readonly folder: string;
  readonly texts: Sources;
  readonly changed: ReadonlySet<string>;
}

/** Puts a module, and all that it imports, in the folder of a variant; what no change reaches lies in the plain one. */
async function lay({ folder, texts, changed }: Layout, plain: string, first: string): Promise<void> {
  if (existsSync(folder)) used(folder);
  else prune(VARIANTS, COMPILED);
  const modules = await modulesFrom(texts, first);
  const reached = reachedBy(changed, modules);
  for (const [file, { path }] of modules) {
    const target = join(folder, scriptOf(file));
    if (reached.has(file)) put(target, () => linkSync(path, target));
    else {
      const shared = join(plain, scriptOf(file));
      put(shared, () => linkSync(path, shared));
      // Node knows a module by its real path.
      if (plain !== folder) put(target, () => symlinkSync(shared, target));
    }
  }
  if (existsSync(plain)) used(plain);
}

interface Module {
  /** Where it lies compiled. */
  readonly path: string;
  /** Names of the sources that it imports. */
  readonly imports: readonly string[];
}

/** A module and all that it imports. */
async function modulesFrom(texts: Sources, first: string): Promise<ReadonlyMap<string, Module>> {
  const modules = new Map<string, Module>();
  const files = new Set([first]);
  for (const file of files) {
    const { path, imports } = await compiledIn(COMPILED, file, sourceIn(texts, file));
    const named = imports.map((specifier) =>
      posix.join(posix.dirname(file), specifier).replace(/\.js$/, ".ts"),
    );
    const known = named.filter((one) => texts.has(one));
    modules.set(file, { path, imports: known });
    for (const one of known) files.add(one);
  }
  return modules;
}

/** The modules that are changed, or import one that is, and so on. */
function reachedBy(changed: ReadonlySet<string>, modules: ReadonlyMap<string, Module>): ReadonlySet<string> {
  const importers = new Map<string, string[]>();
  for (const [file, { imports }] of modules)
    for (const one of imports) importers.set(one, [...(importers.get(one) ?? []), file]);
  const reached = new Set([...changed].filter((file) => modules.has(file)));
  for (const file of reached) for (const importer of importers.get(file) ?? []) reached.add(importer);
  return reached;
}

/** Another process may do the same at the same moment. */
function put(target: string, make: () => void): void {
  if (existsSync(target)) return;
  mkdirSync(dirname(target), { recursive: true });
  try {
    make();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  }
}
