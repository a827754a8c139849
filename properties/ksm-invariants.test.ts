import { describe, expect, test } from "vitest";
import { runKsmCampaign } from "../fuzz/ksm/campaign.ts";
import { ksmFaults } from "../fuzz/ksm/faults.ts";
import { type KsmFault, machineWith } from "../fuzz/ksm/plant.ts";
import { createKsm } from "../impl/ksm/index.ts";
import { createKsmModel } from "../model/ksm/reference.ts";

const SCRIPTS = 80;
/**
 * The rarest fault needs a store between two given micro-steps, and shows only if it is the first to be
 * merged.
 */
const SCRIPTS_FOR_FAULT = 1500;

/**
 * Pages are compared with a run without merging, frames and counters are counted again, after every
 * operation.
 */
describe("same-page merging, whatever happens between two of its steps", () => {
  test.each([
    ["implementation", createKsm],
    ["reference", createKsmModel],
  ])("breaks no invariant: %s", (name, create) => {
    const campaign = runKsmCampaign({
      seed: `ksm ${name}`,
      scripts: SCRIPTS,
      machine: create(),
      model: null,
    });
    expect(campaign.finding).toBeNull();
    expect(campaign.scripts).toBe(SCRIPTS);
  });
});

const invariants: readonly (readonly [id: string, sentence: string])[] = [
  ["KSM-1", "every page holds what it would hold without merging"],
  ["KSM-2", "a store changes one page of one space"],
  ["KSM-3", "a merged frame is protected, not pinned, and counts its mappings"],
  ["KSM-4", "only what is mergeable is merged, and unmergeable leaves nothing merged"],
  ["KSM-6", "a page that changed since its last visit, or is new, meets no other page"],
  ["KSM-7", "counters are counts of what is there"],
  ["KSM-8", "merging gives no frame more mappings than its limit"],
  ["KSM-10", "stopping keeps what is merged, and 2 gives everyone a copy or fails"],
  ["KSM-11", "pages merge only if their tags are equal too, and copies keep tags"],
  ["KSM-14", "what fails leaves everything as it was"],
];

describe.each(invariants)("%s: %s, which is seen broken by", (id) => {
  const faults = ksmFaults.filter(({ breaks }) => breaks[0] === id);
  const rows = faults.flatMap((fault) =>
    (["impl", "model"] as const)
      .filter((where) => fault[where].length > 0)
      .map((where) => [fault, where] as const),
  );

  test.each(rows.map(([fault, where]) => [fault.name, where, fault] as const))("%s, in %s", seen);
});

/** The machine is judged alone: both might have the same fault. */
async function seen(_: string, where: "impl" | "model", fault: KsmFault): Promise<void> {
  const machine = (await machineWith(fault, where))();
  const campaign = runKsmCampaign({ seed: "faults", scripts: SCRIPTS_FOR_FAULT, machine, model: null });
  expect(fault.breaks).toContain(campaign.finding?.rule);
}

test("every invariant has a fault that breaks it", () => {
  const broken = new Set(ksmFaults.map(({ breaks }) => breaks[0]));
  expect([...broken].sort()).toEqual(invariants.map(([id]) => id).sort());
});
