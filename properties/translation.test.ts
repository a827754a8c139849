import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createEngine, type Engine } from "../impl/engine/index.ts";
import { assembleProgram } from "../model/isa/index.ts";
import { loopingProgram } from "./looping-program.ts";

const CODE = 0x8000_0000n;
const RAM_SIZE = 0x1_0000;
const MCAUSE = 0x342;
const CAPABILITY_CAUSE = 0x1cn;

/** What the host does with a machine that runs. */
type Act =
  | { readonly kind: "run" | "trace"; readonly steps: number }
  | { readonly kind: "load"; readonly at: bigint; readonly bytes: Uint8Array }
  | { readonly kind: "inject"; readonly word: number };

const run = fc.record({ kind: fc.constant("run" as const), steps: fc.integer({ min: 200, max: 6000 }) });
const between = fc.oneof(
  fc.record({ kind: fc.constant("trace" as const), steps: fc.integer({ min: 1, max: 200 }) }),
  fc.record({
    kind: fc.constant("load" as const),
    // The body begins at 0x180.
    at: fc.integer({ min: 0xc0, max: 0xf0 }).map((halfword) => CODE + BigInt(2 * halfword)),
    bytes: fc.constantFrom(
      Uint8Array.of(0x01, 0x00),
      Uint8Array.of(0x13, 0, 0, 0),
      Uint8Array.of(0xff, 0xff),
    ),
  }),
  // csrrs x5, mcycle; csrrs x6, minstret; sw x0, 16(x18), which is code.
  fc.record({
    kind: fc.constant("inject" as const),
    word: fc.constantFrom(0xb00022f3, 0xb0202373, 0x00092823),
  }),
);
/** Runs, with something else between some of them. */
const acts: fc.Arbitrary<Act[]> = fc
  .tuple(run, fc.array(fc.tuple(fc.option(between), run), { maxLength: 3 }))
  .map(([first, rest]) => [first, ...rest.flatMap(([other, next]) => (other ? [other, next] : [next]))]);

function begin(engine: Engine, bytes: Uint8Array): void {
  engine.reset({ preset: "bare" });
  engine.load(CODE, bytes);
}

function perform(engine: Engine, act: Act): unknown {
  switch (act.kind) {
    case "run":
      return engine.run(act.steps);
    case "trace": {
      const steps = engine.runTraced(act.steps);
      return Array.from({ length: steps }, (_, index) => engine.event(index));
    }
    case "load":
      return engine.load(act.at, act.bytes);
    case "inject":
      return engine.inject(act.word);
  }
}

/** mcycle and minstret, as an instruction in the place of the next one reads them. */
function counters(engine: Engine): unknown {
  return [0xb00022f3, 0xb0202373].map((word) => engine.inject(word).register);
}

/** Two loops, one in the other, of which the inner one turns twenty times. */
const nested = assembleProgram(`
  outer: addi x6, x0, 20
  inner: addi x6, x6, -1
         bne x6, x0, inner
         addi x7, x7, 1
         jal x0, outer
`);

/**
 * A loop of 40 turns, 280 steps, in capability mode, and around it a loop in integer mode: neither fits into a path
 * together with the other.
 */
const acrossModes = assembleProgram(`
  outer: addi x6, x0, 40
         addi x7, x7, 1
         xor x8, x7, x6
         cspecialrw c5, pcc, c0
         addi x9, x0, 1
         csetflags c5, c5, x9
         cincoffsetimm c5, c5, 24
         jalr.cap c29, c5
         jal x0, outer
  inner: addi x10, x10, 1
         xor x11, x10, x7
         add x12, x12, x11
         slli x13, x12, 3
         sub x14, x13, x10
         addi x6, x6, -1
         bne x6, x0, inner
         jalr.cap c0, c29
`);

/**
 * Bounds of PCC that change with each turn of the outer loop; in turn 64 they end in front of the inner one, which
 * traps. The piece from `outer` to the inner loop is a path of its own.
 */
