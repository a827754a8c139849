import { describe, expect, test } from "vitest";
import { OBJECTORS, type Objector } from "../program/index.ts";
import type { InstructionReach } from "../reach/table.ts";
import type { Progress } from "./campaign.ts";
import { Corpus } from "./corpus.ts";
import { LiveLine } from "./live.ts";
import { signatureOf } from "./signature.ts";
import {
  neverReached,
  STEPS_FOR_EVERY_CLAUSE,
  STEPS_FOR_EVERY_INSTRUCTION,
  STEPS_FOR_EVERY_OUTCOME,
  verdictOf,
} from "./verdict.ts";

function reach(...counts: number[]): InstructionReach {
  const names = ["retired", "length", "tag"];
  const outcomes = counts.map((count, at) => ({ outcome: names[at]!, count, classes: {} }));
  return { instruction: `i${counts.join("")}`, outcomes };
}

const ground = {
  steps: 1000,
  oracles: OBJECTORS,
  reach: [reach(1, 0), reach(0, 0)],
  undeclared: [],
  clauses: [],
  passed: 0,
  canFetch: true,
  canaries: [],
  findings: [] as readonly Objector[],
  obstacle: null,
};

describe("the verdict", () => {
  test("a short run without a difference holds, whatever it reached", () => {
    expect(verdictOf(ground)).toEqual({
      verdict: "holds",
      reason: "1,000 steps compared, no difference, no rule broken",
    });
  });

  test("a run that compared nothing is unknown", () => {
    expect(verdictOf({ ...ground, steps: 0 })).toEqual({
      verdict: "unknown",
      reason: "nothing was compared",
    });
  });

  test("a long run that missed an instruction is unknown, one that missed an outcome is not", () => {
    const steps = STEPS_FOR_EVERY_INSTRUCTION;
    expect(verdictOf({ ...ground, steps })).toEqual({ verdict: "unknown", reason: "never reached: i00" });
    expect(verdictOf({ ...ground, steps, reach: [reach(1, 0)] }).verdict).toBe("holds");
  });

  test("a very long run that missed an outcome is unknown", () => {
    const steps = STEPS_FOR_EVERY_OUTCOME;
    const missing = verdictOf({ ...ground, steps, reach: [reach(1, 0, 2)] });
    expect(missing).toEqual({ verdict: "unknown", reason: "never reached: i102: length" });
    expect(verdictOf({ ...ground, steps, reach: [reach(1, 1, 1)] }).verdict).toBe("holds");
  });

  test("an outcome that should not exist makes it unknown", () => {
    expect(verdictOf({ ...ground, undeclared: ["addi: tag"] })).toEqual({
      verdict: "unknown",
      reason: "outcomes that no instruction should have: addi: tag",
    });
  });

  test("a finding breaks it, whatever else went wrong", () => {
    expect(verdictOf({ ...ground, steps: 0, findings: ["D", "D"], obstacle: "a worker died" })).toEqual({
      verdict: "broken",
      reason: "the machines differ: 2 findings",
    });
  });

  test("a broken rule breaks it, and is told apart from a difference", () => {
    expect(verdictOf({ ...ground, findings: ["A"] }).reason).toBe("the reference breaks rules: 1 finding");
    expect(verdictOf({ ...ground, findings: ["D", "M", "S"] })).toEqual({
      verdict: "broken",
      reason: "the machines differ: 1 finding; the reference breaks rules: 2 findings",
    });
  });

  test("says whether steps were compared, judged or both", () => {
    const reason = (...oracles: Objector[]) => verdictOf({ ...ground, oracles }).reason;
    expect(verdictOf({ ...ground, oracles: ["D"], passed: 2 }).reason).toMatch(
      /compared, no difference but 2 that are accepted$/,
    );
    expect(reason("D")).toBe("1,000 steps compared, no difference");
    expect(reason("A", "M")).toBe("1,000 steps judged, no rule broken");
  });

  test("a long run in which a rule was never found true is unknown", () => {
    const clause = { oracle: "A", clause: "store_tag", held: 0, broken: 0, vacuous: 9 } as const;
    const long = { ...ground, steps: STEPS_FOR_EVERY_CLAUSE, reach: [reach(1)] };
    expect(verdictOf({ ...ground, clauses: [clause] }).verdict).toBe("holds");
    expect(verdictOf({ ...long, clauses: [clause] })).toEqual({
      verdict: "unknown",
      reason: "rules never met: A store_tag",
    });
    expect(verdictOf({ ...long, clauses: [{ ...clause, held: 1 }] }).verdict).toBe("holds");
    const fetch = { ...long, clauses: [{ ...clause, oracle: "O", clause: "exact_fetch" } as const] };
    expect(verdictOf(fetch).verdict).toBe("unknown");
    expect(verdictOf({ ...fetch, canFetch: false }).verdict).toBe("holds");
  });

  test("a canary that was missed makes it unknown, even with a finding", () => {
    const canary = { plant: "both:E21", expected: ["A", "M"], tests: 100 };
    const missed = [
      { ...canary, foundBy: null },
      { ...canary, plant: "impl:P26", foundBy: "O" },
    ];
    expect(verdictOf({ ...ground, findings: ["D"], canaries: missed })).toEqual({
      verdict: "unknown",
      reason: "planted to be found, and not found: both:E21, impl:P26",
    });
    expect(verdictOf({ ...ground, canaries: [{ ...canary, foundBy: "M" }] }).verdict).toBe("holds");
  });

  test("lists what was never reached", () => {
    expect(neverReached(ground.reach)).toEqual(["i10: length", "i00: retired", "i00: length"]);
  });
});

