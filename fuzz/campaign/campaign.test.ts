import { describe, expect, test } from "vitest";
import type { MachineUnderTest, StepEvent } from "../../model/contract.ts";
import { createModel } from "../../model/machine/reference.ts";
import { batched } from "../lockstep/batched.ts";
import { type Finding, OBJECTORS, type Objector } from "../program/index.ts";
import { type Bench, benchOf, createBench } from "./bench.ts";
import { type CampaignOptions, runCampaign } from "./campaign.ts";
import { SHARD_PROGRAMS } from "./shard.ts";

type Spoil = (event: StepEvent) => StepEvent;

/** A bench of two models, the second of which tells something else now and then. */
function bench(spoil: Spoil = (event) => event): Bench {
  const model = createModel();
  const spoilt: MachineUnderTest = {
    ...model,
    name: "spoilt",
    inject: (word) => spoil(model.inject(word)),
    step: () => spoil(model.step()),
  };
  return benchOf(createModel(), batched(spoilt, 4096), OBJECTORS);
}

/** CGetTag answers the opposite. */
const wrongTag: Spoil = (event) => {
  const { register, word } = event;
  if ((word & 0xfff0707f) >>> 0 !== 0xfe40005b || register?.kind !== "integer") return event;
  return { ...event, register: { ...register, value: register.value ^ 1n } };
};

function campaign(options: Partial<CampaignOptions>) {
  return runCampaign({
    seed: "test",
    budget: { runs: 300 },
    workers: 0,
    faults: [],
    oracles: OBJECTORS,
    canaries: [],
    accepted: [],
    findingsMax: 5,
    clock: () => 0,
    bench: bench(),
    ...options,
  });
}

describe("a campaign", () => {
  test("on machines that agree holds, counts what it did and keeps programs", async () => {
    const { record, corpus, findings } = await campaign({});
    expect(record).toMatchObject({
      verdict: "holds",
      programs: 300,
      findings: [],
      undeclared: [],
      interrupted: false,
    });
    expect(record.steps).toBeGreaterThan(3000);
    expect(corpus.length).toBeGreaterThan(10);
    expect(findings).toEqual([]);
    expect(record.reason).toBe(
      `${record.steps.toLocaleString("en-US")} steps compared, no difference, no rule broken`,
    );
  });

  test("with the same seed is the same, with another seed is not", async () => {
    const one = await campaign({});
    const same = await campaign({ bench: bench() });
    const other = await campaign({ seed: "other" });
    expect(same).toEqual(one);
    expect(other.record.steps).not.toBe(one.record.steps);
  });

  test("of no time at all compares nothing and is unknown", async () => {
    const { record } = await campaign({ budget: { seconds: 0 } });
    expect(record).toMatchObject({ verdict: "unknown", reason: "nothing was compared", programs: 0 });
  });

  test("ends when its time is over", async () => {
    let now = 0;
    const { record } = await campaign({
      budget: { seconds: 5 },
      clock: () => now,
      onProgress: () => {
        now += 1000;
      },
    });
    expect(record.verdict).toBe("holds");
    expect(record.elapsedMs).toBeGreaterThanOrEqual(5000);
  });

  test("ends early with a verdict when it is interrupted", async () => {
    const interrupt = new AbortController();
    const { record } = await campaign({
      budget: { runs: 1_000_000 },
      signal: interrupt.signal,
      onProgress: ({ programs }) => programs > 500 && interrupt.abort(),
    });
    expect(record).toMatchObject({ verdict: "holds", interrupted: true });
    expect(record.programs).toBeLessThan(10_000);
  });

  test("tells progress that grows", async () => {
    const steps: number[] = [];
    await campaign({ onProgress: (progress) => steps.push(progress.steps) });
    expect(steps.length).toBe(3);
    expect(steps.toSorted((a, b) => a - b)).toEqual(steps);
  });

  test("is unknown when its machinery breaks", async () => {
    const broken = {
      ...bench(),
      source: () => {
        throw new Error("out of words");
      },
    };
    const { record } = await campaign({ bench: broken });
    expect(record).toMatchObject({ verdict: "unknown", reason: "a worker died: Error: out of words" });
  });
});

