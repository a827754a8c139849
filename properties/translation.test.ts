import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createEngine, type Engine } from "../impl/engine/index.ts";
import { assembleProgram } from "../model/isa/index.ts";
import { loopingProgram } from "./looping-program.ts";

const CODE = 0x8000_0000n;
const RAM_SIZE = 0x1_0000;

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
    for (const name of ["paths", "discards", "begun", "trapped", "overwritten", "strayed"] as const) {
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
});
