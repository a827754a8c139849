import { describe, expect, test } from "vitest";
import { createEngine, type Engine } from "./index.ts";

const CODE = 0x8000_0000n;
const STEPS = 300_007;

/** Loops, each entered from its first word in the `dii` reset state. */
const programs: Readonly<Record<string, readonly number[]>> = {
  "a loop with two ways through it": [
    0x0001_0297, // auipc x5, 16
    0x0013_0313, // addi x6, x6, 1
    0x0073_7393, // andi x7, x6, 7
    0x0003_9863, // bne x7, x0, 16
    0x0062_b023, // sd x6, 0(x5)
    0x0034_0413, // addi x8, x8, 3
    0xfedf_f06f, // j -20
    0x0002_b483, // ld x9, 0(x5)
    0x0095_0533, // add x10, x10, x9
    0xfe1f_f06f, // j -32
  ],
  "calls and returns, by integer and by sealed entry": [
    0x0000_0297, // auipc x5, 0
    0x0200_0a5b, // cspecialrw c20, pcc
    0x018a_1a5b, // cincoffset c20, c20, 24
    0xff1a_0adb, // csealentry c21, c20
    0x0140_006f, // j 20
    0x0015_0513, // addi x10, x10, 1
    0x0000_8067, // jr x1
    0x0015_8593, // addi x11, x11, 1
    0xfec0_805b, // jalr.cap c0, c1
    0xff1f_f0ef, // jal x1, -16
    0xfeca_80db, // jalr.cap c1, c21
    0x0016_0613, // addi x12, x12, 1
    0xff5f_f06f, // j -12
  ],
  "calls that return where another link than theirs leads, now and then": [
    0x0200_0a5b, // cspecialrw c20, pcc, c0
    0x028a_1adb, // cincoffsetimm c21, c20, 40
    0xff1a_8adb, // csealentry c21, c21
    0x01ca_1b5b, // cincoffsetimm c22, c20, 28
    0xff1b_0b5b, // csealentry c22, c22
    0x0280_006f, // jal x0, loop
    0x0016_8693, // addi x13, x13, 1
    0x0017_0713, // addi x14, x14, 1
    0x0016_0613, // addi x12, x12, 1
    0x0180_006f, // jal x0, loop
    0x0015_8593, // addi x11, x11, 1
    0x0075_f793, // andi x15, x11, 7
    0x0007_9463, // bne x15, x0, usual
    0xfeab_00db, // cmove c1, c22
    0xfec0_805b, // jalr.cap c0, c1
    0xfeca_80db, // jalr.cap c1, c21
    0x0026_0613, // addi x12, x12, 2
    0xff9f_f06f, // jal x0, loop
  ],
  "calls to a sentry that is replaced by one of fewer permissions, now and then": [
    0x0200_0a5b, // cspecialrw c20, pcc, c0
    0x020a_1b5b, // cincoffsetimm c22, c20, 32
    0xff1b_0b5b, // csealentry c22, c22
    0xffb0_0293, // addi x5, x0, -5
    0x1a5a_0bdb, // candperm c23, c20, x5
    0x020b_9bdb, // cincoffsetimm c23, c23, 32
    0xff1b_8bdb, // csealentry c23, c23
    0x0180_006f, // jal x0, loop
    0x0015_8593, // addi x11, x11, 1
    0x0200_035b, // cspecialrw c6, pcc, c0
    0xfe03_03db, // cgetperm x7, c6
    0x0075_0533, // add x10, x10, x7
    0xfec0_805b, // jalr.cap c0, c1
    0x0014_0413, // addi x8, x8, 1
    0x3ff4_7493, // andi x9, x8, 1023
    0x0004_9863, // bne x9, x0, same
    0xfeab_0c5b, // cmove c24, c22
    0xfeab_8b5b, // cmove c22, c23
    0xfeac_0bdb, // cmove c23, c24
    0xfecb_00db, // jalr.cap c1, c22
    0x0016_0613, // addi x12, x12, 1
    0xfe1f_f06f, // jal x0, loop
  ],
  "a loop in capability mode within a narrow PCC": [
    0x0200_0a5b, // cspecialrw c20, pcc
    0x020a_1a5b, // cincoffset c20, c20, 32
    0x010a_2adb, // csetbounds c21, c20, 16
    0x0010_0b13, // addi x22, x0, 1
    0x1d6a_8adb, // csetflags c21, c21, x22
    0xfeca_80db, // jalr.cap c1, c21
    0x0000_0013, // nop
    0x0000_0013, // nop
    0x0015_0513, // addi x10, x10, 1
    0x0025_8593, // addi x11, x11, 2
    0x00b5_4633, // xor x12, x10, x11
    0xff5f_f06f, // cjal c0, -12
  ],
  "a loop that a bounds violation leaves, again and again": [
    0x0000_0297, // auipc x5, 0
    0x0402_8313, // addi x6, x5, 64
    0x3053_1073, // csrw mtvec, x6
    0x0001_0417, // auipc x8, 16
    0x0210_04db, // cspecialrw c9, ddc
    0x2084_84db, // csetaddr c9, c9, x8
    0x3e84_a4db, // csetbounds c9, c9, 1000
    0xfab4_855b, // ld.cap x10, (c9)
    0x0084_94db, // cincoffset c9, c9, 8
    0x0015_8593, // addi x11, x11, 1
    0xff5f_f06f, // j -12
    ...new Array<number>(5).fill(0x0000_0013),
    0xb020_2673, // csrr x12, minstret
    0xc184_94db, // cincoffset c9, c9, -1000
    0x3410_26f3, // csrr x13, mepc
    0x0006_8693, // addi x13, x13, 0
    0x3416_9073, // csrw mepc, x13
    0x3020_0073, // mret
  ],
  "a loop whose capability loses its tag on a detour, after eight thousand turns": [
    0x0000_0297, // auipc x5, 0
    0x0482_8313, // addi x6, x5, 72
    0x3053_1073, // csrw mtvec, x6
    0x0001_0417, // auipc x8, 16
    0x0210_04db, // cspecialrw c9, ddc, c0
    0x2084_84db, // csetaddr c9, c9, x8
    0x0404_a4db, // csetboundsimm c9, c9, 64
    0x0015_8593, // addi x11, x11, 1
    0x00d5_d613, // srli x12, x11, 13
    0x0146_1613, // slli x12, x12, 20
    0x40c0_06b3, // sub x13, x0, x12
    0xfab4_855b, // ld.cap x10, (c9)
    0x00a7_0733, // add x14, x14, x10
    0xf8b4_85db, // sd.cap x11, (c9)
    0x22c4_84db, // cincoffset c9, c9, x12
    0x22d4_84db, // cincoffset c9, c9, x13
    0x0017_8793, // addi x15, x15, 1
    0xfd9f_f06f, // jal x0, -40
    0x3420_2873, // csrrs x16, mcause, x0
    0x3430_28f3, // csrrs x17, mtval, x0
    0x3410_2973, // csrrs x18, mepc, x0
    0x0049_0913, // addi x18, x18, 4
    0x3419_1073, // csrrw x0, mepc, x18
    0x3020_0073, // mret
  ],
  "a loop that changes one of its own instructions now and then": [
    0x0000_0297, // auipc x5, 0
    0x0000_0593, // addi x11, x0, 0
    0x0010_04b7, // lui x9, 256
    0x0013_8393, // addi x7, x7, 1
    0x0013_0313, // addi x6, x6, 1
    0x7ff3_7413, // andi x8, x6, 2047
    0xfe04_1ae3, // bne x8, x0, -12
    0x00c2_a503, // lw x10, 12(x5)
    0x0095_0533, // add x10, x10, x9
    0x00a2_a623, // sw x10, 12(x5)
    0xfe5f_f06f, // j -28
  ],
  "two halves, each under a PCC of its own": [
    0x0200_0a5b, // cspecialrw c20, pcc, c0
    0x018a_1b5b, // cincoffsetimm c22, c20, 24
    0x044a_1adb, // cincoffsetimm c21, c20, 68
    0x040a_aadb, // csetboundsimm c21, c21, 64
    0xff1a_8adb, // csealentry c21, c21
    0xff1b_0b5b, // csealentry c22, c22
    0x0013_0293, // addi x5, x6, 1
    0x0023_8313, // addi x6, x7, 2
    0x0032_8393, // addi x7, x5, 3
    0x0043_0293, // addi x5, x6, 4
    0x0053_8313, // addi x6, x7, 5
    0x0062_8393, // addi x7, x5, 6
    0x0073_0293, // addi x5, x6, 7
    0x0083_8313, // addi x6, x7, 8
    0x0092_8393, // addi x7, x5, 9
    0x00a3_0293, // addi x5, x6, 10
    0xfeca_805b, // jalr.cap c0, c21
    0x0014_8413, // addi x8, x9, 1
    0x0025_0493, // addi x9, x10, 2
    0x0034_0513, // addi x10, x8, 3
    0x0044_8413, // addi x8, x9, 4
    0x0055_0493, // addi x9, x10, 5
    0x0064_0513, // addi x10, x8, 6
    0x0074_8413, // addi x8, x9, 7
    0x0085_0493, // addi x9, x10, 8
    0x0094_0513, // addi x10, x8, 9
    0x00a4_8413, // addi x8, x9, 10
    0xfecb_005b, // jalr.cap c0, c22
  ],
};

