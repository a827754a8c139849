import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { writeWhole } from "../program/file.ts";

/** A source file without its types. */
export interface Compiled {
  /** Where it lies, named by what it was compiled from. */
  readonly path: string;
  /** Relative specifiers of the modules that it imports or names: `./bounds.js`. */
  readonly imports: readonly string[];
}

const known = new Map<string, Compiled>();

/**
 * Compiles a module and keeps the result in `folder`, where any process finds it again: the compiler is loaded only
 * for a text that none has seen.
 *
 * @throws SyntaxError naming the file, where the text is not TypeScript.
 */
export async function compiledIn(folder: string, file: string, text: string): Promise<Compiled> {
  const path = join(folder, `${digest(text)}.js`);
  const before = known.get(path);
  if (before !== undefined) return before;
  if (!existsSync(path)) {
    mkdirSync(folder, { recursive: true });
    writeWhole(path, await compile(file, text));
  }
  const compiled = { path, imports: importsOf(readFileSync(path, "utf8")) };
  known.set(path, compiled);
  return compiled;
}

/** A short name that only this text has. */
export function digest(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 24);
}

async function compile(file: string, text: string): Promise<string> {
  const { default: ts } = await import("typescript");
  const { outputText, diagnostics = [] } = ts.transpileModule(text, {
    fileName: file,
    reportDiagnostics: true,
    compilerOptions: {
      target: ts.ScriptTarget.ES2023,
      module: ts.ModuleKind.ESNext,
      verbatimModuleSyntax: true,
      rewriteRelativeImportExtensions: true,
    },
  });
  const [mistake] = diagnostics;
  if (mistake !== undefined) {
    throw new SyntaxError(`${file}: ${ts.flattenDiagnosticMessageText(mistake.messageText, " ")}`);
  }
  return outputText;
}

/** Every relative name of a module, also that of a worker's entry, which is not imported. */
function importsOf(script: string): string[] {
  return [...script.matchAll(/"(\.{1,2}\/[\w./-]+\.js)"/g)].map(([, specifier]) => specifier!);
}
