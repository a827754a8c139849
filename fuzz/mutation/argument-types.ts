/** Which neighbours in a call have one type, so that nobody would notice if they were swapped. */
import { dirname } from "node:path";
import ts from "typescript";

interface Typed {
  readonly program: ts.Program;
  readonly checker: ts.TypeChecker;
}

const projects = new Map<string, Typed>();

/**
 * Whether the arguments that begin at two places of a file can stand for each other, and are not the same text.
 * The first question about a file of a project reads the whole project, which takes some seconds.
 */
export function sameTypes(file: string, one: number, other: number): boolean {
  const { program, checker } = projectOf(file);
  const source = program.getSourceFile(file);
  const [first, second] = source ? [argumentAt(source, one), argumentAt(source, other)] : [];
  if (!first || !second || first.getText() === second.getText()) return false;
  const [from, to] = [checker.getTypeAtLocation(first), checker.getTypeAtLocation(second)];
  return isSwappable(checker, from, to) && isSwappable(checker, to, from);
}

/** A literal stands for its type: `f(width, 3)` may be swapped. */
function isSwappable(checker: ts.TypeChecker, from: ts.Type, to: ts.Type): boolean {
  return checker.isTypeAssignableTo(
    checker.getBaseTypeOfLiteralType(from),
    checker.getBaseTypeOfLiteralType(to),
  );
}

function projectOf(file: string): Typed {
  const config = ts.findConfigFile(dirname(file), ts.sys.fileExists);
  if (config === undefined) throw new Error(`${file}: no tsconfig.json above it`);
  const known = projects.get(config);
  if (known !== undefined) return known;

  const { config: json } = ts.readConfigFile(config, ts.sys.readFile) as { config: unknown };
  const { options, fileNames } = ts.parseJsonConfigFileContent(json, ts.sys, dirname(config));
  const program = ts.createProgram(fileNames, options);
  const project = { program, checker: program.getTypeChecker() };
  projects.set(config, project);
  return project;
}

/** The argument of a call that begins at a place. */
function argumentAt(source: ts.SourceFile, place: number): ts.Expression | undefined {
  const visit = (node: ts.Node): ts.Expression | undefined => {
    if (place < node.pos || place >= node.end) return undefined;
    const argument = ts.isCallExpression(node)
      ? node.arguments.find((one) => one.getStart(source) === place)
      : undefined;
    return argument ?? ts.forEachChild(node, visit);
  };
  return visit(source);
}