function load(engine: Engine, words: readonly number[]): void {
  engine.reset({ preset: "dii" });
  engine.load(CODE, new Uint8Array(Uint32Array.from(words).buffer));
}

/** Runs in pieces that are too short for a translation. */
function runPlainly(engine: Engine, steps: number): void {
  for (let left = steps; left > 0; left -= 10_000) engine.run(Math.min(left, 10_000));
}

describe("a translated loop does what the interpreter does:", () => {
  const [quick, plain] = [createEngine(), createEngine()];

  test.each(Object.entries(programs))("%s", (_, words) => {
    load(quick, words);
    load(plain, words);
    const before = quick.translation.paths;
    for (const steps of [STEPS, 50_001, 77_777]) {
      quick.run(steps);
      runPlainly(plain, steps);
      expect(quick.state()).toEqual(plain.state());
      quick.injectAll(Uint32Array.of(0xb000_2ff3, 0xb020_2f73), 2); // csrr x31, mcycle; csrr x30, minstret
      plain.injectAll(Uint32Array.of(0xb000_2ff3, 0xb020_2f73), 2);
      expect(quick.state().registers).toEqual(plain.state().registers);
      for (const engine of [quick, plain]) engine.injectAllQuiet(Uint32Array.of(0xff9f_f06f), 1); // back by 8
    }
    expect(quick.translation.paths).toBeGreaterThan(before);
  });
});

