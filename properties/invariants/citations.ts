/** Which tests name which invariants: `I-7` in the title of a test, or of what it stands in. */
import { readdirSync, readFileSync } from "node:fs";
import ts from "typescript";

/** A test whose title, or that of a group around it, names an invariant. */
export interface Citation {
  readonly invariant: number;
  readonly file: string;
  readonly title: string;
}

const GROUPS = new Set(["describe", "test", "it"]);

/** Every citation below these folders, by file and place in it. Paths are relative to `root`. */
export function citationsIn(root: string, folders: readonly string[]): Citation[] {
  const files = folders.flatMap((folder) =>
    readdirSync(`${root}/${folder}`, { encoding: "utf8", recursive: true })
      .filter((file) => file.endsWith(".test.ts"))
      .map((file) => `${folder}/${file}`),
  );
  return files.sort().flatMap((file) => citationsOf(file, readFileSync(`${root}/${file}`, "utf8")));
}

/** The citations of one file. */
export function citationsOf(file: string, source: string): Citation[] {
  const tree = ts.createSourceFile(file, source, ts.ScriptTarget.Latest);
  const found: Citation[] = [];
  const visit = (node: ts.Node): void => {
    const title = titleOf(node);
    if (title !== null) {
      for (const invariant of invariantsIn(title)) found.push({ invariant, file, title });
    }
    ts.forEachChild(node, visit);
  };
  visit(tree);
  return found;
}

/** Numbers of the invariants that a text names: `I-7`, and `I-57 to I-60` for all between. */
export function invariantsIn(text: string): number[] {
  const numbers = new Set<number>();
  for (const [, first, last] of text.matchAll(/\bI-(\d+)(?: to I-(\d+))?/g)) {
    for (let number = Number(first); number <= Number(last ?? first); number++) numbers.add(number);
  }
  return [...numbers];
}

/** The title that a call of a test or a group has; null for anything else. */
function titleOf(node: ts.Node): string | null {
  if (!ts.isCallExpression(node) || !GROUPS.has(rootOf(node.expression))) return null;
  const title = node.arguments[0];
  return title !== undefined && ts.isStringLiteralLike(title) ? title.text : null;
}

/** The name that a callee begins with: that of `test.each(rows)` is `test`. */
function rootOf(callee: ts.Expression): string {
  if (ts.isIdentifier(callee)) return callee.text;
  if (ts.isPropertyAccessExpression(callee) || ts.isCallExpression(callee)) return rootOf(callee.expression);
  return "";
}
