import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type VerificationFault, verificationFaults } from "../fuzz/faults/verification-faults.ts";
import { loadGuardPrograms } from "../fuzz/guard/corpus.ts";
import { prepare, stepCount, take } from "../fuzz/lockstep/stepwise.ts";
import { type Patch, variantOf } from "../fuzz/variant/variant.ts";
import { createModel } from "../model/machine/reference.ts";
import { fieldsOf, unnoticedFields } from "./verification-fields.ts";
import { conditional, rulesBroken } from "./verification-rules.ts";
import { sampleContracts } from "./verification-samples.ts";

const root = fileURLToPath(new URL("../", import.meta.url));
const programs = loadGuardPrograms(`${root}corpora/guards/programs.json`);

/** What a check objects to in the project with these patches: nothing, where there are none. */
type Check = (patches: readonly Patch[], fault: VerificationFault) => Promise<readonly string[]>;

function seeds(count: number): string[] {
  return Array.from({ length: count }, (_, index) => String(index));
}

const checks: Readonly<Record<VerificationFault["noticedBy"], Check>> = {
  async "contract of a phrase"(patches, { phrase }) {
    const { load } = variantOf(patches);
    const { objections } =
      await load<typeof import("../fuzz/generate/contract.ts")>("fuzz/generate/contract.ts");
    const { phraseContracts } = await load<typeof import("../fuzz/generate/phrase-contract.ts")>(
      "fuzz/generate/phrase-contract.ts",
    );
    const found = phraseContracts(createModel()).filter(({ name }) => name === phrase);
    expect(found).toHaveLength(1);
    return found.flatMap((contract) => objections(contract, seeds(100)));
  },

  async "contract of samples"(patches) {
    const { load } = variantOf(patches);
    const { objections } =
      await load<typeof import("../fuzz/generate/contract.ts")>("fuzz/generate/contract.ts");
    const samples = await load<typeof import("./capability-samples.ts")>("properties/capability-samples.ts");
    return sampleContracts(samples).flatMap((contract) => objections(contract, seeds(300)));
  },

  async "contract itself"(patches) {
    const { objections } =
      await variantOf(patches).load<typeof import("../fuzz/generate/contract.ts")>(
        "fuzz/generate/contract.ts",
      );
    const sound = { name: "numbers", make: Number, flaw: () => null, declared: ["any"], met: () => ["any"] };
    const unsound = [
      { ...sound, declared: ["none"] },
      { ...sound, declared: [] },
      { ...sound, make: () => 1 },
      { ...sound, make: () => Math.random() },
      { ...sound, flaw: (value: number) => (value === 2 ? "is two" : null) },
    ];
    return [
      ...objections(sound, seeds(3)),
      ...unsound.flatMap((one, at) =>
        objections(one, seeds(3)).length > 0 ? [] : [`nobody objects to ${at}`],
      ),
    ];
  },

  async "encoder refuses"(patches) {
    const { encode, instructions } =
      await variantOf(patches).load<typeof import("../model/isa/index.ts")>("model/isa/index.ts");
    return instructions.flatMap((instruction) =>
      instruction.operands.flatMap(({ name, least, greatest, scale }) => {
        const usual = instruction.operands.map((operand) => [operand.name, operand.greatest] as const);
        return [least - scale, greatest + scale].flatMap((value) => {
          try {
            encode(instruction, { ...Object.fromEntries(usual), [name]: value });
            return [`${instruction.name}: ${name} = ${value} is encoded`];
          } catch (error) {
            return error instanceof RangeError ? [] : [String(error)];
          }
        });
      }),
    );
  },

  async "rules of test files"(patches) {
    const read = (file: string) => readFileSync(`${root}${file}`, "utf8");
    if (patches.length === 0) return testFiles().flatMap((file) => rulesBroken(file, read(file)));
    return patches.flatMap(({ file, from, to }) => {
      expect(read(file).split(from)).toHaveLength(2);
      return rulesBroken(
        file,
        read(file).replace(from, () => to),
      );
    });
  },

  async "laws found true"(patches) {
    const { load } = variantOf(patches);
    const { judgeLaws } =
      await load<typeof import("../fuzz/oracle/law/judge.ts")>("fuzz/oracle/law/judge.ts");
    const { modelModules } = await load<typeof import("../fuzz/oracle/law/model-library.ts")>(
      "fuzz/oracle/law/model-library.ts",
    );
    const { verdict, reason } = judgeLaws({
      model: modelModules,
      seed: "verification",
      budget: { samples: 50 },
      exhaustive: false,
      until: "budget",
      clock: () => 0,
    });
    return verdict === "holds" ? [] : [`${verdict}: ${reason}`];
  },

  async "reasons in use"(patches) {
    const { load } = variantOf(patches);
    const { instrumentedModel } = await load<typeof import("../fuzz/guard/instrumented-model.ts")>(
      "fuzz/guard/instrumented-model.ts",
    );
    const { guardTable } = await load<typeof import("../fuzz/guard/table.ts")>("fuzz/guard/table.ts");
    const { reasons } = await load<typeof import("../fuzz/guard/reasons.ts")>("fuzz/guard/reasons.ts");
    return guardTable(await instrumentedModel(), programs, reasons).idle;
  },

  async "every field counts"(patches) {
    const { load } = variantOf(patches);
    return unnoticedFields(
      events,
      states,
      await load<typeof import("../fuzz/lockstep/compare.ts")>("fuzz/lockstep/compare.ts"),
      await load<typeof import("../fuzz/lockstep/project.ts")>("fuzz/lockstep/project.ts"),
    );
  },

  async "programs run"(patches) {
    const { runCampaign } =
      await variantOf(patches).load<typeof import("../fuzz/campaign/campaign.ts")>(
        "fuzz/campaign/campaign.ts",
      );
    const { record } = await runCampaign({
      seed: "verification",
      budget: { runs: 200 },
      workers: 0,
      faults: [],
      oracles: ["D"],
      canaries: [],
      accepted: [],
      findingsMax: 1,
      clock: () => 0,
    });
    return record.verdict === "holds" && record.programs === 200
      ? []
      : [`${record.programs} programs of 200`];
  },

  async canaries(patches) {
    const { load } = variantOf(patches);
    const { findCanaries } = await load<typeof import("../fuzz/zoo/canary.ts")>("fuzz/zoo/canary.ts");
    const { isMissed } = await load<typeof import("../fuzz/campaign/verdict.ts")>("fuzz/campaign/verdict.ts");
    return (await findCanaries()).filter(isMissed).map(({ plant }) => `${plant} is missed`);
  },
};