test("traced steps through a translated loop show its instructions", () => {
  const [quick, plain] = [createEngine(), createEngine()];
  const words = programs["a loop with two ways through it"]!;
  load(quick, words);
  load(plain, words);
  quick.run(STEPS);
  runPlainly(plain, STEPS);
  quick.runTraced(100);
  plain.runTraced(100);
  for (let index = 0; index < 100; index++) expect(quick.event(index)).toEqual(plain.event(index));
});

test("a loop that is loaded anew is translated anew", () => {
  const engine = createEngine();
  const loop = (increment: number) => [0x0000_0313 | (increment << 20) | (6 << 15), 0xffdf_f06f];
  load(engine, loop(1));
  engine.run(100_000);
  engine.load(CODE, new Uint8Array(Uint32Array.from(loop(2)).buffer));
  engine.run(100_000);
  expect(engine.state().registers[6]!.address).toBe(50_000n + 100_000n);
});

test("paths begin again that end where PCC changes", () => {
  const engine = createEngine();
  load(engine, programs["two halves, each under a PCC of its own"]!);
  engine.run(STEPS);
  const { straight, begun, steps } = engine.translation;
  expect(straight).toBe(2);
  expect(begun).toBeGreaterThan(STEPS / 50);
  expect(steps).toBeGreaterThan(150_000n);
});
