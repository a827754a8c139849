import { describe, expect, test } from "vitest";
import { runKsmCampaign } from "../fuzz/ksm/campaign.ts";
import { ksmFaults, quietFaults } from "../fuzz/ksm/faults.ts";
import { machineWith } from "../fuzz/ksm/plant.ts";
import { createKsm } from "../impl/ksm/index.ts";
import { createKsmModel } from "../model/ksm/reference.ts";

const PHASES = ["stable", "checksum", "unstable", "protect", "compare", "replace"];

// Broken by every fault of `ksmFaults` and `quietFaults`.
test("the implementation of same-page merging does what the reference does, where there is no choice", () => {
  const options = { seed: "ksm in step", scripts: 160, machine: createKsm(), model: createKsmModel() };
  const { finding, events } = runKsmCampaign(options);
  expect(finding).toBeNull();
  // Every micro-step was taken, and given up in every phase.
  const all = [...PHASES, ...PHASES.map((phase) => `give-up ${phase}`), "pick", "pass", "idle"];
  expect([...events.keys()].sort()).toEqual(all.sort());
});

describe("a difference shows that", () => {
  test.each(quietFaults.map((fault) => [fault.name, fault] as const))("%s", async (_, fault) => {
    const machine = (await machineWith(fault, "impl"))();
    const { finding } = runKsmCampaign({ seed: "faults", scripts: 600, machine, model: createKsmModel() });
    expect(finding?.rule).toBe("difference");
    expect(finding!.listing.split("\n").length).toBeLessThan(40);
  });
});

test("faults have names of their own", () => {
  const names = [...ksmFaults, ...quietFaults].map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
});
