import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { BadInput } from "../bad-input.ts";
import { parseDescription } from "./description.ts";
import { planOf } from "./plan.ts";

const folder = mkdtempSync(join(tmpdir(), "capwright-cvm-"));
afterAll(() => rmSync(folder, { recursive: true }));
writeFileSync(join(folder, "idle.s"), "start:\n  jal x0, start\n");
writeFileSync(join(folder, "other.s"), "start:\n  jal x0, start\n");
writeFileSync(join(folder, "large.s"), `start:\n  jal x0, start\n.data\n${"  .zero 4096\n".repeat(16)}`);
writeFileSync(join(folder, "wrong.s"), "start:\n  jump x0\n");

const FILE = join(folder, "d.yaml");

/** What is said of a description; null if nothing. */
function refusal(text: string): string | null {
  try {
    planOf(parseDescription(text, FILE));
    return null;
  } catch (error) {
    if (error instanceof BadInput) return error.message.replaceAll(folder, "");
    throw error;
  }
}

const one = (more: string) => `cVMs:\n- name: a\n  runtime: idle.s\n${more}`;
const iso = (text: string) => one(`  isolation: {${text}}\n`);
const two = (first: string, second: string) =>
  `cVMs:\n- {name: a, runtime: idle.s, ${first}}\n- {name: b, runtime: other.s, ${second}}\n`;

describe("a description", () => {
  test("in the prototype's shape is understood: two documents, isolation as a list of one, args as one text", () => {
    const text = `---
capfiles:
- name: test1
  size: 0x20
  data: "Hello world\\n"

---
cVMs:
- name: cap-file-test
  runtime: idle.s
  args: /ld.so /app/cap_file
  callback_out: monitor
  clean_room: true
  wait: -1
  isolation:
  - base:  0x400000
    size:  0x10000
    begin: 0x400000
    end:   0x410000
`;
    const described = parseDescription(text, FILE);
    expect(described.capfiles).toEqual([{ name: "test1", size: 32, data: "Hello world\n" }]);
    expect(described.cvms[0]).toMatchObject({
      name: "cap-file-test",
      args: ["/ld.so", "/app/cap_file"],
      isolation: { base: 0x40_0000, size: 0x1_0000, begin: 0x40_0000, end: 0x41_0000 },
      wait: -1,
    });
    expect(planOf(described).cvms.map(({ description }) => description.name)).toEqual([
      "capfiles",
      "cap-file-test",
    ]);
  });

  test("may have buffers of sizes that bounds cover in different units", () => {
    const sizes = ["0x400000", "1", "0x1000", "0x101000", "0x3fe000"];
    const capfiles = sizes.map((size, index) => `- {name: k${index}, size: ${size}}\n`);
    expect(refusal(`capfiles:\n${capfiles.join("")}${one("")}`)).toBe(null);
  });

  test("may name layers by their runtimes, the inner one first or last", () => {
    const outer =
      "isolation: {base: 0x20000, size: 0x10000, begin: 0x10000, end: 0x30000}, callback_in: other.s";
    const inner = "isolation: {base: 0x10000, size: 0x10000}, callback_out: idle.s";
    const plan = planOf(parseDescription(two(outer, inner), FILE));
    expect(plan.cvms.map(({ description: { name, size, parent } }) => ({ name, size, parent }))).toEqual([
      { name: "a", size: 0x2_0000, parent: null },
      { name: "b", size: 0x1_0000, parent: { cvm: "a", at: 0 } },
    ]);
    const turned = `cVMs:\n- {name: b, runtime: other.s, ${inner}}\n- {name: a, runtime: idle.s, ${outer}}\n`;
    const other = planOf(parseDescription(turned, FILE));
    expect(other.cvms.map(({ description }) => description.name)).toEqual(["a", "b"]);
    expect(other.starts).toEqual([1, 0]);
  });
});

describe("text that is no description", () => {
  test.each([
    ["", "/d.yaml: line 1: cVMs: expected a list of cVMs"],
    ["42", "/d.yaml: line 1: expected lists named cVMs and capfiles"],
    ["cVMs: [", "/d.yaml: line 1: expected YAML: "],
    ["a: &x 1\nb: *x\n", "/d.yaml: line 1: anchors and aliases are not read: write it out"],
    ["cVMs:\n- name: a\n  name: b\n", "/d.yaml: line 3: expected YAML: Map keys must be unique"],
    [`${one("")}---\ncVMs: []\n`, "/d.yaml: line 5: cVMs: is there twice"],
    ["cVMs: !strange x", "/d.yaml: line 1: expected YAML: "],
    [`${one("")}__proto__: {a: 1}\n`, "/d.yaml: line 4: __proto__: is no field of a description"],
    ["[".repeat(100_000), "/d.yaml: line 1: nested too deeply"],
    ["- ".repeat(100_000), "/d.yaml: line 1: nested too deeply"],
    ["? ".repeat(100_000), "/d.yaml: line 1: nested too deeply"],
    [`x: ${"{a: ".repeat(50_000)}`, "/d.yaml: line 1: nested too deeply"],
    ["x".repeat(300_000), "/d.yaml: expected at most 262144 characters, found 300000"],
    ["---\na: 1\n".repeat(20), "/d.yaml: expected at most 16 documents, found 20"],
  ])("is refused by its line: %#", (text, told) => {
    expect(refusal(text)?.slice(0, told.length)).toBe(told);
  });

  test("of a thousand nested aliases takes no time and no memory", () => {
    const lines = ["x0: &x0 [a, a]"];
    for (let level = 1; level < 1000; level++) {
      lines.push(`x${level}: &x${level} [*x${level - 1}, *x${level - 1}]`);
    }
    expect(refusal(lines.join("\n"))).toBe("/d.yaml: line 1: anchors and aliases are not read: write it out");
  });
});

