import { describe, expect, test } from "vitest";
import type { CanaryResult } from "../campaign/record.ts";
import { Random } from "../generate/random.ts";
import { baseObject } from "./fuzz-bases.ts";
import { loneCrew, type ObjectCampaign, runObjectCampaign } from "./fuzz-campaign.ts";
import { findObjectCanaries, firstDifference, objectCanaries } from "./fuzz-canary.ts";
import { replayObject } from "./fuzz-command.ts";
import { mutations } from "./fuzz-mutate.ts";
import { answerOf, Files, type Verifiers, verifiers } from "./fuzz-shard.ts";
import { shrinkObject } from "./fuzz-shrink.ts";
import { SIZE } from "./writer.ts";

/** A campaign with a clock that stands still. */
function campaign(
  runs: number,
  judges: Verifiers,
  workers = 1,
  canaries: readonly CanaryResult[] = [],
): Promise<ObjectCampaign> {
  return runObjectCampaign({
    seed: "objects",
    budget: { runs },
    workers,
    crew: loneCrew(judges),
    verifiers: judges,
    findingsMax: 10,
    canaries,
    clock: () => 0,
    signal: new AbortController().signal,
    onProgress: () => {},
  });
}

describe("files", () => {
  test("what they are made of is accepted by both verifiers", () => {
    const random = new Random("bases");
    const sizes = new Set<number>();
    for (let index = 0; index < 300; index++) {
      random.restart(index);
      const file = baseObject(random);
      sizes.add(file.length);
      expect([verifiers.expect(file), verifiers.actual(file)]).toEqual([0, 0]);
    }
    expect(sizes.size).toBeGreaterThan(50);
    expect(Math.max(...sizes)).toBeGreaterThan(16_384);
  });

  test("seed and number decide each, whatever was made before", () => {
    const [one, other] = [new Files("a"), new Files("a")];
    for (let run = 0; run < 50; run++) one.file(run);
    const again = Uint8Array.from(one.file(7));
    expect(again).toEqual(Uint8Array.from(other.file(7)));
    expect(again).not.toEqual(Uint8Array.from(other.file(8)));
  });
});

describe("canaries", () => {
  test("are found by the comparison, and nothing is where nothing is planted", async () => {
    const results = await findObjectCanaries();
    expect(results.map(({ plant, foundBy }) => [plant, foundBy])).toEqual(
      objectCanaries.map((one) => [one, "D"]),
    );
    for (const { tests } of results) expect(tests).toBeLessThan(2048);
    expect(firstDifference(verifiers)).toBeNull();
  });

  test("that are missed leave nothing to be said", async () => {
    const missed: CanaryResult = { plant: "impl:B07", expected: ["D"], foundBy: null, tests: 4096 };
    const { verdict, reason } = await campaign(20_000, verifiers, 1, [missed]);
    expect({ verdict, reason }).toEqual({
      verdict: "unknown",
      reason: "planted to be found, and not found: impl:B07",
    });
  });
});

describe("campaigns", () => {
  test("reach every answer by every kind of change, and both verifiers agree", async () => {
    const result = await campaign(20_000, verifiers);
    expect(result).toMatchObject({ verdict: "holds", files: 20_000, never: [], findings: [] });
    for (const mutation of mutations) expect(result.mutations[mutation]).toBeGreaterThan(100);
  });

  test("are the same however many work", async () => {
    expect(await campaign(30_000, verifiers, 3)).toEqual(await campaign(30_000, verifiers));
  });

  test("that are too short to reach every answer hold nothing", async () => {
    expect((await campaign(3, verifiers)).verdict).toBe("unknown");
  });

  test.each([1, 2, 3, 4, 5, 6, 7, 9, 10])(
    "find a verifier without check %i, and show it on a small file",
    async (check) => {
      const actual = (bytes: Uint8Array) => (verifiers.actual(bytes) === check ? 0 : verifiers.actual(bytes));
      const { verdict, findings } = await campaign(10_000, { ...verifiers, actual });
      expect(verdict).toBe("broken");
      expect(findings.map(({ signature }) => signature)).toEqual([
        `model refuses for ${check}, impl accepts`,
      ]);
      const { bytes, isMinimal } = findings[0]!;
      expect(isMinimal).toBe(true);
      expect(bytes.length).toBeLessThan(check === 2 ? 20_000 : 200);
      expect(verifiers.expect(bytes)).toBe(check);
    },
  );

  test("find a verifier that throws", async () => {
    const actual = (bytes: Uint8Array) => {
      if (bytes.length % 16 === 3) throw new RangeError("length");
      return verifiers.actual(bytes);
    };
    const { findings } = await campaign(2000, { ...verifiers, actual });
    expect(findings.length).toBeGreaterThan(0);
    expect(findings[0]!.actual).toBe("throws RangeError");
    for (const { bytes } of findings) expect(bytes.length % 16).toBe(3);
    expect(findings.find(({ expect: expected }) => expected === 1)!.bytes.length).toBe(3);
  });

  test("end when they are asked to", async () => {
    const interrupt = new AbortController();
    const result = await runObjectCampaign({
      seed: "objects",
      budget: { seconds: 1000 },
      workers: 2,
      crew: loneCrew(),
      verifiers,
      findingsMax: 10,
      canaries: [],
      clock: () => 0,
      signal: interrupt.signal,
      onProgress: () => interrupt.abort(),
    });
    expect(result.isInterrupted).toBe(true);
    expect(result.files).toBeLessThanOrEqual(40_000);
  });
});

describe("shrinking", () => {
  test("keeps what is looked for, and stops after so many tests", () => {
    const random = new Random("shrink");
    const file = baseObject(random);
    let tests = 0;
    const holds = (bytes: Uint8Array) => {
      tests++;
      return answerOf(verifiers.expect, bytes) === 0;
    };
    const { bytes, isMinimal } = shrinkObject(file, holds, 5000);
    expect(isMinimal).toBe(true);
    // A header, one line of code, and an export with a name of one letter.
    expect(bytes.length).toBe(SIZE.header + 16 + SIZE.export + 1);
    tests = 0;
    expect(shrinkObject(file, holds, 3).isMinimal).toBe(false);
    expect(tests).toBe(3);
  });
});

describe("replay", () => {
  test("says what both verifiers answer", () => {
    const file = baseObject(new Random("replay"));
    expect(replayObject(file, "x.obj").text).toMatch(/holds: both give the same answer, 0: accepted$/);
    expect(replayObject(file.subarray(1), "x.obj")).toEqual({
      verdict: "holds",
      text: "holds: both give the same answer, check 1: header, sizes, names",
    });
  });
});
