/**
 * Guards: the places in the model's source where one value decides what happens next.
 *
 * A guard is the condition of an `if`, `?:` or loop, each operand of `&&` and `||` (instead of the whole),
 * each operand of `??` but the last, each case of a `switch`, and every other comparison, whose result goes
 * on as a value.
 */
import ts from "typescript";

/** How a guard is counted: by truth, by being there, or (the cases of one switch) by equality. */
export type GuardKind = "truth" | "presence" | "case";

export interface Guard {
  /** Stable while the code around it changes: `model/machine/checks.ts use: !authority.tag`. */
  readonly key: string;
  readonly file: string;
  /** From 1. */
  readonly line: number;
  /**
   * The declaration at the top level of the file (or the method of an object made there) that it stands in.
   */
  readonly owner: string;
  readonly text: string;
  readonly kind: GuardKind;
}

/** A guard and the expression that decides it; for a case of a switch, that of the switch. */
export interface Place {
  readonly guard: Guard;
  readonly expression: ts.Expression;
  /** For a `case` guard: the switch it belongs to. */
  readonly choice: ts.SwitchStatement | null;
}

const COMPARISONS: ReadonlySet<ts.SyntaxKind> = new Set([
  ts.SyntaxKind.EqualsEqualsEqualsToken,
  ts.SyntaxKind.ExclamationEqualsEqualsToken,
  ts.SyntaxKind.LessThanToken,
  ts.SyntaxKind.LessThanEqualsToken,
  ts.SyntaxKind.GreaterThanToken,
  ts.SyntaxKind.GreaterThanEqualsToken,
  ts.SyntaxKind.InKeyword,
]);

const COALESCING = ts.SyntaxKind.QuestionQuestionToken;

/** Ways to decide that are not counted; a source that uses one is refused. */
const UNCOUNTED: ReadonlySet<ts.SyntaxKind> = new Set([
  ts.SyntaxKind.AmpersandAmpersandEqualsToken,
  ts.SyntaxKind.BarBarEqualsToken,
  ts.SyntaxKind.QuestionQuestionEqualsToken,
  ts.SyntaxKind.EqualsEqualsToken,
  ts.SyntaxKind.ExclamationEqualsToken,
  ts.SyntaxKind.QuestionDotToken,
  ts.SyntaxKind.CatchClause,
]);

/**
 * The guards of a source file, in the order of their places.
 *
 * @throws Error if the file decides something in a way that is not counted.
 */
export function placesIn(file: string, source: string): Place[] {
  const tree = parsed(file, source);
  const places: Place[] = [];
  const met = new Map<string, number>();

  function add(expression: ts.Expression, kind: GuardKind, label: string, choice: Place["choice"] = null) {
    const owner = ownerOf(expression, tree);
    const text = label.replace(/\s+/g, " ");
    const plain = `${file} ${owner}: ${text}`;
    const times = (met.get(plain) ?? 0) + 1;
    met.set(plain, times);
    const line = tree.getLineAndCharacterOfPosition(expression.getStart(tree)).line + 1;
    const guard = { key: times === 1 ? plain : `${plain} #${times}`, file, line, owner, text, kind };
    places.push({ guard, expression, choice });
  }

  /** The operands that decide a condition; a whole that is no `&&` or `||` is its only one. */
  function addCondition(condition: ts.Expression): void {
    const bare = unwrapped(condition);
    if (ts.isBinaryExpression(bare) && isJunction(bare.operatorToken.kind)) {
      addCondition(bare.left);
      addCondition(bare.right);
    } else if (bare.kind !== ts.SyntaxKind.TrueKeyword) {
      add(bare, "truth", bare.getText(tree));
    }
  }

  /** The operands of `one ?? other`, which stand left of a further `??`. */
  function addPresence(operand: ts.Expression): void {
    const bare = unwrapped(operand);
    if (ts.isBinaryExpression(bare) && bare.operatorToken.kind === COALESCING) {
      addPresence(bare.right);
    } else add(bare, "presence", bare.getText(tree));
  }

  function visit(node: ts.Node): void {
    if (UNCOUNTED.has(node.kind)) {
      const { line } = tree.getLineAndCharacterOfPosition(node.getStart(tree));
      throw new Error(`${file}:${line + 1}: a decision that is not counted: ${node.getText(tree)}`);
    }
    const condition = conditionOf(node);
    if (condition !== undefined) addCondition(condition);
    else if (ts.isSwitchStatement(node)) {
      for (const clause of node.caseBlock.clauses) {
        const label = ts.isCaseClause(clause) ? `case ${clause.expression.getText(tree)}` : "default";
        add(node.expression, "case", label, node);
      }
    } else if (ts.isBinaryExpression(node) && !isCounted(node)) {
      const { kind } = node.operatorToken;
      if (isJunction(kind)) addCondition(node);
      else if (kind === COALESCING) addPresence(node.left);
      else if (COMPARISONS.has(kind)) add(node, "truth", node.getText(tree));
    }
    ts.forEachChild(node, visit);
  }
  /** Comparisons that are guards already as conditions or operands, and junctions within conditions. */
  function isCounted(node: ts.BinaryExpression): boolean {
    const { kind } = node.operatorToken;
    return (COMPARISONS.has(kind) || isJunction(kind)) && isPartOfCondition(node);
  }
  visit(tree);
  return places;
}

export function parsed(file: string, source: string): ts.SourceFile {
  return ts.createSourceFile(file, source, ts.ScriptTarget.ES2023, true);
}

function isJunction(kind: ts.SyntaxKind): boolean {
  return kind === ts.SyntaxKind.AmpersandAmpersandToken || kind === ts.SyntaxKind.BarBarToken;
}

function unwrapped(expression: ts.Expression): ts.Expression {
  return ts.isParenthesizedExpression(expression) ? unwrapped(expression.expression) : expression;
}

function conditionOf(node: ts.Node): ts.Expression | undefined {
  if (ts.isIfStatement(node) || ts.isWhileStatement(node) || ts.isDoStatement(node)) return node.expression;
  if (ts.isConditionalExpression(node) || ts.isForStatement(node)) return node.condition;
  return undefined;
}

/** Whether an expression is a condition or an operand of `&&` or `||`, perhaps in parentheses. */
function isPartOfCondition(node: ts.Expression): boolean {
  const { parent } = node;
  if (ts.isParenthesizedExpression(parent)) return isPartOfCondition(parent);
  if (ts.isBinaryExpression(parent) && isJunction(parent.operatorToken.kind)) return true;
  return conditionOf(parent) === node;
}

/** The name of the top-level declaration around a node, or of the method in an object that it makes. */
export function ownerOf(node: ts.Node, tree: ts.SourceFile): string {
  let method = "";
  let at: ts.Node = node;
  for (; at.parent !== tree; at = at.parent) {
    const name = methodName(at);
    if (name !== null) method = name;
  }
  const top = topName(at);
  return method === "" ? top : `${top}.${method}`;
}

function methodName(node: ts.Node): string | null {
  if (ts.isMethodDeclaration(node) || ts.isFunctionDeclaration(node)) return node.name?.getText() ?? null;
  const isFunction =
    ts.isPropertyAssignment(node) &&
    (ts.isArrowFunction(node.initializer) || ts.isFunctionExpression(node.initializer));
  return isFunction ? node.name.getText() : null;
}

function topName(node: ts.Node): string {
  if (ts.isFunctionDeclaration(node)) return node.name?.text ?? "";
  if (ts.isVariableStatement(node)) return node.declarationList.declarations[0]!.name.getText();
  return "";
}
