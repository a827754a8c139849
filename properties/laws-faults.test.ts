import { describe, expect, test } from "vitest";
import { roster } from "../fuzz/faults/roster.ts";
import { loadImplModule } from "../fuzz/oracle/law/impl-library.ts";
import { judgeLaws, type LawReport } from "../fuzz/oracle/law/judge.ts";
import { laws } from "../fuzz/oracle/law/laws.ts";
import { loadModelModules } from "../fuzz/oracle/law/model-library.ts";
import { variantOf } from "../fuzz/variant/variant.ts";
import { type LawFault, lawFaults } from "./law-faults.ts";

/** Holds the library with the fault against the laws that it is said to break. */
async function judged(fault: LawFault): Promise<LawReport> {
  const patches = "patch" in fault ? [fault.patch] : roster.find(({ id }) => id === fault.id)![fault.where];
  const { load } = variantOf(patches);
  return judgeLaws({
    ...(fault.where === "model"
      ? { model: await loadModelModules(load) }
      : { impl: await loadImplModule(load) }),
    laws: laws.filter(({ name }) => fault.breaks.includes(name)),
    seed: "faults of laws",
    budget: { samples: 4_000 },
    exhaustive: true,
    until: "budget",
    clock: () => 0,
  });
}

const nameOf = (fault: LawFault): string => ("id" in fault ? fault.id : fault.name);

describe("every law can fail", () => {
  test("each is broken by some fault, and no fault names a law that there is not", () => {
    const named = new Set(lawFaults.flatMap(({ breaks }) => breaks));
    expect([...named].sort()).toEqual(laws.map(({ name }) => name).sort());
  });

  test.each(lawFaults.map((fault) => [`${fault.where}: ${nameOf(fault)}`, fault] as const))(
    "%s breaks its laws",
    async (_name, fault) => {
      const { breaches, verdict } = await judged(fault);
      expect(breaches.map(({ law }) => law).sort()).toEqual([...fault.breaks].sort());
      expect(verdict).toBe("broken");
    },
  );
});
