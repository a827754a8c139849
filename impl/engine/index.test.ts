import { describe, expect, test } from "vitest";
import { createEngine, type Engine } from "./index.ts";

const CODE = 0x8000_0000n;
const DATA = 0x8001_0000n;

/** An engine whose memory holds the words at the start of RAM, in the `dii` reset state: c1-c31 are root. */
function engineWith(...words: number[]): Engine {
  const engine = createEngine();
  engine.load(CODE, new Uint8Array(Uint32Array.from(words).buffer));
  return engine;
}

/** A source of words that is the same in every run (xorshift). */
function* words(seed: number): Generator<number> {
  for (let value = seed; ; ) {
    value ^= value << 13;
    value ^= value >>> 17;
    value ^= value << 5;
    yield value >>> 0;
  }
}

function take(source: Iterator<number>, count: number): Uint32Array {
  return Uint32Array.from({ length: count }, () => source.next().value as number);
}

const cause = (engine: Engine) => engine.state().csrs.find(({ number }) => number === 0x342)!.value;

describe("a step budget", () => {
  test("ends a loop that never ends", () => {
    const engine = engineWith(0x0000_006f); // j .
    expect(engine.run(1_000_000)).toBe(1_000_000);
    expect(engine.state().pc).toBe(CODE);
  });

  test("ends an endless series of traps", () => {
    const engine = engineWith(0x0000_0000); // illegal; mtvec is 0, where nothing can be fetched
    expect(engine.run(100_000)).toBe(100_000);
    expect(cause(engine)).toBe(1n);
  });

  test("is exact: the cycle counter tells how many steps were run", () => {
    // addi x1, x1, 1; csrrs x2, mcycle, x0; csrrs x3, minstret, x0; j -12
    const engine = engineWith(0x0010_8093, 0xb000_2173, 0xb020_21f3, 0xff5f_f06f);
    engine.run(4 * 1000 + 3);
    const { registers } = engine.state();
    expect([1, 2, 3].map((index) => registers[index]!.address)).toEqual([1001n, 4001n, 4002n]);
  });

  test("of zero runs nothing", () => {
    const engine = engineWith(0x0010_8093);
    expect([engine.run(0), engine.runTraced(0), engine.injectAll(new Uint32Array(0), 0)]).toEqual([0, 0, 0]);
    expect(engine.state().pc).toBe(CODE);
  });
});

describe("code that changes", () => {
  test("is executed as it is now, not as it was decoded", () => {
    const engine = engineWith(
      0x0000_0297, // auipc x5, 0
      0x00c2_a303, // lw x6, 12(x5)   the word to write
      0x0100_006f, // j 16            to the patched place
      0x0070_0393, // addi x7, x0, 7  what is written
      0x0000_0013, // nop
      0x0000_0013, // nop
      0x0010_0393, // addi x7, x0, 1  the patched place
      0x0062_ac23, // sw x6, 24(x5)
      0xff9f_f06f, // j -8
    );
    engine.run(4);
    expect(engine.state().registers[7]!.address).toBe(1n);
    engine.run(3);
    expect(engine.state().registers[7]!.address).toBe(7n);
  });

  test("is noticed when only the second half of an instruction changes", () => {
    // Two c.nop, then addi x7, x0, 1 across two granules; sh writes its upper half.
    const bytes = new Uint8Array(64);
    const view = new DataView(bytes.buffer);
    for (let at = 0; at < 14; at += 2) view.setUint16(at, 0x0001, true);
    view.setUint32(14, 0x0010_0393, true);
    view.setUint32(18, 0x0062_9823, true); // sh x6, 16(x5)
    view.setUint32(22, 0xfedf_f06f, true); // j -20 -> 2
    const engine = createEngine();
    engine.load(CODE, bytes);
    engine.inject(0x0000_0297); // auipc x5, 0
    engine.inject(0x0450_0313); // addi x6, x0, 0x45
    engine.inject(0xff9f_f06f); // j -8, back to the first
    engine.run(9);
    expect(engine.state().registers[7]!.address).toBe(1n);
    engine.run(8);
    expect(engine.state().registers[7]!.address).toBe(4n);
  });

  test("is noticed when the host loads it", () => {
    const engine = engineWith(0x0010_0393, 0x0000_006f);
    engine.run(2);
    engine.load(CODE, new Uint8Array(Uint32Array.from([0x0020_0393, 0xffdf_f06f]).buffer));
    engine.run(3);
    expect(engine.state().registers[7]!.address).toBe(2n);
  });
});

