/**
 * What every test file owes, read from its source: it skips nothing, no test or property ends early, each
 * asserts something, and what asserts is the real thing.
 */
import ts from "typescript";

const RUNNERS = /^(test|it|describe)$/;
const LEFT_OUT = /^(skip|only|todo|fails)$/;
const PERHAPS_LEFT_OUT = /^(skipIf|runIf)$/;
const ASSERTING = /^(expect|assert)$/;

/** Files in which a test may depend on what is there, with what it asks for: data or a tool from outside. */
export const conditional: Readonly<Record<string, string>> = {
  "fuzz/golden/engine.test.ts": "traces that are not part of the project",
  "fuzz/golden/golden.test.ts": "traces that are not part of the project",
  "fuzz/elf/reader.test.ts": "readelf",
  "reports/page.browser.test.ts": "a browser",
  "impl/capability/library.test.ts": "vectors that are not part of the project",
};

/** The rules that a test file breaks, each with its line. */
export function rulesBroken(file: string, source: string): string[] {
  const tree = ts.createSourceFile(file, source, ts.ScriptTarget.ES2023, true);
  const asserting = assertingFunctions(tree);
  const found: string[] = [];
  const object = (node: ts.Node, text: string) => {
    const { line } = tree.getLineAndCharacterOfPosition(node.getStart(tree));
    found.push(`${file}:${line + 1}: ${text}`);
  };

  const visit = (node: ts.Node): void => {
    const left = leftOut(node, file);
    if (left !== null) object(node, `${left}: a test is left out`);
    if (isRedefinition(node)) object(node, "what asserts is defined here");
    if (isBareExpect(node)) object(node, "expects nothing of a value");
    const body = bodyOf(node);
    if (body !== null) {
      if (!asserts(body, asserting)) object(node, "asserts nothing");
      for (const early of earlyReturns(body)) object(early, "ends early");
    }
    const predicate = predicateOf(node);
    if (predicate !== null) {
      if (!asserts(predicate, asserting) && !answers(predicate))
        object(node, "a property that asserts nothing");
      for (const early of earlyReturns(predicate)) object(early, "a property that ends early");
    }
    ts.forEachChild(node, visit);
  };
  visit(tree);
  return found;
}

/** `test.skip`, `describe.only`; `test.skipIf` where nothing outside is asked for. */
function leftOut(node: ts.Node, file: string): string | null {
  if (!ts.isPropertyAccessExpression(node) || !RUNNERS.test(firstName(node))) return null;
  const { text } = node.name;
  const isLeftOut = LEFT_OUT.test(text) || (PERHAPS_LEFT_OUT.test(text) && !(file in conditional));
  return isLeftOut ? node.getText() : null;
}

/** The name that a chain of properties and calls begins with: `test` of `test.skipIf(...).each`. */
function firstName(node: ts.Expression): string {
  if (ts.isIdentifier(node)) return node.text;
  if (ts.isPropertyAccessExpression(node) || ts.isCallExpression(node)) return firstName(node.expression);
  return "";
}

/** `const expect = ...`, `fc.assert = ...`, `vi.mock(...)`. */
function isRedefinition(node: ts.Node): boolean {
  if (ts.isVariableDeclaration(node) || ts.isFunctionDeclaration(node) || ts.isParameter(node)) {
    return node.name !== undefined && /^(expect|assert|fc)$/.test(node.name.getText());
  }
  if (ts.isBinaryExpression(node) && node.operatorToken.kind === ts.SyntaxKind.EqualsToken) {
    return /^(expect|fc)\./.test(node.left.getText());
  }
  return ts.isCallExpression(node) && /^vi\.(mock|doMock|spyOn)$/.test(node.expression.getText());
}

/** A statement `expect(value);` without a matcher. */
function isBareExpect(node: ts.Node): boolean {
  if (!ts.isExpressionStatement(node) || !ts.isCallExpression(node.expression)) return false;
  return node.expression.expression.getText() === "expect";
}

type Callback = ts.ArrowFunction | ts.FunctionExpression;

function lastFunction(node: ts.CallExpression): Callback | null {
  for (const argument of node.arguments.toReversed()) {
    if (ts.isArrowFunction(argument) || ts.isFunctionExpression(argument)) return argument;
  }
  return null;
}

/** The body of a test, given as a function. */
function bodyOf(node: ts.Node): Callback | null {
  if (!ts.isCallExpression(node) || !/^(test|it)$/.test(firstName(node.expression))) return null;
  return lastFunction(node);
}

/** The predicate of `fc.property` and `fc.asyncProperty`. */
function predicateOf(node: ts.Node): Callback | null {
  if (!ts.isCallExpression(node) || !/^fc\.(async)?[pP]roperty$/.test(node.expression.getText())) return null;
  return lastFunction(node);
}

/** Returns without a value in a function itself, not in those within it; and what stands behind a return. */
function earlyReturns(callback: Callback): ts.Node[] {
  const found: ts.Node[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isFunctionLike(node)) return;
    if (ts.isReturnStatement(node)) {
      const isLast = !ts.isBlock(node.parent) || node.parent.statements.at(-1) === node;
      if (node.expression === undefined || !isLast) found.push(node);
    }
    ts.forEachChild(node, visit);
  };
  ts.forEachChild(callback.body, visit);
  return found;
}

/** Whether a predicate answers with a value. */
function answers(callback: Callback): boolean {
  if (!ts.isBlock(callback.body)) return !/^void /.test(callback.body.getText());
  let isAnswered = false;
  const visit = (node: ts.Node): void => {
    if (ts.isFunctionLike(node)) return;
    if (ts.isReturnStatement(node) && node.expression !== undefined) isAnswered = true;
    ts.forEachChild(node, visit);
  };
  ts.forEachChild(callback.body, visit);
  return isAnswered;
}

/** Whether something within calls what asserts: `expect`, `fc.assert`, or a function that does so. */
function asserts(node: ts.Node, asserting: ReadonlySet<string>): boolean {
  if (ts.isCallExpression(node)) {
    const name = ts.isPropertyAccessExpression(node.expression)
      ? node.expression.name.text
      : node.expression.getText();
    if (ASSERTING.test(name) || asserting.has(name) || ASSERTING.test(firstName(node.expression)))
      return true;
  }
  return ts.forEachChild(node, (child) => asserts(child, asserting) || undefined) === true;
}

/** Functions of this file that assert, or call one that does. */
function assertingFunctions(tree: ts.SourceFile): ReadonlySet<string> {
  const functions = new Map<string, ts.Node>();
  const visit = (node: ts.Node): void => {
    if (ts.isFunctionDeclaration(node) && node.name !== undefined) functions.set(node.name.text, node);
    if (ts.isVariableDeclaration(node) && node.initializer !== undefined && isFunction(node.initializer)) {
      functions.set(node.name.getText(), node.initializer);
    }
    ts.forEachChild(node, visit);
  };
  visit(tree);
  const asserting = new Set<string>();
  for (let before = -1; before !== asserting.size; ) {
    before = asserting.size;
    for (const [name, node] of functions) if (asserts(node, asserting)) asserting.add(name);
  }
  return asserting;
}

function isFunction(node: ts.Node): boolean {
  return ts.isArrowFunction(node) || ts.isFunctionExpression(node);
}
