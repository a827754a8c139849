import { describe, expect, test } from "vitest";
import { createEngine } from "../../impl/engine/index.ts";
import type { MachineUnderTest } from "../../model/contract.ts";
import { assembleProgram } from "../../model/isa/index.ts";
import { createModel } from "../../model/machine/reference.ts";
import { BadInput } from "../bad-input.ts";
import { isPlantedIn, machinesWith, plantName, plantOf } from "./plant.ts";

const { words } = assembleProgram("csethigh c4, c2, x0");

/** Whether W03 shows: CSetHigh keeps the tag. */
function isForging(machine: MachineUnderTest): boolean {
  for (const word of words) machine.inject(word);
  return machine.state().registers[4]!.tag;
}

describe("a fault is named", () => {
  test.each([
    ["W03", "W03", "impl"],
    ["impl:W03", "W03", "impl"],
    ["model:W03", "model:W03", "model"],
    ["both:W03", "both:W03", "both"],
  ])("%s, which is %s", (name, canonical, where) => {
    const plant = plantOf(name);
    expect(plant.fault.id).toBe("W03");
    expect(plant.where).toBe(where);
    expect(plantName(plant)).toBe(canonical);
    expect(isPlantedIn("impl", plant)).toBe(where !== "model");
    expect(isPlantedIn("model", plant)).toBe(where !== "impl");
  });

  test.each(["W99", "engine:W03", "model:", "", "both:both:W03", "w03"])("not %j", (name) => {
    expect(() => plantOf(name)).toThrow(BadInput);
    expect(() => plantOf(name)).toThrow(`--fault ${name}: no planted fault has this name`);
  });
});

describe("machines with faults", () => {
  test.each([
    ["impl:W03", false, true],
    ["model:W03", true, false],
    ["both:W03", true, true],
  ])("%s", async (name, inModel, inEngine) => {
    const machines = await machinesWith([name]);
    expect(isForging(machines.createModel())).toBe(inModel);
    expect(isForging(machines.createEngine())).toBe(inEngine);
  });

  test("none: the ordinary ones", async () => {
    expect(await machinesWith([])).toEqual({ createModel, createEngine });
    expect((await machinesWith(["impl:W03"])).createModel).toBe(createModel);
    expect((await machinesWith(["model:W03"])).createEngine).toBe(createEngine);
  });

  test("several at once, unless they change the same text", async () => {
    const { createModel: faulty } = await machinesWith(["model:W03", "model:T13"]);
    expect(isForging(faulty())).toBe(true);
    await expect(machinesWith(["E01", "E02"])).rejects.toThrow(BadInput);
    await expect(machinesWith(["E01", "E02"])).rejects.toThrow(/E01,E02: these cannot be planted together/);
  });
});
