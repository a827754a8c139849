import { describe, expect, test } from "vitest";
import { Random } from "../fuzz/generate/random.ts";
import { quietFaults } from "../fuzz/ksm/faults.ts";
import { ksmScript } from "../fuzz/ksm/generate.ts";
import { violationIn } from "../fuzz/ksm/judge.ts";
import { machineWith } from "../fuzz/ksm/plant.ts";
import { idealFrames, quieted, unmerged } from "../fuzz/ksm/quiet.ts";
import { variantOf } from "../fuzz/variant/variant.ts";
import { createKsm } from "../impl/ksm/index.ts";
import { createKsmModel } from "../model/ksm/reference.ts";
import type { KsmMachine, KsmOp, KsmWorld } from "../model/ksm-contract.ts";

const SCRIPTS = 60;
const STYLE = { ops: 60, isTight: false, hasForksAndPins: false, isAmbush: false };
const random = new Random("ksm quiet");

function run(machine: KsmMachine, index: number): KsmWorld {
  random.restart(index);
  const { world, ops } = ksmScript(random, STYLE);
  machine.reset(world);
  for (const op of ops) {
    machine.apply(op);
    const view = machine.view();
    // Between Model A and no merging at all, at every step.
    expect(view.framesUsed).toBeLessThanOrEqual(view.pages.length);
    expect(view.framesUsed).toBeGreaterThanOrEqual(idealFrames(view));
  }
  return world;
}

/** How many scripts leave something unmerged, three passes after the last store. */
function leftovers(machine: KsmMachine): number {
  let count = 0;
  for (let index = 0; index < SCRIPTS; index++) {
    const { nodes } = run(machine, index);
    if (unmerged(quieted(machine), nodes).length > 0) count++;
  }
  return count;
}

describe.each([
  ["implementation", createKsm],
  ["reference", createKsmModel],
])("KSM-5, %s", (_, create) => {
  // Broken by "settled pages never go on" of `quietFaults`, below.
  test("three passes after the last store, nothing more can be merged", () => {
    expect(leftovers(create())).toBe(0);
  });

  test.each([
    [2, 5],
    [2, 8],
    [3, 7],
    [256, 9],
  ])("fresh pages come to the ideal: limit %i, %i equal pages", (maxSharing, count) => {
    const machine = create();
    machine.reset({ pageSize: 16, spaces: 1, pages: count + 2, frames: 20, nodes: 20, checksumBits: 32 });
    for (const op of fresh(maxSharing, count)) machine.apply(op);
    const view = quieted(machine);
    expect(view.framesUsed).toBe(idealFrames(view));
    expect(view.framesUsed).toBe(Math.ceil(count / maxSharing) + 2);
  });

  // Refuted: "when writes stop, frames become those of Model A". Merged frames are never merged with each
  // other: two
  // of the same content that have lost mappings stay two, where one would do.
  test("refuted: frames always become as few as in Model A", () => {
    const machine = create();
    machine.reset({ pageSize: 16, spaces: 1, pages: 6, frames: 20, nodes: 20, checksumBits: 32 });
    for (const op of fresh(2, 4)) machine.apply(op);
    quieted(machine);
    for (const page of [1, 3]) machine.apply({ do: "unmap", space: 0, first: page, count: 1 });
    const view = quieted(machine);
    expect([idealFrames(view), view.framesUsed]).toEqual([3, 4]);
  });
});

test("KSM-5: leaving settled pages alone is seen", async () => {
  const fault = quietFaults.find(({ name }) => name === "settled pages never go on")!;
  expect(leftovers((await machineWith(fault, "impl"))())).toBeGreaterThan(0);
  expect(leftovers((await machineWith(fault, "model"))())).toBeGreaterThan(0);
});

/** Equal pages, and two others. */
function fresh(maxSharing: number, count: number): KsmOp[] {
  const others = ["aa", "bb"].map(
    (bytes, at): KsmOp => ({
      do: "store",
      space: 0,
      page: count + at,
      offset: 0,
      bytes,
      times: 1,
      by: "space",
    }),
  );
  return [
    { do: "knob", knob: "maxSharing", value: maxSharing },
    { do: "create", space: 0, tenant: 0 },
    { do: "map", space: 0, first: 0, count: count + 2 },
    { do: "advise", space: 0, first: 0, count: count + 2, isMergeable: true },
    ...others,
  ];
}

describe("KSM-9: the unstable tree is only a hint", () => {
  const search = {
    file: "impl/ksm/scanner.ts",
    from: "const order = this.#memory.compare(frame, frameOf[node]!);",
    // Finds any page, or goes any way: as if the tree were in disorder at every step.
    to: "const order = (Math.imul(node + this.scanned, 0x9e3779b1) >>> 5) % 3 - 1;",
  };
  const trusted = {
    file: "impl/ksm/scanner.ts",
    from: "if (this.#memory.compare(this.#mine, other) !== 0) return this.giveUp();",
    to: "void other;",
  };

  test("in any disorder, no invariant breaks", async () => {
    expect(await broken([search])).toBeNull();
  });

  test("unless what it finds is trusted", async () => {
    expect((await broken([search, trusted]))?.rule).toMatch(/^KSM-(1|11)$/);
  });

  async function broken(patches: (typeof search)[]) {
    const { createKsm: create } = await variantOf(patches).load<{ createKsm: () => KsmMachine }>(
      "impl/ksm/index.ts",
    );
    for (let index = 0; index < SCRIPTS; index++) {
      random.restart(index);
      const violation = violationIn(ksmScript(random, { ...STYLE, hasForksAndPins: true }), create());
      if (violation !== null) return violation;
    }
    return null;
  }
});
