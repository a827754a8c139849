import { describe, expect, test } from "vitest";
import type { MachineUnderTest, StepEvent } from "../../model/contract.ts";
import { createModel } from "../../model/machine/reference.ts";
import { batched } from "../lockstep/batched.ts";
import { type Finding, OBJECTORS } from "../program/index.ts";
import { type Bench, benchOf } from "./bench.ts";
import { type CampaignOptions, runCampaign } from "./campaign.ts";

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
    workers: 1,
    faults: [],
    oracles: OBJECTORS,
    canaries: [],
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