describe("the signature of a finding", () => {
  const difference = {
    at: 3,
    instruction: "cld",
    fields: [{ field: "register.value", expect: "0x1", actual: "0x2" }],
  };

  test("leaves values and places out", () => {
    const other = {
      ...difference,
      at: 9,
      fields: [{ field: "register.value", expect: "0x5", actual: "0x6" }],
    };
    expect(signatureOf(other)).toBe(signatureOf(difference));
    expect(signatureOf(difference)).toBe("cld: register.value");
  });

  test("tells instructions, fields and rules apart", () => {
    const field = { ...difference, fields: [{ field: "pcAfter", expect: "0x1", actual: "0x2" }] };
    const tag = { field: "trap", expect: "none", actual: "{cause 0x1c, value 0x42}" };
    const length = { field: "trap", expect: "none", actual: "{cause 0x1c, value 0x41}" };
    const load = { field: "trap", expect: "{cause 0x5, value 0x42}", actual: "none" };
    const signatures = [tag, length, load].map((one) => signatureOf({ ...difference, fields: [one] }));
    expect(signatureOf(field)).toBe("cld: pcAfter");
    expect(signatures).toEqual([
      "cld: trap (none / violation 2)",
      "cld: trap (none / violation 1)",
      "cld: trap (cause 5 / none)",
    ]);
  });

  test("of a violation has oracle, rule and instruction", () => {
    const violation = {
      oracle: "A",
      rule: "store_cap_reg",
      at: 7,
      instruction: "cmove",
      text: ["more"],
    } as const;
    expect(signatureOf(violation)).toBe("A store_cap_reg: cmove");
    expect(signatureOf({ ...violation, at: 9, text: [] })).toBe(signatureOf(violation));
  });

  test("does not depend on the granule that differs", () => {
    const state = (address: string) => [
      { field: `state.memory[${address}].tag`, expect: "true", actual: "false" },
    ];
    const one = signatureOf({ at: null, instruction: "end state", fields: state("0x80000000") });
    expect(one).toBe(signatureOf({ at: null, instruction: "end state", fields: state("0x80000010") }));
  });
});

describe("the corpus", () => {
  test("drops the oldest when it is full", () => {
    const corpus = new Corpus(2);
    const program = (word: number) => ({ words: Uint32Array.of(word), fresh: 1 });
    corpus.add(program(1));
    expect(corpus.programs().map(({ words }) => words[0])).toEqual([1]);
    corpus.add(program(2));
    corpus.add(program(3));
    expect(corpus.programs().map(({ words }) => words[0])).toEqual([3, 2]);
  });
});

describe("the live line", () => {
  const progress: Progress = {
    elapsedMs: 12_345,
    programs: 4512,
    steps: 288_768,
    reached: 612,
    declared: 1120,
    findings: 0,
  };

  function shown(isTTY: boolean, elapsed: number[]): string[] {
    const lines: string[] = [];
    const live = new LiveLine({ isTTY, write: (text) => lines.push(text) });
    for (const elapsedMs of elapsed) live.show({ ...progress, elapsedMs });
    live.clear();
    return lines;
  }

  test("is a plain line every few seconds when nobody sees a terminal", () => {
    expect(shown(false, [1000, 5000, 9000, 12_345])).toEqual([
      "   5 s   4,512 programs   288,768 steps   57,754 steps/s   reach 612/1120   findings 0\n",
      "  12 s   4,512 programs   288,768 steps   23,391 steps/s   reach 612/1120   findings 0\n",
    ]);
  });

  test("is rewritten in place on a terminal and removed at the end", () => {
    const lines = shown(true, [100, 300, 400, 600]);
    expect(lines.length).toBe(3);
    expect(lines[0]).toContain("\r\u001b[K   0 s   4,512 programs");
    expect(lines[2]).toBe("\r\u001b[K");
  });
});