describe("words of any kind", () => {
  const engine = createEngine();

  /** Injects in both encoding modes; every step must be told, and every trap must be one that exists. */
  function survives(batch: Uint32Array): void {
    for (const capabilityMode of [false, true]) {
      engine.reset({ preset: "dii" });
      // cspecialrw c1, pcc; csetflags c1, c1, x2 with x2 = 1; jalr.cap c0, c1
      if (capabilityMode)
        for (const word of [0x0200_00db, 0x0010_0113, 0x1c20_80db, 0xfec0_805b]) engine.inject(word);
      expect(engine.injectAll(batch, batch.length)).toBe(batch.length);
      const known = new Set([0n, 1n, 2n, 3n, 4n, 5n, 6n, 7n, 8n, 11n, 0x1cn]);
      for (let index = 0; index < batch.length; index += 97) {
        const { trap } = engine.event(index);
        expect(trap === null || known.has(trap.cause)).toBe(true);
      }
    }
  }

  test("all 65,536 compressed encodings", () => {
    for (let first = 0; first < 0x1_0000; first += 4096) {
      survives(Uint32Array.from({ length: 4096 }, (_, index) => first + index));
    }
  });

  test("random 32-bit words", () => {
    const source = words(1);
    for (let batch = 0; batch < 8; batch++) survives(take(source, 4096).map((word) => word | 3));
  });

  test("random words with the opcode of capabilities", () => {
    const source = words(2);
    for (let batch = 0; batch < 8; batch++) survives(take(source, 4096).map((word) => (word & ~0x7f) | 0x5b));
  });
});

describe("the untraced loop and the traced one agree", () => {
  const traced = createEngine();
  const quiet = createEngine();

  test.each([3, 4, 5, 6])("on random memory, seed %i", (seed) => {
    const source = words(seed);
    for (let program = 0; program < 60; program++) {
      const code = new Uint8Array(take(source, 64).buffer);
      for (const engine of [traced, quiet]) {
        engine.reset({ preset: program % 2 === 0 ? "dii" : "bare" });
        engine.load(CODE, code);
      }
      traced.runTraced(200);
      quiet.run(200);
      expect(quiet.state()).toEqual(traced.state());
    }
  });

  test("single steps make the same events as a batch", () => {
    const source = words(7);
    const batch = take(source, 500);
    traced.reset({ preset: "dii" });
    quiet.reset({ preset: "dii" });
    traced.injectAll(batch, batch.length);
    for (const [index, word] of batch.entries()) expect(quiet.inject(word)).toEqual(traced.event(index));
  });
});

describe("a reset", () => {
  test("leaves nothing of the run before, neither data nor tags nor decoded code", () => {
    const [used, fresh] = [createEngine(), createEngine()];
    const source = words(8);
    for (let round = 0; round < 20; round++) {
      used.load(CODE, new Uint8Array(take(source, 1024).buffer));
      used.load(DATA, new Uint8Array(take(source, 1024).buffer));
      used.injectAllQuiet(take(source, 1000), 1000);
      used.run(1000);
      for (const preset of ["dii", "bare"] as const) {
        used.reset({ preset });
        fresh.reset({ preset });
        expect(used.state()).toEqual(fresh.state());
        expect(used.state().memory).toEqual([]);
      }
    }
  });

  test("makes registers root or null, by its preset", () => {
    const engine = createEngine();
    engine.reset({ preset: "dii" });
    expect(engine.state().registers[31]).toMatchObject({
      tag: true,
      base: 0n,
      top: 1n << 64n,
      perms: 0xffffn,
    });
    engine.reset({ preset: "bare" });
    expect(engine.state().registers[31]).toMatchObject({ tag: false, perms: 0n, otype: 0x3ffffn });
    expect(engine.state().specials.map(({ scr }) => scr)).toEqual([0, 1, 12, 13, 14, 15, 28, 29, 30, 31]);
  });
});

describe("memory of the host's side", () => {
  test("is copied in and out, and loses the tags under what is loaded", () => {
    const engine = createEngine();
    engine.inject(0x0001_0297); // auipc x5, 16: 0x80010000
    engine.inject(0x0022_c023); // sc c2, 0(x5)
    expect(engine.state().memory).toEqual([{ address: DATA, data: expect.any(BigInt), tag: true }]);
    engine.load(DATA + 15n, Uint8Array.of(1, 2));
    expect(engine.state().memory.map(({ tag }) => tag)).toEqual([false, false]);
    expect([...engine.peek(DATA + 14n, 4)]).toEqual([0xff, 1, 2, 0]);
  });

  test("ends where RAM ends", () => {
    const engine = createEngine({ ramSize: 0x2_0000 });
    engine.load(CODE + 0x1_ffffn, Uint8Array.of(1));
    expect(() => engine.load(CODE + 0x1_ffffn, Uint8Array.of(1, 2))).toThrow(RangeError);
    expect(() => engine.load(CODE - 1n, Uint8Array.of(1))).toThrow(RangeError);
    expect(() => engine.peek(CODE, 0x2_0001)).toThrow(RangeError);
    expect(engine.peek(CODE, 0)).toHaveLength(0);
  });
});

test("a size of RAM that cannot be had is refused", () => {
  expect(() => createEngine({ ramSize: 1000 })).toThrow("ramSize: a multiple of 65536 up to");
  expect(() => createEngine({ ramSize: 2 ** 32 })).toThrow(RangeError);
});
