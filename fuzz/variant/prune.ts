import { existsSync, readdirSync, rmSync, statSync, utimesSync } from "node:fs";
import { join } from "node:path";

const FOLDERS_MAX = 1000;

/** Compiled files that no variant has any more go when they are so much older than the newest. */
const SPARE_MS = 3_600_000;

/** Keeps the folder of variants bounded: when there are too many, the oldest go. */
export function prune(variants: string, compiled: string): void {
  if (!existsSync(compiled)) return;
  const folders = byAge(variants).filter(({ path, isFolder }) => isFolder && path !== compiled);
  if (folders.length < FOLDERS_MAX) return;
  for (const { path } of folders.slice(0, FOLDERS_MAX / 2)) rmSync(path, { recursive: true, force: true });
  const files = byAge(compiled);
  const newest = files.at(-1)!.writtenMs;
  for (const { path, writtenMs, links } of files) {
    if (links === 1 && newest - writtenMs > SPARE_MS) rmSync(path, { force: true });
  }
}

/** Makes a folder the last one to go. */
export function used(folder: string): void {
  const now = new Date();
  utimesSync(folder, now, now);
}

function byAge(folder: string) {
  const found = readdirSync(folder).flatMap((name) => {
    const path = join(folder, name);
    const status = statSync(path, { throwIfNoEntry: false });
    return status === undefined
      ? []
      : [{ path, writtenMs: status.mtimeMs, links: status.nlink, isFolder: status.isDirectory() }];
  });
  return found.sort((one, other) => one.writtenMs - other.writtenMs);
}
