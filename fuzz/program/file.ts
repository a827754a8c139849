import { randomBytes } from "node:crypto";
import { readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import type * as z from "zod";
import { BadInput } from "../bad-input.ts";

/** The largest JSON file that is read: well above a finding of the longest program. */
const FILE_BYTES_MAX = 64 * 1024 * 1024;

/**
 * Checks the text of a JSON file against a schema; `name` stands for the file in messages.
 *
 * @throws BadInput naming the file and the line (text that is not JSON) or the path (JSON that does not fit).
 */
export function parseJson<Schema extends z.ZodType>(
  text: string,
  schema: Schema,
  name: string,
): z.output<Schema> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new BadInput(`${name}: ${placeOf(text)}: expected JSON (${(error as Error).message})`);
  }

  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const issue = result.error.issues[0]!;
  const more = result.error.issues.length > 1 ? ` (and ${result.error.issues.length - 1} more)` : "";
  throw new BadInput(`${name}: ${pathText(issue.path)}: ${issue.message}${more}`);
}

/**
 * Reads a text file of bounded size.
 *
 * @throws BadInput when there is no such file, it cannot be read, or it is larger than 64 MiB.
 */
export function readText(path: string): string {
  let size: number;
  try {
    const status = statSync(path);
    if (!status.isFile()) throw new BadInput(`${path}: expected a file`);
    size = status.size;
    if (size <= FILE_BYTES_MAX) return readFileSync(path, "utf8");
  } catch (error) {
    if (error instanceof BadInput) throw error;
    throw new BadInput(`${path}: cannot be read (${(error as NodeJS.ErrnoException).code ?? String(error)})`);
  }
  throw new BadInput(`${path}: expected at most ${FILE_BYTES_MAX} bytes, found ${size}`);
}

/**
 * Writes a file so that a reader sees the old content or the new one, never half of it.
 *
 * @throws BadInput when the place cannot be written.
 */
export function writeWhole(path: string, content: string | Uint8Array): void {
  const temporary = `${path}.${process.pid}.${randomBytes(4).toString("hex")}.tmp`;
  try {
    writeFileSync(temporary, content);
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw new BadInput(
      `${path}: cannot be written (${(error as NodeJS.ErrnoException).code ?? String(error)})`,
    );
  }
}

/** Where JSON text breaks off or goes wrong: the parser tells an offset only now and then. */
function placeOf(text: string): string {
  let good = 0;
  let bad = text.length + 1;
  while (bad - good > 1) {
    const middle = (good + bad) >>> 1;
    if (couldGoOn(text.slice(0, middle))) good = middle;
    else bad = middle;
  }
  const before = text.slice(0, good).split("\n");
  return `line ${before.length}, column ${before.at(-1)!.length + 1}`;
}

/** Whether text is JSON or the beginning of some: the parser complains of nothing but its end. */
function couldGoOn(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch (error) {
    const { message } = error as Error;
    const told = /at position (\d+)/.exec(message);
    return told === null ? message.startsWith("Unexpected end") : Number(told[1]) >= text.length;
  }
}

function pathText(path: readonly PropertyKey[]): string {
  if (path.length === 0) return "(whole file)";
  return path
    .map((key) => (typeof key === "number" ? `[${key}]` : `.${String(key)}`))
    .join("")
    .replace(/^\./, "");
}
