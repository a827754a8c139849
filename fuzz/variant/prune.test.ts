import { existsSync, linkSync, mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { prune, used } from "./prune.ts";

let variants = "";
beforeEach(() => {
  variants = mkdtempSync(join(tmpdir(), "variants-"));
});
afterEach(() => rmSync(variants, { recursive: true }));

/** Folders 0, 1, ..., of which each was used a second after the one before. */
function folders(count: number): void {
  for (let at = 0; at < count; at++) {
    mkdirSync(join(variants, `${at}`));
    utimesSync(join(variants, `${at}`), at, at);
  }
}

function compiled(name: string, hours: number): string {
  const path = join(variants, "compiled", name);
  writeFileSync(path, "");
  utimesSync(path, 3600 * hours, 3600 * hours);
  return path;
}

test("a thousand variants are too many: the older half goes, and what was compiled for them alone", () => {
  mkdirSync(join(variants, "compiled"));
  folders(1000);
  used(join(variants, "0"));
  linkSync(compiled("linked", 1), join(variants, "999", "linked"));
  compiled("spare", 1);
  compiled("recent", 9.5);
  compiled("newest", 10);
  prune(variants, join(variants, "compiled"));
  const left = ["0", "1", "500", "501", "999"].filter((name) => existsSync(join(variants, name)));
  expect(left).toEqual(["0", "501", "999"]);
  const files = ["linked", "spare", "recent", "newest"];
  expect(files.filter((name) => existsSync(join(variants, "compiled", name)))).toEqual([
    "linked",
    "recent",
    "newest",
  ]);
});

test("fewer stay as they are; where there is nothing yet nothing happens", () => {
  prune(variants, join(variants, "compiled"));
  mkdirSync(join(variants, "compiled"));
  folders(999);
  prune(variants, join(variants, "compiled"));
  expect(existsSync(join(variants, "0"))).toBe(true);
});
