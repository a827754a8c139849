import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { LayoutError } from "../fuzz/binary/layout.ts";
import { haltObservation, type Observation } from "../fuzz/rvfi/observation.ts";
import { ANSWER_BYTES_MAX, decodeAnswer, encodeAnswer } from "../fuzz/rvfi/packet.ts";
import { createSession } from "../fuzz/rvfi/session.ts";
import { createModel } from "../model/machine/reference.ts";

const u64 = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
const u128 = fc.bigInt({ min: 0n, max: 2n ** 128n - 1n });
const mask = fc.constantFrom(0, 1, 3, 15, 0xff, 0xffff);

const observation: fc.Arbitrary<Observation> = fc
  .record({
    order: u64,
    insn: fc.bigInt({ min: 0n, max: 0xffff_ffffn }),
    trap: fc.nat(1),
    mode: fc.constantFrom(0, 1, 3),
    pc_rdata: u64,
    pc_wdata: u64,
    rd_addr: fc.nat(31),
    rd_wdata: u64,
    mem_addr: u64,
    mem_rmask: mask,
    mem_wmask: mask,
    mem_rdata: u128,
    mem_wdata: u128,
  })
  .map((fields) => ({ ...haltObservation, halt: 0, ixl: 2, ...fields }))
  .map((seen) => (seen.rd_addr === 0 ? { ...seen, rd_wdata: 0n } : seen))
  .map((seen) =>
    seen.mem_rmask | seen.mem_wmask ? seen : { ...seen, mem_addr: 0n, mem_rdata: 0n, mem_wdata: 0n },
  );

const command = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.tuple(fc.constantFrom(0x13, 0x0010_8093, 0x0000_0000, 0xfe41_00db), fc.constant(1)),
  },
  { weight: 2, arbitrary: fc.tuple(fc.constantFrom(0, 0x5645_5253), fc.constant(0)) },
  { weight: 1, arbitrary: fc.tuple(fc.integer({ min: 1, max: 2 }), fc.constant(0x76)) },
  { weight: 1, arbitrary: fc.tuple(fc.nat(), fc.nat(255)) },
);

function bytesOf(commands: readonly (readonly [number, number])[]): Buffer {
  const bytes = Buffer.alloc(8 * commands.length);
  commands.forEach(([insn, cmd], index) => {
    bytes.writeUInt32LE(insn, 8 * index);
    bytes[8 * index + 6] = cmd;
  });
  return bytes;
}

describe("RVFI-DII packets", () => {
  test("version 2 carries every observation whole", () =>
    fc.assert(
      fc.property(observation, (seen) => {
        const bytes = Buffer.alloc(ANSWER_BYTES_MAX);
        const size = encodeAnswer(2, seen, bytes, 0);
        expect(decodeAnswer(2, bytes, 0, size)).toEqual({ seen, size });
      }),
    ));

  test("no bytes make a reader fail in any other way than by naming a field", () =>
    fc.assert(
      fc.property(
        fc.constantFrom(1 as const, 2 as const),
        fc.uint8Array({ minLength: ANSWER_BYTES_MAX, maxLength: ANSWER_BYTES_MAX }),
        observation,
        fc.array(fc.tuple(fc.nat(ANSWER_BYTES_MAX - 1), fc.nat(255)), { maxLength: 8 }),
        fc.boolean(),
        (version, noise, seen, damage, isNoise) => {
          const bytes = Buffer.from(noise);
          if (version === 2) bytes.write("trace-v2");
          if (!isNoise) encodeAnswer(version, seen, bytes, 0);
          for (const [at, byte] of damage) bytes[at] = byte;
          try {
            const decoded = decodeAnswer(version, bytes, 0, bytes.length);
            if (decoded !== null) expect(decoded.size).toBeLessThanOrEqual(bytes.length);
          } catch (error) {
            expect(error).toBeInstanceOf(LayoutError);
          }
        },
      ),
    ));
});

describe("RVFI-DII session", () => {
  const machine = createModel({ ramSize: 4096 });

  test("answers do not depend on the pieces in which commands come, and no command makes it fail", () =>
    fc.assert(
      fc.property(
        fc.array(command, { maxLength: 20 }),
        fc.array(fc.nat(160), { maxLength: 6 }),
        (commands, cuts) => {
          const bytes = bytesOf(commands);
          const whole = createSession(machine).take(bytes);

          const session = createSession(machine);
          const answers: Buffer[] = [];
          let trouble: string | null = null;
          let from = 0;
          for (const to of [...cuts, bytes.length].sort((a, b) => a - b)) {
            if (trouble !== null || to < from) continue;
            const batch = session.take(bytes.subarray(from, Math.min(to, bytes.length)));
            answers.push(batch.answers);
            trouble = batch.trouble;
            from = Math.min(to, bytes.length);
          }
          expect(Buffer.concat(answers).equals(whole.answers)).toBe(true);
          expect(trouble).toBe(whole.trouble);
        },
      ),
    ));
});
