import { describe, expect, test } from "vitest";
import { createSystemModel } from "../../model/intravisor/system.ts";
import type { Step, SystemScript, Value } from "../../model/system-contract.ts";
import { mistakenAt } from "./stand-in.ts";
import { walkOf, walkOfWorlds } from "./walk.ts";

const quotas = { threads: 2, handles: 4, grants: 2, endpoints: 2, timers: 2 };
const own = (offset: bigint): Value => ({ kind: "at", cvm: null, part: "data", offset });
const number = (value: bigint): Value => ({ kind: "number", value });
const by = { cvm: "a", thread: 0 };
const call = (name: string, ...args: Value[]): Step => ({ by, action: { do: "call", call: name, args } });

const script: SystemScript = {
  format: "capwright-script",
  version: 1,
  level: "system",
  cvms: [{ name: "a", size: 0x20000, codeSize: 0x10000, image: "", parent: null, quotas }],
  steps: [
    { by, action: { do: "store", address: own(0x100n), size: 8, value: number(0x1122n) } },
    call(
      "cp_file_advertise",
      own(0x100n),
      number(2n),
      own(0x1000n),
      number(64n),
      number(3n),
      own(0n),
      number(0n),
    ),
    call("time"),
  ],
  schedule: [],
};

describe("a walk through a script", () => {
  test("says what each side said, what changed, and who may reach what", () => {
    const walk = walkOf(script, createSystemModel(), mistakenAt("time"));
    expect(walk.map(({ by: who, sides }) => [who, sides.length])).toEqual([
      [null, 1],
      ["a.0", 1],
      ["a.0", 1],
      ["a.0", 2],
    ]);
    const [create, store, advertise, time] = walk;
    expect(create!.sides[0].changes).toEqual([{ what: "cVM a", before: "absent", after: "present" }]);
    expect(create!.sides[0].reach).toEqual([expect.objectContaining({ who: "a.0 in a", rights: "rw" })]);
    expect(store!.sides[0]).toEqual({
      said: "= 0",
      changes: [{ what: "memory of a at 0x100, 2 bytes", before: "0000", after: "2211" }],
    });
    expect(advertise!.sides[0].reach?.map(({ who, rights }) => [who, rights])).toEqual([
      ["a.0 in a", "rw"],
      ["grant 2211 of a, held by a", "rw"],
    ]);
    expect(time!.sides.map(({ said }) => said)).toEqual(["= 0", "= 1"]);
  });

  test("ends where a side gives up, with what it said", () => {
    const model = createSystemModel();
    const broken = {
      ...createSystemModel(),
      step: (step: Step, results: Parameters<typeof model.step>[1]) => {
        if (step.by !== null) throw new Error("no more");
        return broken0.step(step, results);
      },
    };
    const broken0 = createSystemModel();
    const walk = walkOf(script, model, { ...broken, outline: broken0.outline, pages: broken0.pages });
    expect(walk).toHaveLength(2);
    expect(walk[1]!.sides[1]?.said).toBe("thrown: no more");
  });

  test("leads through two worlds", () => {
    const pair = { form: "steps", cvm: "a", birth: 0, seed: 1, bytes: null, registers: null } as const;
    const walk = walkOfWorlds(script, pair, [createSystemModel(), createSystemModel()]);
    expect(walk.map(({ at }) => at)).toEqual([0, 1, 2, 3]);
    expect(walk[3]!.sides[0].said).toBe("= 0");
  });
});
