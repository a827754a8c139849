import { describe, expect, test } from "vitest";
import { createEngine } from "./index.ts";

const ECALL = 0x00000073;
const ADDI_X5 = 0x00128293; // addi x5, x5, 1
const JAL_SELF = 0x0000006f;

function engineWith(...words: number[]) {
  const engine = createEngine({ ramSize: 0x1_0000 });
  engine.reset({ preset: "bare" });
  engine.load(0x8000_0000n, new Uint8Array(Uint32Array.from(words).buffer));
  return engine;
}

describe("a hart", () => {
  test("stops behind the first trap, and says how many steps it took", () => {
    const { hart } = engineWith(ADDI_X5, ADDI_X5, ECALL, ADDI_X5);
    expect(hart.runToTrap(100)).toEqual({ steps: 3, trapped: true });
    expect(hart.trap()).toEqual({ cause: 11n, value: 0n });
    expect(hart.integer(5)).toBe(2n);
    expect(hart.integer(0x3f)).toBe(0x8000_0008n);
  });

  test("stops when the steps are used up, however long the loop", () => {
    const { hart } = engineWith(JAL_SELF);
    expect(hart.runToTrap(3_000_000)).toEqual({ steps: 3_000_000, trapped: false });
  });

  test("stops at a trap in a loop that was translated", () => {
    // x5 counts up; the store runs out of RAM at last.
    const loop = [0x00128293, 0x00533023 /* sd x5, 0(x6) */, 0x00830313 /* addi x6, x6, 8 */, 0xff5ff06f];
    const engine = engineWith(...loop);
    engine.hart.setInteger(6, 0x8000_0100n);
    const { steps, trapped } = engine.hart.runToTrap(3_000_000);
    expect({ steps, trapped }).toEqual({ steps: 4 * ((0x1_0000 - 0x100) / 8) + 2, trapped: true });
    expect(engine.hart.trap().cause).toBe(7n);
  });

  test("says how many steps it took where code has changed under what else was translated", () => {
    const loop = [ADDI_X5, 0xfe729ee3 /* bne x5, x7, -4 */, ECALL];
    const engine = engineWith(...loop);
    const { hart } = engine;
    const other = 0x8000_1000n;
    engine.load(other, new Uint8Array(Uint32Array.from(loop).buffer));
    const takes = (pc: bigint, turns: bigint) => {
      hart.setInteger(5, 0n);
      hart.setInteger(7, turns);
      hart.pc = pc;
      return hart.runToTrap(1_000_000).steps;
    };
    for (const pc of [0x8000_0000n, other]) expect(takes(pc, 100_000n)).toBe(200_001);
    expect(engine.translation.paths).toBe(2);
    engine.load(other, new Uint8Array(Uint32Array.of(ECALL).buffer));
    expect(takes(0x8000_0000n, 1n)).toBe(3);
  });

  test("goes on later where a saved context left off, with its own registers", () => {
    const { hart } = engineWith(ADDI_X5, ECALL);
    const start = hart.save();
    hart.runToTrap(10);
    const end = hart.save();
    hart.restore(start);
    expect([hart.pc, hart.integer(5)]).toEqual([0x8000_0000n, 0n]);
    hart.restore(end);
    expect(hart.integer(5)).toBe(1n);
  });

  test("copies capabilities whole, and PCC with its address", () => {
    const { hart } = engineWith();
    hart.copy(7, 0x21);
    expect(hart.capability(7)).toEqual(hart.capability(0x21));
    hart.copy(0x20, 7);
    expect(hart.pc).toBe(0n);
  });
});
