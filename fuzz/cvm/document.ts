/** A description file as text: YAML read into plain data, with the line that each part of it stands on. */
import {
  type Document,
  isAlias,
  isMap,
  isNode,
  isScalar,
  isSeq,
  LineCounter,
  parseAllDocuments,
  visit,
} from "yaml";
import { BadInput } from "../bad-input.ts";

/** Keys and indexes from the root of a document. */
export type Path = readonly (string | number)[];

export interface Description {
  /** Plain data: every whole number is a bigint. Several documents in a file are one, key by key. */
  readonly data: Readonly<Record<string, unknown>>;
  /** The line, from 1, of what lies at a path, or of the nearest thing around it. */
  readonly lineOf: (path: Path) => number;
}

/** Far above any description by hand; what a reader takes to go through it stays small. */
const TEXT_MAX = 1 << 18;
const DOCUMENTS_MAX = 16;
/** Levels of brackets, and characters in front of the first word of a line: a reader of YAML goes as deep as its text. */
const DEPTH_MAX = 32;
const INDENT_MAX = 64;

/**
 * Reads YAML, all documents of it. Anchors and aliases are refused: a description has no use for them, and a few lines of
 * them stand for any amount of data.
 *
 * @param file stands for the text in messages.
 * @throws BadInput naming file and line.
 */
export function readDocument(text: string, file: string): Description {
  if (text.length > TEXT_MAX) {
    throw new BadInput(`${file}: expected at most ${TEXT_MAX} characters, found ${text.length}`);
  }
  const deep = tooDeep(text);
  if (deep !== null) throw new BadInput(`${file}: line ${deep}: nested too deeply`);
  try {
    return read(text, file);
  } catch (error) {
    if (error instanceof RangeError) throw new BadInput(`${file}: nested too deeply`);
    throw error;
  }
}

/** The first line that nests more than any description does, as far as can be told without reading it; or null. */
function tooDeep(text: string): number | null {
  let depth = 0;
  for (const [index, line] of text.split(/\r\n?|\n/).entries()) {
    if (/^[\s?:-]*/.exec(line)![0].length > INDENT_MAX) return index + 1;
    for (const character of line) {
      if (character === "[" || character === "{") depth++;
      else if ((character === "]" || character === "}") && depth > 0) depth--;
      if (depth > DEPTH_MAX) return index + 1;
    }
  }
  return null;
}

function read(text: string, file: string): Description {
  const lines = new LineCounter();
  const lineAt = (offset: number) => Math.max(1, lines.linePos(offset).line);
  const documents = parseAllDocuments(text, {
    lineCounter: lines,
    intAsBigInt: true,
    prettyErrors: false,
    logLevel: "error" as const,
  });
  const list: readonly Document[] = documents;
  if (list.length > DOCUMENTS_MAX) {
    throw new BadInput(`${file}: expected at most ${DOCUMENTS_MAX} documents, found ${list.length}`);
  }

  const data: Record<string, unknown> = Object.create(null) as Record<string, unknown>;
  const roots = new Map<string, unknown>();
  for (const document of list) {
    const problem = document.errors[0] ?? document.warnings[0];
    if (problem !== undefined) {
      throw new BadInput(`${file}: line ${lineAt(problem.pos[0])}: expected YAML: ${shown(problem.message)}`);
    }
    visit(document, (_key, node) => {
      const isShared = isAlias(node) || (isNode(node) && (node as { anchor?: unknown }).anchor !== undefined);
      if (isShared) {
        const line = lineAt(node.range?.[0] ?? 0);
        throw new BadInput(`${file}: line ${line}: anchors and aliases are not read: write it out`);
      }
    });
    const contents: unknown = document.contents;
    // A document of nothing but comments is none.
    if (contents === null || (isScalar(contents) && contents.value === null)) continue;
    if (!isMap(contents)) {
      const line = lineAt(rangeOf(contents));
      throw new BadInput(`${file}: line ${line}: expected lists named cVMs and capfiles`);
    }
    const plain = document.toJS({ maxAliasCount: 0 }) as Record<string, unknown>;
    for (const [key, value] of Object.entries(plain)) {
      const node = contents.get(key, true);
      if (roots.has(key)) {
        throw new BadInput(`${file}: line ${lineAt(rangeOf(node))}: ${key}: is there twice`);
      }
      data[key] = value;
      roots.set(key, node);
    }
  }
  return { data, lineOf: (path) => lineAt(placeOf(roots, path)) };
}

function placeOf(roots: ReadonlyMap<string, unknown>, [first, ...rest]: Path): number {
  let node = roots.get(String(first));
  let place = rangeOf(node);
  for (const key of rest) {
    // Where one thing may stand for a list of it, the path does not tell which it was.
    if (isSeq(node) && typeof key === "string") node = node.items[0];
    const found = isSeq(node)
      ? node.items[Number(key)]
      : isMap(node)
        ? node.get(String(key), true)
        : undefined;
    if (found === undefined) break;
    node = found;
    place = rangeOf(node) || place;
  }
  return place;
}

function rangeOf(node: unknown): number {
  return isNode(node) ? (node.range?.[0] ?? 0) : 0;
}

const MESSAGE_MAX = 120;

/** A message that may quote the text: cut, and without control characters. */
function shown(message: string): string {
  const visible = message.replace(/[^\x20-\x7e]+/g, "?");
  return visible.length <= MESSAGE_MAX ? visible : `${visible.slice(0, MESSAGE_MAX)}...`;
}
