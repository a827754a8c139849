import { existsSync } from "node:fs";
import { join } from "node:path";
import { BadInput } from "../bad-input.ts";
import { type Finding, loadProgramOrFinding, saveFinding } from "../program/index.ts";
import { storyOf, type Untold } from "./story.ts";

/** A finding on disk. */
export interface Stored {
  readonly finding: Finding;
  readonly path: string;
}

/**
 * Tells a finding's story and stores it in a folder, whole or not at all. The name of the file follows from
 * the signature alone: the same finding found again is the same file, and of the two programs the shorter one
 * stays.
 *
 * @throws BadInput when the file cannot be written.
 */
export function storeFinding(folder: string, untold: Untold): Stored {
  const path = join(folder, fileNameOf(untold.signature));
  const known = stored(path);
  if (known !== null && known.program.words.length <= untold.program.words.length)
    return { finding: known, path };
  const finding = { ...untold, story: storyOf(untold, path) };
  saveFinding(path, finding);
  return { finding, path };
}

/** The finding that lies there, or null: whatever cannot be read as one may be replaced. */
function stored(path: string): Finding | null {
  try {
    return existsSync(path) ? loadProgramOrFinding(path).finding : null;
  } catch (error) {
    if (error instanceof BadInput) return null;
    throw error;
  }
}

function fileNameOf(signature: string): string {
  const words = signature
    .toLowerCase()
    .replace(/[^a-z0-9.]+/g, "-")
    .replace(/^-|-$/g, "");
  return `${words.slice(0, 80)}-${checksum(signature)}.json`;
}

/** Eight hexadecimal digits, so that signatures that differ only in signs have different names (FNV-1a). */
function checksum(text: string): string {
  let hash = 0x811c9dc5;
  for (const character of text) hash = Math.imul(hash ^ character.codePointAt(0)!, 0x01000193);
  return (hash >>> 0).toString(16).padStart(8, "0");
}
