import { linkSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { BadInput } from "../bad-input.ts";
import { parseDescription } from "./description.ts";
import { keepDisk, openDisk } from "./disk.ts";
import { planOf } from "./plan.ts";

const folder = mkdtempSync(join(tmpdir(), "capwright-disk-"));
afterAll(() => rmSync(folder, { recursive: true }));
const at = (name: string) => join(folder, name);
writeFileSync(at("idle.s"), "start:\n  jal x0, start\n");
writeFileSync(at("two.img"), new Uint8Array(1024).fill(7));
writeFileSync(at("odd.img"), new Uint8Array(513));
writeFileSync(at("empty.img"), "");
writeFileSync(at("large.img"), new Uint8Array(32_769));
mkdirSync(at("folder"));
symlinkSync(at("two.img"), at("link.img"));
linkSync(at("two.img"), at("same.img"));

/** What is said of cVMs with these disks; null if nothing. */
function refusal(...disks: string[]): string | null {
  const rows = disks.map((disk, index) => `- {name: c${index}, runtime: idle.s, disk: ${disk}}\n`);
  try {
    planOf(parseDescription(`cVMs:\n${rows.join("")}`, at("d.yaml")));
    return null;
  } catch (error) {
    if (error instanceof BadInput) return error.message.replaceAll(folder, "");
    throw error;
  }
}

describe("a disk that comes from a file", () => {
  test.each([
    ["none.img", "/none.img: cannot be read (ENOENT)"],
    ["folder", "/folder: expected a file"],
    ["large.img", "/large.img: expected at most 32768 bytes, found 32769"],
    ["{file: odd.img, kept: true}", "expected a multiple of 512 bytes above 0, since it is kept, found 513"],
    ["{file: empty.img, kept: true}", "expected a multiple of 512 bytes above 0, since it is kept, found 0"],
    ["{file: two.img, kept: 1}", "expected true or false"],
    ["{kept: true}", "expected the name of a file"],
    ["5", "expected the name of a file, or file and kept"],
    ["{file: two.img, size: 3}", "is no field of a description"],
  ])("is refused by line and path: %s", (disk, told) => {
    const text = refusal(disk)!;
    expect(text.slice(0, 29)).toBe("/d.yaml: line 2: cVMs[0].disk");
    expect(text).toContain(told);
  });

  test("may be of any length, and the same for several, if it is only read", () => {
    expect(refusal("odd.img", "odd.img", "empty.img")).toBeNull();
  });

  test.each(["two.img", "link.img", "same.img"])("is one cVM's alone if it is kept: %s", (other) => {
    const kept = "{file: two.img, kept: true}";
    const told = "expected a file of its own, since it is kept: c0 has it too";
    expect(refusal(kept, other)).toContain(told);
    expect(refusal(other, kept)).toContain(told);
    expect(refusal(kept, "odd.img")).toBeNull();
  });
});

describe("a disk that is kept", () => {
  test("goes into its file, through links, and grows by what is not zeros", () => {
    const disk = openDisk(at("link.img"), true);
    const sector = "07".repeat(512);
    expect(keepDisk(disk, [{ offset: 0, bytes: sector + sector }])).toBe(0);
    expect(
      keepDisk(disk, [
        { offset: 0, bytes: sector },
        { offset: 1536, bytes: "01" },
      ]),
    ).toBe(2);
    const after = readFileSync(at("two.img"));
    expect(after.length).toBe(2048);
    expect([after[0], after[600], after[1536]]).toEqual([7, 0, 1]);
  });

  test("does not take its file along when it cannot be written", () => {
    mkdirSync(at("gone"));
    writeFileSync(at("gone/disk.img"), new Uint8Array(512));
    const disk = openDisk(at("gone/disk.img"), true);
    rmSync(at("gone"), { recursive: true });
    expect(() => keepDisk(disk, [{ offset: 0, bytes: "01" }])).toThrow(
      /disk\.img: cannot be written \(ENOENT\)/,
    );
  });
});