const narrowing = assembleProgram(`
         cspecialrw c5, pcc, c0
         cincoffsetimm c5, c5, 24
         addi x12, x5, 88
         csrrw x0, mtvec, x12
         addi x11, x0, 216
         addi x0, x0, 0
  outer: addi x13, x13, 1
         addi x14, x14, 2
         add x15, x15, x14
         xor x16, x15, x13
         addi x17, x17, 3
         add x18, x18, x17
         xor x19, x18, x16
         addi x20, x20, 1
         addi x6, x0, 20
         jal x0, inner
  inner: addi x6, x6, -1
         bne x6, x0, inner
         addi x7, x7, 1
         andi x8, x7, 1
         slli x8, x8, 4
         srli x9, x7, 6
         mul x9, x9, x11
         sub x8, x8, x9
         addi x8, x8, 256
         csetbounds c21, c5, x8
         jalr.cap c0, c21
         addi x0, x0, 0
   over: jal x0, over
`);

describe("translated loops", () => {
  const plain = createEngine({ ramSize: RAM_SIZE, translateAfter: Infinity });
  const quick = [1, 3, 8].map((translateAfter) => createEngine({ ramSize: RAM_SIZE, translateAfter }));

  // Planted and found: no look at state.stale behind a store, or at the beginning of a path (path.ts); the interrupted
  // turn counted wrong by one; no second look at PCC, or at the encoding mode, after a jump that changed it.
  test("nobody can tell whether loops are translated", { timeout: 60_000 }, () => {
    fc.assert(
      fc.property(loopingProgram, fc.constantFrom(...quick), acts, (program, engine, all) => {
        for (const each of [plain, engine]) begin(each, program.bytes);
        for (const act of all) {
          expect(perform(engine, act)).toEqual(perform(plain, act));
          expect(engine.state()).toEqual(plain.state());
        }
        expect(counters(engine)).toEqual(counters(plain));
      }),
      { numRuns: 400 },
    );
    // The other half: paths were made and taken back, and every way into one and out of it was taken.
    const counts = quick.map(({ translation }) => translation);
    const names = ["paths", "straight", "discards", "begun", "trapped", "overwritten", "strayed"] as const;
    for (const name of names) {
      expect([name, Math.max(...counts.map((each) => each[name]))]).not.toEqual([name, 0]);
    }
  });

  // Planted and found: the reason of a stop at the last step of a run taken for that of the next path's end.
  test("a run may end at any step of two loops", () => {
    const [, engine] = quick;
    const bytes = new Uint8Array(Uint32Array.from(nested.words).buffer);
    for (let steps = 72; steps < 300; steps++) {
      for (const each of [plain, engine!]) {
        begin(each, bytes);
        each.run(steps);
        each.run(1000);
      }
      expect([steps, engine!.state()]).toEqual([steps, plain.state()]);
    }
  });

  test("what comes between the runs of an inner loop is translated too, in both encoding modes", () => {
    const engine = createEngine({ ramSize: RAM_SIZE, translateAfter: 8 });
    const bytes = new Uint8Array(Uint32Array.from(acrossModes.words).buffer);
    for (const each of [plain, engine]) begin(each, bytes);
    for (const each of [plain, engine]) each.run(100_000);
    expect(engine.state()).toEqual(plain.state());
    const { paths, straight, steps } = engine.translation;
    expect({ paths, straight }).toEqual({ paths: 2, straight: 1 });
    expect(steps).toBeGreaterThan(98_000n);
  });

  // Planted and found: the last jump of a straight path taken for one within the bounds that the path was made for.
  test("a path that is no loop ends with a jump that PCC need not allow any more", () => {
    const engine = createEngine({ ramSize: RAM_SIZE, translateAfter: 8 });
    const bytes = new Uint8Array(Uint32Array.from(narrowing.words).buffer);
    for (const each of [plain, engine]) {
      begin(each, bytes);
      each.run(10_000);
    }
    expect(engine.state()).toEqual(plain.state());
    expect(engine.state().csrs).toContainEqual({ number: MCAUSE, value: CAPABILITY_CAUSE });
    expect(engine.translation.straight).toBeGreaterThan(1);
  });
});