describe("a field that cannot be used is refused by line, path and what was expected", () => {
  test.each([
    ["cVMs:\n- name: a\n", "line 2: cVMs[0].runtime: expected the name of a file"],
    [one("  colour: red\n"), "line 4: cVMs[0].colour: is no field of a description"],
    [one(`  ${"k".repeat(900)}: 1\n`), `line 4: cVMs[0].${"k".repeat(40)}...: is no field of a description`],
    [
      `cVMs:\n- {name: A, runtime: x}\n`,
      "line 2: cVMs[0].name: expected a name: 1 to 31 characters of a-z, 0-9 and -",
    ],
    [
      `cVMs:\n- {name: ${"a".repeat(100_000)}, runtime: x}\n`,
      "line 2: cVMs[0].name: expected a name: 1 to 31 characters",
    ],
    [one("  disk: disk.img\n"), "line 4: cVMs[0].disk: /disk.img: cannot be read (ENOENT)"],
    [
      one(`  args: [${Array.from({ length: 16 }, () => "x").join(", ")}]\n`),
      "line 4: cVMs[0].args: expected at most 15 tokens",
    ],
    [one(`  args: ["${"x".repeat(256)}"]\n`), "line 4: cVMs[0].args[0]: expected at most 255 characters"],
    [one('  args: ["a\\0b"]\n'), "line 4: cVMs[0].args[0]: expected text without NUL"],
    [one("  args: [1.5]\n"), "line 4: cVMs[0].args[0]: expected text"],
    [iso("size: -1"), "line 4: cVMs[0].isolation.size: expected a number from 0 to 0x2000000"],
    [
      iso("size: 0x10000000000000000000000"),
      "line 4: cVMs[0].isolation.size: expected a number from 0 to 0x2000000",
    ],
    [iso('size: "0x1g"'), "line 4: cVMs[0].isolation.size: expected a number from 0 to 0x2000000"],
    [iso("size: 0x10000000"), "line 4: cVMs[0].isolation.size: expected a number from 0 to 0x2000000"],
    [iso("size: 1e5"), "line 4: cVMs[0].isolation.size: expected a number from 0 to 0x2000000"],
    [
      iso("size: 0"),
      "line 4: cVMs[0].isolation.size: expected what bounds can cover exactly: the next is 0x1000",
    ],
    [
      iso("size: 0x10001"),
      "line 4: cVMs[0].isolation.size: expected what bounds can cover exactly: the next is 0x11000",
    ],
    [
      iso("size: 0x401000"),
      "line 4: cVMs[0].isolation.size: expected what bounds can cover exactly: the next is 0x402000",
    ],
    [
      iso("size: 0x5000"),
      "line 4: cVMs[0].isolation.size: 0x5000 bytes do not hold the runtime: 0x4000 of code, 0x4000 of data",
    ],
    [iso("begin: 0x1000"), "line 4: cVMs[0].isolation.begin: expected base, too"],
    [iso("base: 0x1000, begin: 0x2000"), "line 4: cVMs[0].isolation.begin: expected at most base, 0x1000"],
    [iso("base: 0x1000, end: 0x20000"), "line 4: cVMs[0].isolation.end: expected base + size, 0x11000"],
    [one("  isolation: []\n"), "line 4: cVMs[0].isolation: expected base, size, begin and end"],
    [one("  wait: -2\n"), "line 4: cVMs[0].wait: expected -1, or seconds from 0 to 3600"],
    [one("  clean_room: false\n"), "line 4: cVMs[0].clean_room: expected true"],
    [one("  libvirt: true\n"), "line 4: cVMs[0].libvirt: expected false"],
    [one("  fork: true\n"), "line 4: cVMs[0].fork: expected false"],
    [one("  quotas: {threads: 0}\n"), "line 4: cVMs[0].quotas.threads: expected a thread at least"],
    [
      one("  quotas: {threads: 64}\n"),
      "line 4: cVMs[0].quotas.threads: expected a whole number from 0 to 63",
    ],
    [one("  peers: [b]\n"), "line 4: cVMs[0].peers[0]: there is no cVM b"],
    [one("  callback_out: nobody\n"), "line 4: cVMs[0].callback_out: there is no cVM nobody"],
    [one("  callback_out: a\n"), "line 4: cVMs[0].callback_out: layers are inside each other in a circle"],
    [
      two("callback_out: b", "callback_out: a"),
      "line 2: cVMs[0].callback_out: layers are inside each other in a circle",
    ],
    [two("callback_in: b", ""), "line 2: cVMs[0].callback_in: b has another callback_out: it is not inside"],
    [two("callback_out: b", ""), "line 2: cVMs[0].isolation: expected base: it lies in another"],
    [`${one("")}- name: a\n  runtime: idle.s\n`, "line 4: cVMs[1].name: there is another a"],
    [
      two("isolation: {base: 0x1000}", "isolation: {base: 0x2000}"),
      "line 3: cVMs[1].isolation.base: overlaps the range of a",
    ],
    [
      two("isolation: {base: 0x10000}", "isolation: {base: 0x10000}, callback_out: a"),
      "line 3: cVMs[1].isolation.base: expected to lie in 0x10000 to 0x10000 of a",
    ],
    [
      two(
        "wait: -1, isolation: {base: 0x20000, begin: 0x10000}",
        "isolation: {base: 0x10000}, callback_out: a",
      ),
      "line 2: cVMs[0].wait: b would start when a, which it is in, has ended",
    ],
    [
      `capfiles:\n- {name: tenletters, size: 1}\n${one("")}`,
      "line 2: capfiles[0].name: expected a key: 1 to 9",
    ],
    [
      `capfiles:\n- {name: k, size: 0}\n${one("")}`,
      "line 2: capfiles[0].size: expected a multiple of 1 above 0",
    ],
    [
      `capfiles:\n- {name: k, size: 0x2001}\n${one("")}`,
      "line 2: capfiles[0].size: expected a multiple of 16 above 0",
    ],
    [
      `capfiles:\n- {name: k, size: 0x401000}\n${one("")}`,
      "line 2: capfiles[0].size: expected a number from 0 to 0x400000",
    ],
    [
      `capfiles:\n${["a", "b", "c", "d", "e"].map((name) => `- {name: ${name}, size: 0x400000}\n`).join("")}${one("")}`,
      "line 2: capfiles: expected at most 0x1000000 bytes in all",
    ],
    [
      `capfiles:\n- {name: k, size: 2, data: abc}\n${one("")}`,
      "line 2: capfiles[0].data: 3 bytes do not fit into 2",
    ],
    [`capfiles:\n- {name: k, size: 2, addr: 0x100}\n${one("")}`, "line 2: capfiles[0].addr: is not taken"],
    [
      `capfiles:\n- {name: k, size: 1}\n- {name: k, size: 1}\n${one("")}`,
      "line 3: capfiles[1].name: there is another k",
    ],
  ])("%#", (text, told) => {
    expect(refusal(text)?.slice(0, told.length + "/d.yaml: ".length)).toBe(`/d.yaml: ${told}`);
  });
});

