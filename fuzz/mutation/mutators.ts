/**
 * Mutators for what an instruction set is made of and StrykerJS leaves alone: bit operators, shifts, numbers, masks,
 * and the order of arguments. (A dropped `!` is among its own.) They work on the syntax trees that StrykerJS hands
 * out, which are Babel's.
 */
import { sameTypes } from "./argument-types.ts";

/** A node of a syntax tree, as far as it is looked at here. */
export interface SyntaxNode {
  readonly type: string;
  readonly start?: number | null;
  readonly operator?: string;
  readonly value?: unknown;
  readonly extra?: { readonly raw?: string; readonly rawValue?: unknown };
  readonly arguments?: readonly SyntaxNode[];
  readonly callee?: SyntaxNode;
  readonly property?: SyntaxNode;
  readonly name?: string;
}

/** A place in a syntax tree. */
export interface SyntaxPath {
  readonly node: SyntaxNode;
  readonly parent: SyntaxNode | null;
  /** What the node is to its parent. */
  readonly key: string | number | null;
  readonly hub?: { readonly file?: { readonly opts?: { readonly filename?: string } } };
}

/** Gives the nodes that may stand in a place instead. */
export interface Mutator {
  readonly name: string;
  readonly mutate: (path: SyntaxPath) => Iterable<SyntaxNode>;
}

const BIT_OPERATORS: Readonly<Record<string, string>> = {
  "&": "|",
  "|": "&",
  "^": "&",
  "<<": ">>",
  ">>": "<<",
  ">>>": ">>",
};

/** `a & b` becomes `a | b`, `a << b` becomes `a >> b`, and so on. */
const bitOperator: Mutator = {
  name: "BitOperator",
  *mutate({ node }) {
    const other = BIT_OPERATORS[node.operator ?? ""];
    if (node.type === "BinaryExpression" && other !== undefined) yield { ...node, operator: other };
  },
};

/** A number becomes one more and one less; a mask of ones becomes one bit wider and narrower. */
const literal: Mutator = {
  name: "Literal",
  *mutate({ node, parent, key }) {
    if (isName(parent, key)) return;
    const value = valueWritten(node);
    if (value === null) return;
    const others = isMask(node, value, parent) ? [value * 2n + 1n, value >> 1n] : [value + 1n, value - 1n];
    for (const other of others) yield literalLike(node, other);
  },
};

/** Emitters of operations that do not care which operand comes first, and the like of `Math`. */
const COMMUTATIVE = new Set(["add", "mul", "and", "or", "xor", "eq", "ne", "imul", "min", "max"]);

/** `f(a, b)` becomes `f(b, a)`, for every two neighbours of one type, unless f does not care. */
const swappedArguments: Mutator = {
  name: "SwappedArguments",
  *mutate({ node, hub }) {
    const given = node.arguments ?? [];
    const file = hub?.file?.opts?.filename;
    if (node.type !== "CallExpression" || file === undefined) return;
    if (COMMUTATIVE.has(node.callee?.name ?? node.callee?.property?.name ?? "")) return;
    for (let at = 0; at + 1 < given.length; at++) {
      const [one, other] = [given[at]!, given[at + 1]!];
      if (!sameTypes(file, one.start ?? 0, other.start ?? 0)) continue;
      yield { ...node, arguments: given.with(at, other).with(at + 1, one) };
    }
  },
};

export const mutators: readonly Mutator[] = [bitOperator, literal, swappedArguments];

/**
 * Takes casts off what belongs to a node. StrykerJS holds all of `{ ... } as const` for a type and passes it over, tables
 * of constants among it. What a cast says matters to nobody once types are checked.
 */
export function takeCastsOff({ node }: Pick<SyntaxPath, "node">): void {
  const fields = node as unknown as Record<string, unknown>;
  for (const [field, value] of Object.entries(fields)) {
    if (Array.isArray(value)) fields[field] = value.map(withoutCast);
    else fields[field] = withoutCast(value);
  }
}

function withoutCast(value: unknown): unknown {
  let inner = value;
  while (isCast(inner)) inner = inner.expression;
  return inner;
}

function isCast(value: unknown): value is { readonly expression: unknown } {
  if (typeof value !== "object" || value === null || !("type" in value)) return false;
  return value.type === "TSAsExpression" && "expression" in value;
}

/** Whether a number is a name or part of a type, and no value. */
function isName(parent: SyntaxNode | null, key: string | number | null): boolean {
  return parent?.type === "TSLiteralType" || (key === "key" && /^Object|^Class/.test(parent?.type ?? ""));
}

/** The value of a number as written; null if the node is none. */
function valueWritten({ type, value }: SyntaxNode): bigint | null {
  if (type === "BigIntLiteral" && typeof value === "string") return BigInt(value);
  return type === "NumericLiteral" && Number.isSafeInteger(value) ? BigInt(value as number) : null;
}

/** Ones only, and written in hexadecimal or binary or combined with `&`, `|` or `^`. */
function isMask({ extra }: SyntaxNode, value: bigint, parent: SyntaxNode | null): boolean {
  const isCombined = parent?.type === "BinaryExpression" && /^[&|^]$/.test(parent.operator ?? "");
  return value > 1n && (value & (value + 1n)) === 0n && (isCombined || /^0[xb]/i.test(extra?.raw ?? ""));
}

function literalLike({ type, extra }: SyntaxNode, value: bigint): SyntaxNode {
  const size = value < 0n ? -value : value;
  const digits = /^0x/i.test(extra?.raw ?? "") ? `0x${size.toString(16)}` : size.toString();
  const written: SyntaxNode =
    type === "BigIntLiteral"
      ? { type, value: size.toString(), extra: { raw: `${digits}n`, rawValue: size.toString() } }
      : { type, value: Number(size), extra: { raw: digits, rawValue: Number(size) } };
  if (value >= 0n) return written;
  return { type: "UnaryExpression", operator: "-", prefix: true, argument: written } as SyntaxNode;
}
