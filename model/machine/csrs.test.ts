import { describe, expect, test } from "vitest";
import { assembleProgram } from "../isa/index.ts";
import { createModel } from "./reference.ts";

/** The events of the instructions of a text, each of which is injected. */
function inject(model: ReturnType<typeof createModel>, text: string) {
  return assembleProgram(text).words.map((word) => model.inject(word));
}

/** x6 = the first address of RAM. */
const RAM_IN_X6 = "addi x6, x0, 1\nslli x6, x6, 31";
/** Returns to the first address of RAM, in user mode unless mstatus.MPP says machine mode. */
const LEAVE = `${RAM_IN_X6}\ncsrrw x0, mepc, x6\nmret`;

/** What each CSR reads after a reset; the counters, where nothing has counted yet. Privileged manual; CHERI ISAv9. */
const AFTER_RESET = new Map([
  [0x300, 0xa00000000n],
  [0x301, 0x8000000000b4112dn],
  ...[0x304, 0x305, 0x306, 0x340, 0x341, 0x342, 0x343, 0x344].map((number) => [number, 0n] as const),
  ...[0x8c0, 0x9c0, 0xbc0].map((number) => [number, 0xc0000001n] as const),
  ...[0xb00, 0xb02, 0xc00, 0xc02].map((number) => [number, 0n] as const),
  ...[0xf11, 0xf12, 0xf13, 0xf14, 0xf15].map((number) => [number, 0n] as const),
]);

test("of all 4096 numbers those of the manuals are CSRs, and read what a reset leaves", () => {
  const model = createModel();
  for (let number = 0; number < 4096; number++) {
    model.reset({ preset: "dii" });
    const [{ register, trap }] = inject(model, `csrrs x5, 0x${number.toString(16)}, x0`) as [
      ReturnType<typeof model.inject>,
    ];
    expect([number, register?.value, trap?.cause]).toEqual([
      number,
      AFTER_RESET.get(number),
      AFTER_RESET.has(number) ? undefined : 2n,
    ]);
  }
});

test.each([0, 1, 2, 3, 4, 5, 6, 7])(
  "below machine mode counters need their own bit of mcounteren, %d",
  (bits) => {
    const model = createModel();
    inject(model, `csrrwi x0, mcounteren, ${bits}\n${LEAVE}`);
    const readable = (name: string): boolean => {
      const [event] = inject(model, `csrrs x5, ${name}, x0`);
      if (event!.trap !== null) inject(model, "mret");
      expect(model.mode()).toBe(0);
      return event!.trap === null;
    };
    expect([readable("cycle"), readable("instret")]).toEqual([(bits & 1) !== 0, (bits & 4) !== 0]);
    expect(["mcycle", "minstret", "mhartid", "misa"].filter(readable)).toEqual([]);
  },
);

test("misa has D only with F, and C whatever they are", () => {
  for (let bits = 0; bits < 64; bits++) {
    const [c, d, f] = [bits & 4, bits & 8, bits & 32];
    const events = inject(createModel(), `addi x5, x0, ${bits}\ncsrrw x0, misa, x5\ncsrrs x7, misa, x0`);
    const kept = BigInt(c | (f === 0 ? 0 : d) | f);
    expect(events[2]!.register!.value).toBe(0x8000000000b41101n | kept);
  }
});

test("while 16-bit instructions are disabled, mepc hides bit 1 and a return goes there; later it is seen again", () => {
  for (const low of [0, 1, 2, 3]) {
    const model = createModel();
    const [, , , , , hidden, back] = inject(
      model,
      `${RAM_IN_X6}\naddi x6, x6, ${low}\ncsrrw x0, mepc, x6\ncsrrwi x0, misa, 0\ncsrrs x5, mepc, x0\nmret`,
    );
    const [whole, aligned] = [0x80000000n + BigInt(low & 2), 0x80000000n];
    expect([hidden!.register!.value, back!.pcAfter]).toEqual([aligned, aligned]);

    const [, shown] = inject(createModel(), `addi x6, x0, ${low}\ncsrrw x0, mepc, x6`);
    expect(shown!.csr!.value).toBe(whole - aligned);
  }
});

describe("a return", () => {
  test.each([
    ["machine", 3, 0x20000n],
    ["user", 0, 0n],
  ] as const)("to %s mode leaves MPRV as it is only there, MPIE set and MPP user", (_, mode, mprv) => {
    const model = createModel();
    // MPRV, MPP and MPIE, as a trap would have left them.
    const mpp = mode === 3 ? 0x1800 : 0;
    inject(model, `lui x5, 0x20\nlui x7, ${mpp >> 11}\nsrli x7, x7, 1\nor x5, x5, x7\ncsrrw x0, mstatus, x5`);
    inject(model, LEAVE);
    expect(model.mode()).toBe(mode);
    const { value } = model.state().csrs.find(({ number }) => number === 0x300)!;
    expect(value).toBe(0xa00000080n | mprv);
  });
});

test("below machine mode PCC and DDC are the only special registers, though PCC permits access to system registers", () => {
  for (let number = 0; number < 32; number++) {
    const model = createModel();
    inject(model, LEAVE);
    const [event] = inject(model, `cspecialrw c5, ${number}, c0`);
    expect([number, event!.trap?.cause]).toEqual([number, number < 2 ? undefined : 2n]);
  }
});

test("a word is the same whether it is given with a sign or without", () => {
  const [word] = assembleProgram("addi x5, x0, -1").words as [number];
  expect(word).toBeGreaterThan(2 ** 31);
  const [one, other] = [word, word | 0].map((given) => createModel().inject(given));
  expect(one).toEqual(other);
  expect(one!.word).toBe(word);
});