describe("a campaign that is judged", () => {
  // Bounds outside those of the source keep their tag, on both machines alike.
  const common = { faults: ["both:E21"], findingsMax: 1, budget: { runs: 1000 } } as const;
  const judged = async (oracles: readonly Objector[], faults: readonly string[] = common.faults) =>
    campaign({ ...common, faults, oracles, bench: await createBench(faults, oracles) });

  test("finds what both machines do wrong alike, shrinks it and tells who gained what", async () => {
    const { record, findings } = await judged(["D", "A"]);
    expect(record).toMatchObject({
      verdict: "broken",
      reason: "the reference breaks rules: 1 finding",
      oracles: ["D", "A"],
    });
    const { oracle, difference, violation, program, shrunk, signature, story } = findings[0]!;
    expect({ oracle, difference, shrunk }).toEqual({ oracle: "A", difference: null, shrunk: true });
    expect(program.words.length).toBeLessThanOrEqual(3);
    expect(violation).toMatchObject({ oracle: "A", at: program.words.length - 1 });
    expect(signature).toBe(`A ${violation!.rule}: ${violation!.instruction}`);
    expect(record.findings[0]).toMatchObject({
      oracle: "A",
      rule: violation!.rule,
      difference: null,
      signature,
    });
    expect(story).toContain(`model breaks rule ${violation!.rule} of oracle A at step ${violation!.at}`);
    for (const line of violation!.text) expect(story).toContain(line);
  });

  test("ends with the program that was found, when one finding is enough", async () => {
    const { record, findings } = await judged(["D", "A"]);
    const { shard, run } = findings[0]!.origin!;
    expect(record.programs).toBe(shard * SHARD_PROGRAMS + run + 1);
    expect(record.clauses.some(({ broken }) => broken === 1)).toBe(true);
  });

  test("credits the oracle that objects at the earlier step, and a rule before a difference", async () => {
    const together = await judged(["D", "A"], ["model:E21"]);
    const apart = await judged(["D"], ["model:E21"]);
    expect(together.findings[0]!.oracle).toBe("A");
    expect(apart.findings[0]).toMatchObject({ oracle: "D", violation: null });
    expect(apart.record.clauses).toEqual([]);
  });

  test("says which rules each of two machines that differ breaks by itself", async () => {
    const { findings } = await judged(["D", "A"], ["impl:E21"]);
    const [finding] = findings;
    expect(finding!.oracle).toBe("D");
    expect(finding!.objections).toContainEqual(expect.objectContaining({ side: "actual", oracle: "A" }));
    expect(finding!.objections.filter(({ side }) => side === "expect")).toEqual([]);
    expect(finding!.story).toContain("impl by itself breaks rule");
  });

  test("without D takes no notice of differences", async () => {
    const { record } = await judged(["A"], ["impl:P26"]);
    expect(record).toMatchObject({ verdict: "holds", oracles: ["A"], findings: [] });
    expect(record.reason).toMatch(/steps judged, no rule broken$/);
  });

  test("counts every clause the same with any number of workers", async () => {
    const counted = async (workers: number) => {
      const options = {
        seed: "test",
        budget: { runs: 400 },
        findingsMax: 2,
        faults: [],
        accepted: [],
        canaries: [],
      };
      const { record } = await runCampaign({ ...options, oracles: ["A"], clock: () => 0, workers });
      return record.clauses;
    };
    const one = await counted(1);
    expect(one.some(({ held }) => held > 1000)).toBe(true);
    expect(await counted(2)).toEqual(one);
  });

  test("runs nothing once a canary was missed", async () => {
    const canaries = [{ plant: "impl:P26", expected: ["D"], foundBy: null, tests: 256 }];
    const { record } = await campaign({ canaries });
    expect(record).toMatchObject({
      verdict: "unknown",
      reason: "planted to be found, and not found: impl:P26",
      programs: 0,
      canaries,
    });
  });
});

describe("a difference", () => {
  test("is found, told once, counted each time, and breaks the verdict", async () => {
    const told: Finding[] = [];
    const { record, findings } = await campaign({
      bench: bench(wrongTag),
      store: (untold) => ({ finding: { ...untold, story: "told" }, path: "finding.json" }),
      onFinding: (finding, path) => {
        expect(path).toBe("finding.json");
        told.push(finding);
      },
    });
    expect(record).toMatchObject({
      verdict: "broken",
      reason: "the machines differ: 1 finding",
      programs: 300,
    });
    expect(record.findings.length).toBe(1);
    expect(record.findings[0]).toMatchObject({
      signature: "cgettag: register.value",
      file: "finding.json",
    });
    expect(record.findings[0]!.times).toBeGreaterThan(5);
    expect(told).toEqual(findings);
    expect(findings[0]).toMatchObject({
      machines: { expect: "model", actual: "spoilt" },
      origin: { seed: "test" },
    });
    expect(findings[0]!.difference?.instruction).toBe("cgettag");
    expect(findings[0]).toMatchObject({ shrunk: true, story: "told" });
    expect(findings[0]!.program.words.length).toBe(1);
  });

  test("tells its story also when it is not stored", async () => {
    const { findings, record } = await campaign({ bench: bench(wrongTag) });
    expect(findings[0]!.story).toContain("cgettag");
    expect(record.findings[0]!.file).toBeNull();
  });

  test("ends the campaign when enough are found, whatever is under way", async () => {
    let number = 0;
    const each: Spoil = (event) => ({
      ...event,
      register: { kind: "integer", index: 1, value: BigInt(number++) },
    });
    const { record } = await campaign({ bench: bench(each), findingsMax: 3, budget: { runs: 10_000 } });
    expect(record.verdict).toBe("broken");
    expect(record.findings.length).toBe(3);
    expect(record.programs).toBeLessThan(10_000);
  });
});