describe("a runtime that cannot be used", () => {
  test("is named where the description names it", () => {
    const missing = refusal("cVMs:\n- name: a\n  runtime: missing.s\n");
    expect(missing).toBe("/d.yaml: line 3: cVMs[0].runtime: /missing.s: cannot be read (ENOENT)");
  });

  test("is refused by its own line", () => {
    expect(refusal("cVMs:\n- {name: a, runtime: wrong.s}\n")).toBe(
      "/wrong.s: line 2: unknown instruction jump",
    );
  });

  test("has to fit into its range", () => {
    const told = "0x10000 bytes do not hold the runtime: 0x14000 of code, 0x14000 of data and stacks";
    expect(refusal("cVMs:\n- {name: a, runtime: large.s}\n")).toBe(
      `/d.yaml: line 2: cVMs[0].isolation.size: ${told}`,
    );
  });

  test("may be as large as the range has room", () => {
    expect(refusal("cVMs:\n- {name: a, runtime: large.s, isolation: {size: 0x29000}}\n")).toBeNull();
    expect(refusal("cVMs:\n- {name: a, runtime: large.s, isolation: {size: 0x28000}}\n")).toMatch(
      /do not hold/,
    );
  });
});

describe("memory", () => {
  test("that is not there for all of them is told before anything is created", () => {
    const many = Array.from(
      { length: 4 },
      (_, at) => `- {name: c${at}, runtime: idle.s, isolation: {size: 0x1000000}}\n`,
    );
    expect(refusal(`cVMs:\n${many.join("")}`)).toBe(
      "/d.yaml: line 5: cVMs[3].isolation: there can be no such range (ENOMEM: memory for all of them is not there)",
    );
  });
});
