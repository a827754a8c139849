/**
 * What the meaning of an instruction may come to, read from the source alone: an over-estimate, so that a
 * guard which no program reaches is missed by nobody.
 *
 * A node is a declaration at the top level of a file; of the objects that the machine and its memory are,
 * each method. A node leads to every declaration that it names.
 */
import { posix } from "node:path";
import ts from "typescript";
import { ownerOf, parsed } from "./place.ts";

/** Declarations whose methods are reached one by one, and by what receivers. */
const OBJECTS = [
  { receiver: "machine", owner: "createMachine", file: "model/machine/machine.ts" },
  { receiver: "memory", owner: "createMemory", file: "model/machine/memory.ts" },
] as const;

/** `file owner`. */
export type NodeName = string;

export interface CallGraph {
  /** Where each instruction is defined, by its name. */
  readonly roots: ReadonlyMap<string, NodeName>;
  /** The nodes that may execute once a node does, itself among them. */
  from(node: NodeName): ReadonlySet<NodeName>;
}

/** The node that a guard's owner belongs to. */
export function nodeOf(file: string, owner: string): NodeName {
  const top = owner.split(".")[0]!;
  const isObject = OBJECTS.some((object) => object.file === file && object.owner === top);
  return `${file} ${isObject ? owner : top}`;
}

/** The graph of these files. Throws Error if one imports what is not among them, types aside. */
export function callGraph(sources: ReadonlyMap<string, string>): CallGraph {
  const trees = new Map([...sources].map(([file, source]) => [file, parsed(file, source)]));
  const names = new Map([...trees].map(([file, tree]) => [file, namesIn(file, tree)]));
  const edges = new Map<NodeName, Set<NodeName>>();
  const roots = new Map<string, NodeName>();

  for (const [file, tree] of trees) {
    const visit = (node: ts.Node): void => {
      if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node) || ts.isTypeNode(node)) return;
      const owner = node === tree || node.parent === tree ? "" : ownerOf(node, tree);
      const from = nodeOf(file, owner);
      for (const target of targetsOf(node, file, owner, names)) add(edges, from, target);
      const defined = definedName(node);
      if (defined !== null) roots.set(defined, from);
      ts.forEachChild(node, visit);
    };
    visit(tree);
  }
  return { roots, from: (node) => closure(edges, node) };
}

function add(edges: Map<NodeName, Set<NodeName>>, from: NodeName, to: NodeName): void {
  const known = edges.get(from);
  if (known === undefined) edges.set(from, new Set([to]));
  else known.add(to);
}

function closure(edges: ReadonlyMap<NodeName, ReadonlySet<NodeName>>, node: NodeName): Set<NodeName> {
  const reached = new Set([node]);
  for (const at of reached) for (const next of edges.get(at) ?? []) reached.add(next);
  return reached;
}

/** What an identifier of a file stands for: a declaration there or elsewhere, or (`""`) a whole module. */
type Names = ReadonlyMap<string, { readonly file: string; readonly name: string }>;

function namesIn(file: string, tree: ts.SourceFile): Names {
  const names = new Map<string, { file: string; name: string }>();
  for (const statement of tree.statements) {
    if (ts.isVariableStatement(statement)) {
      for (const { name } of statement.declarationList.declarations) {
        names.set(name.getText(), { file, name: name.getText() });
      }
    } else if (ts.isFunctionDeclaration(statement) && statement.name !== undefined) {
      names.set(statement.name.text, { file, name: statement.name.text });
    } else if (ts.isImportDeclaration(statement) || ts.isExportDeclaration(statement)) {
      for (const [name, target] of importsOf(file, statement)) names.set(name, target);
    }
  }
  return names;
}

function importsOf(file: string, statement: ts.ImportDeclaration | ts.ExportDeclaration) {
  const { moduleSpecifier } = statement;
  if (moduleSpecifier === undefined || !ts.isStringLiteral(moduleSpecifier)) return [];
  const from = posix.join(posix.dirname(file), moduleSpecifier.text);
  const bindings = ts.isImportDeclaration(statement)
    ? statement.importClause?.namedBindings
    : statement.exportClause;
  if (bindings === undefined) return [];
  if (ts.isNamespaceImport(bindings) || ts.isNamespaceExport(bindings)) {
    return [[bindings.name.text, { file: from, name: "" }]] as const;
  }
  return bindings.elements.map(
    ({ name, propertyName }) => [name.text, { file: from, name: (propertyName ?? name).text }] as const,
  );
}

/** The nodes that one syntax node names. */
function targetsOf(
  node: ts.Node,
  file: string,
  owner: string,
  names: ReadonlyMap<string, Names>,
): NodeName[] {
  if (ts.isPropertyAccessExpression(node)) {
    const object = OBJECTS.find(({ receiver }) => lastName(node.expression) === receiver);
    if (object !== undefined) return [`${object.file} ${object.owner}.${node.name.text}`];
    const module = ts.isIdentifier(node.expression) ? names.get(file)!.get(node.expression.text) : undefined;
    return module?.name === "" ? resolved(module.file, node.name.text, names) : [];
  }
  if (!ts.isIdentifier(node) || isLabel(node)) return [];
  const object = OBJECTS.find((one) => one.file === file && owner.startsWith(one.owner));
  const inner = object === undefined ? [] : [`${file} ${object.owner}.${node.text}`];
  return [...inner, ...resolved(file, node.text, names)];
}

/** Follows imports and re-exports to the declaration; nothing for types and for names of no file here. */
function resolved(file: string, name: string, names: ReadonlyMap<string, Names>): NodeName[] {
  const target = names.get(file)?.get(name);
  if (target === undefined || target.name === "") return [];
  if (target.file === file) return [nodeOf(file, name)];
  return resolved(target.file, target.name, names);
}

/** The last name of `machine`, `machine.memory`. */
function lastName(expression: ts.Expression): string {
  if (ts.isIdentifier(expression)) return expression.text;
  return ts.isPropertyAccessExpression(expression) ? expression.name.text : "";
}

/** Whether an identifier is the name of a property, which stands for no declaration. */
function isLabel(node: ts.Identifier): boolean {
  const { parent } = node;
  if (ts.isPropertyAccessExpression(parent)) return parent.name === node;
  return ts.isPropertyAssignment(parent) || ts.isMethodDeclaration(parent) ? parent.name === node : false;
}

/** The instruction that a call of `define` defines. */
function definedName(node: ts.Node): string | null {
  if (!ts.isCallExpression(node) || lastName(node.expression) !== "define") return null;
  const [definition] = node.arguments;
  if (definition === undefined || !ts.isObjectLiteralExpression(definition)) return null;
  for (const property of definition.properties) {
    if (ts.isPropertyAssignment(property) && property.name.getText() === "name") {
      return (property.initializer as ts.StringLiteral).text;
    }
  }
  return null;
}
