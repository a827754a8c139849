import { describe, expect, test } from "vitest";
import type { Hunt, Specimen, ZooRecord } from "../fuzz/zoo/record.ts";
import { isFound, zooText } from "./zoo.ts";

const found: Hunt = {
  seed: "zoo 1",
  foundBy: "A",
  programs: 10,
  steps: 700,
  elapsedMs: 1500,
  signature: "A write_reg: csetbounds",
  size: 2,
  isOneMinimal: true,
  alsoSeenBy: [],
};
const missed: Hunt = {
  ...found,
  foundBy: null,
  programs: 5000,
  steps: 300_000,
  elapsedMs: 60_000,
  signature: null,
  size: null,
  isOneMinimal: null,
};

const specimen: Specimen = {
  id: "E21",
  kind: "encoding and bounds",
  difficulty: 1,
  over: false,
  where: "both",
  expected: ["A", "M"],
  hunts: [found, { ...found, foundBy: "M", programs: 20, size: 4 }, { ...found, programs: 60, size: 3 }],
  laws: [],
  mismatch: null,
};

function record(...specimens: Specimen[]): ZooRecord {
  return {
    format: "capwright-zoo",
    version: 2,
    level: "machine",
    seed: "zoo",
    seeds: 3,
    seconds: 60,
    oracles: ["D", "L", "A", "M", "O", "S", "V"],
    interrupted: false,
    elapsedMs: 1,
    specimens,
  };
}

/** The cells of the first specimen's row. */
function row(of: Specimen): string[] {
  return zooText(record(of)).split("\n")[1]!.trim().split(/ {2,}/);
}

describe("the table of the zoo", () => {
  test("has median and range over the seeds, who was first, and the size", () => {
    expect(row(specimen)).toEqual([
      "E21",
      "both",
      "encoding and bounds",
      "1",
      "3 of 3",
      "A 2, M 1",
      "20 (10 to 60)",
      "700 (700 to 700)",
      "1.5 (1.5 to 1.5)",
      "3",
      "yes",
      "-",
      "-",
    ]);
  });

  test("tells what was not found as a bound, and never drops it", () => {
    const rare = { ...specimen, hunts: [found, missed, missed] };
    expect(row(rare).slice(4, 8)).toEqual(["NO, 1 of 3", "A", ">5,000", ">300,000"]);
    const frequent = { ...specimen, hunts: [missed, found, found] };
    expect(row(frequent)[6]).toBe("10 (10 to >5,000)");
    const text = zooText(record(rare));
    expect(text).toContain("Not found within 60 s\n  both:E21  2 of 3 seeds  expected A, M");
    expect(text).toMatch(/nobody +0 +0 +2\n/);
  });

  test("counts a fault as found if a law shows it where programs do not", () => {
    const law = (name: string | null) => ({ seed: "zoo", law: name, tests: 900 });
    const hunted = { ...specimen, hunts: [missed, missed], laws: [law("set-bounds"), law("set-bounds")] };
    expect(isFound(hunted)).toBe(true);
    expect(row(hunted)[11]).toBe("900 (900 to 900)");
    expect(isFound({ ...hunted, laws: [law("set-bounds"), law(null)] })).toBe(false);
    expect(isFound({ ...hunted, hunts: [] })).toBe(true);
    expect(zooText(record(hunted))).toMatch(/laws, apart +0 +0 +2\n?/);
  });

  test("names the oracles that see a difference on the faulty machine alone", () => {
    const hunts = [
      { ...found, foundBy: "D", alsoSeenBy: ["A", "M"] },
      { ...found, foundBy: "D", alsoSeenBy: ["A"] },
    ] as const;
    expect(row({ ...specimen, where: "impl", hunts }).at(-1)).toBe("A 2, M 1");
  });

  test("sums up by class, by place and for faults that widen authority", () => {
    const over = { ...specimen, id: "O01", over: true, expected: ["O"], hunts: [missed] } as const;
    const text = zooText(record(specimen, { ...specimen, where: "impl" }, over));
    expect(text).toMatch(/encoding and bounds +1 of 1, 100 % +- +1 of 2, 50 %\n/);
    expect(text).toMatch(/authority widened or forged +1 of 1, 100 % +- +1 of 1, 100 %\n/);
  });

  test("tells plants that are not alike, and an early end", () => {
    const text = zooText({ ...record({ ...specimen, mismatch: "addi: trap" }), interrupted: true });
    expect(text).toContain("Not planted alike in both machines\n  E21  addi: trap");
    expect(text).toContain("Ended early");
  });

  test("of cVMs counts scripts, and leaks and authority in one", () => {
    const leak = { ...specimen, id: "M02", kind: "leak", hunts: [{ ...found, foundBy: "T" }] } as const;
    const over = { ...specimen, id: "R07", kind: "liveness", hunts: [missed] } as const;
    const text = zooText({ ...record(leak, over), level: "system" });
    expect(text).toMatch(/first by +scripts +steps +seconds +size /);
    expect(text).toMatch(/leaks and authority +- +- +1 of 1, 100 %\n/);
    expect(text).toMatch(/\n +T +0 +0 +1\n/);
    expect(text).not.toContain("laws, apart");
  });

  test("has no size of a system that gave up", () => {
    const thrown = {
      ...specimen,
      hunts: [{ ...found, foundBy: "V", size: null, isOneMinimal: null }],
    } as const;
    expect(row(thrown).slice(5, 11)).toEqual(["V", "10", "700", "1.5", "-", "0 of 1"]);
  });

  test("of nothing at all has no share", () => {
    expect(zooText(record())).toMatch(/all +- +- +-/);
  });
});

test("a specimen without hunts is not found", () => {
  expect(isFound({ ...specimen, hunts: [] })).toBe(false);
});
