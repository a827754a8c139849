import { describe, expect, test } from "vitest";
import { createIntravisor } from "../../impl/intravisor/intravisor.ts";
import { createSystemModel } from "../../model/intravisor/system.ts";
import { assembleProgram } from "../../model/isa/index.ts";
import { Random } from "../generate/random.ts";
import { runSlices } from "../system/slices.ts";
import { casts, guestScript } from "./guests.ts";

const assemble = (text: string, capabilityMode: boolean) => assembleProgram(text, { capabilityMode }).words;
const system = createIntravisor({ assemble });
const model = createSystemModel();

describe("guests in scripts", () => {
  test.each(casts)("%s: the reference follows every slice", (name) => {
    const random = new Random(`guests ${name}`);
    let calls = 0;
    for (const quantum of [11, 400]) {
      const script = guestScript(name, random, { turns: 120, quantum });
      const { difference } = runSlices(script, model, system, ({ slice }) => {
        if (slice?.served != null) calls++;
      });
      expect(difference).toBeNull();
    }
    expect(calls).toBeGreaterThan(5);
  });
});