/** Steps and end states that have every field. */
const { events, states } = observed();

function observed() {
  const model = createModel();
  const some = programs.filter((_, index) => index % 8 === 0);
  return {
    events: some.flatMap((program) => {
      prepare(model, program);
      return Array.from({ length: stepCount(program) }, (_, at) => take(model, program, at));
    }),
    states: some.slice(0, 8).map((program) => {
      prepare(model, program);
      for (let at = 0; at < stepCount(program); at++) take(model, program, at);
      return model.state();
    }),
  };
}

function testFiles(): string[] {
  return ["model", "impl", "fuzz", "reports", "properties"].flatMap((folder) =>
    readdirSync(`${root}${folder}`, { recursive: true, encoding: "utf8" })
      .filter((name) => name.endsWith(".test.ts"))
      .map((name) => `${folder}/${name.replaceAll("\\", "/")}`),
  );
}

describe("nothing is objected to in the project as it is by", () => {
  test.each(Object.keys(checks) as VerificationFault["noticedBy"][])("%s", async (name) => {
    const fault = verificationFaults.find(({ noticedBy }) => noticedBy === name)!;
    expect(await checks[name]([], fault)).toEqual([]);
  });
});

describe("a fault in the verification itself is noticed", () => {
  test.each(verificationFaults.map((fault) => [fault.id, fault.effect, fault] as const))(
    "%s: %s",
    async (_id, _effect, fault) => {
      expect((await checks[fault.noticedBy](fault.patches, fault)).length).toBeGreaterThan(0);
    },
  );
});

describe("what the checks rest on", () => {
  test("assertions that fail are failures", () => {
    expect(() => expect(1).toBe(2)).toThrow();
    expect(() => fc.assert(fc.property(fc.nat(), () => false))).toThrow();
    expect(() => fc.assert(fc.property(fc.nat(), () => expect(1).toBe(2)))).toThrow();
  });

  test("a property whose precondition is seldom met fails", () => {
    expect(() => fc.assert(fc.property(fc.nat(99), (value) => fc.pre(value < 5)))).toThrow(/pre-condition/);
  });

  test("a test that comes to no assertion fails", () => {
    expect(expect.getState()).toMatchObject({ isExpectingAssertions: true });
  });

  test("the steps observed have every field that a step can have", () => {
    const fields = fieldsOf(events);
    const named = [
      "trap.cause",
      "register.value.tag",
      "specials.value.tag",
      "csr.value",
      "read.tag",
      "write.tag",
    ];
    expect(named.filter((name) => !fields.has(name))).toEqual([]);
  });

  test("every file that may leave a test out still does so", () => {
    const conditionally = testFiles().filter((file) =>
      /\.(skipIf|runIf)\(/.test(readFileSync(`${root}${file}`, "utf8")),
    );
    expect(conditionally.toSorted()).toEqual(Object.keys(conditional).toSorted());
  });
});
