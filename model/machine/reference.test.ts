import { describe, expect, test } from "vitest";
import { assembleProgram } from "../isa/index.ts";
import { createModel } from "./reference.ts";

const RAM = 0x80000000n;

/** Injects the instructions of a text from the DII reset state, or after what was injected before. */
function inject(model: ReturnType<typeof createModel>, text: string) {
  return assembleProgram(text).words.map((word) => model.inject(word));
}

/** x6 = the first address of RAM. */
const RAM_IN_X6 = "addi x6, x0, 1\nslli x6, x6, 31";

describe("a reset", () => {
  test("gives the DII state: roots in registers, PCC, DDC, MTCC, MEPCC; null elsewhere", () => {
    const { registers, specials, pc, mode, csrs, reservation, memory } = createModel().state();
    expect({ pc, mode, reservation, memory }).toEqual({ pc: RAM, mode: 3, reservation: null, memory: [] });
    expect(registers.map(({ tag }) => tag)).toEqual([false, ...Array.from({ length: 31 }, () => true)]);
    expect(specials.map(({ scr, value }) => [scr, value.tag, value.address])).toEqual([
      [0, true, RAM],
      [1, true, 0n],
      [12, true, 0n],
      [13, false, 0n],
      [14, false, 0n],
      [15, true, 0n],
      [28, true, 0n],
      [29, false, 0n],
      [30, false, 0n],
      [31, true, 0n],
    ]);
    expect(csrs).toEqual([
      { number: 0x300, value: 0xa00000000n },
      { number: 0x301, value: 0x8000000000b4112dn },
      ...[0x304, 0x306, 0x340, 0x342, 0x343].map((number) => ({ number, value: 0n })),
    ]);
  });

  test("undoes everything a program did", () => {
    const model = createModel();
    model.reset({ preset: "bare" });
    const before = model.state();
    expect(before.registers.every(({ tag }) => !tag)).toBe(true);
    inject(
      model,
      `${RAM_IN_X6}\nsd x6, 0(x6)\nlr.d x5, (x6)\ncsrrwi x0, mscratch, 5\ncsrrwi x0, misa, 0\necall`,
    );
    expect(model.state()).not.toEqual(before);
    model.reset({ preset: "bare" });
    expect(model.state()).toEqual(before);
    expect(model.inject(0x13).order).toBe(0);
  });
});

test("writes to x0 vanish and are not reported", () => {
  const model = createModel();
  const [event] = inject(model, "addi x0, x0, 5");
  expect(event!.register).toBeNull();
  expect(model.registers(0).address).toBe(0n);
});

describe("memory", () => {
  test("tells accesses with their authority, and a store of any byte clears the granule's tag", () => {
    const model = createModel();
    const [store, , byte, load] = inject(
      model,
      `${RAM_IN_X6}\nsc c7, 16(x6)\nlc c8, 16(x6)\nsb x0, 31(x6)\nlc c9, 16(x6)`,
    ).slice(2);
    const root = 0xffff0000000000000000000000000000n;
    expect(store).toMatchObject({
      authority: 0x21,
      source: 7,
      read: null,
      write: { address: RAM + 16n, size: 16, data: root, tag: true },
    });
    expect(model.registers(8).tag).toBe(true);
    expect(byte!.write).toEqual({ address: RAM + 31n, size: 1, data: 0n, tag: false });
    expect(load!.read!.tag).toBe(false);
    expect(model.tagAt(RAM + 16n)).toBe(false);
  });

  test("allows misaligned plain accesses, which may clear two tags", () => {
    const model = createModel();
    inject(model, `${RAM_IN_X6}\nsc c7, 0(x6)\nsc c7, 16(x6)\nsd x0, 12(x6)`);
    expect([0n, 16n].map((offset) => model.tagAt(RAM + offset))).toEqual([false, false]);
  });

  test.each([
    ["lw x5, 0(x0)", 5n, 0n],
    ["sw x5, 0(x0)", 7n, 0n],
    ["amoadd.w x5, x5, (x0)", 7n, 0n],
    ["lr.w x5, (x0)", 5n, 0n],
    ["lr.d x5, (x7)", 4n, RAM + 4n],
    ["sc.d x5, x5, (x7)", 6n, RAM + 4n],
    ["amoadd.d x5, x5, (x7)", 6n, RAM + 4n],
    ["lc c5, 0(x7)", 4n, RAM + 4n],
    ["sc c5, 0(x7)", 6n, RAM + 4n],
  ])("%s traps with cause %i", (text, cause, value) => {
    const events = inject(createModel(), `${RAM_IN_X6}\naddi x7, x6, 4\n${text}`);
    expect(events.at(-1)!.trap).toEqual({ cause, value });
  });

  test("is loaded and peeked by a host, within RAM only", () => {
    const model = createModel({ ramSize: 4096 });
    inject(model, `${RAM_IN_X6}\nsc c7, 0(x6)`);
    model.load(RAM + 8n, Uint8Array.of(1, 2, 3));
    expect(model.tagAt(RAM)).toBe(false);
    expect(model.peek(RAM + 8n, 4)).toEqual(Uint8Array.of(1, 2, 3, 0));
    expect(() => model.peek(RAM + 4093n, 4)).toThrow(RangeError);
    expect(() => model.load(RAM - 1n, Uint8Array.of(1))).toThrow("no RAM at 0x7fffffff for 1 bytes");
  });
});

describe("load-reserved and store-conditional", () => {
  test("stores once after a reservation of the same address; a failure reports no access", () => {
    const events = inject(createModel(), `${RAM_IN_X6}\nlr.w x5, (x6)\nsc.w x7, x6, (x6)\nsc.w x7, x6, (x6)`);
    expect(events.at(-2)).toMatchObject({ register: { value: 0n }, write: { size: 4 }, source: null });
    expect(events.at(-1)).toMatchObject({
      register: { value: 1n },
      write: null,
      authority: 0x21,
      source: null,
    });
  });

  test("a trap ends the reservation", () => {
    const model = createModel();
    inject(model, `${RAM_IN_X6}\nlr.w x5, (x6)\necall`);
    expect(model.state().reservation).toBeNull();
  });
});

describe("a trap", () => {
  test("reports MEPCC and PCC whole, and nothing that the step did", () => {
    const [event] = inject(createModel(), "ecall");
    expect(event).toMatchObject({
      trap: { cause: 11n, value: 0n },
      pcAfter: 0n,
      register: null,
      authority: null,
    });
    expect(event!.specials.map(({ scr, value }) => [scr, value.address, value.tag])).toEqual([
      [31, RAM, true],
      [0, 0n, true],
    ]);
  });

  test("of an illegal word tells the word; 16 bits wide without its upper half", () => {
    const model = createModel();
    expect(model.inject(0xffffffff)).toMatchObject({
      trap: { cause: 2n, value: 0xffffffffn },
      word: 0xffffffff,
    });
    expect(model.inject(0xabcd0000)).toMatchObject({ trap: { cause: 2n, value: 0n }, word: 0 });
  });

  test("stacks and a return unstacks the interrupt enable and the privilege", () => {
    const model = createModel();
    const statusOf = () => model.state().csrs[0]!.value & 0xffffffffn;
    inject(model, "csrrwi x0, mstatus, 8\necall");
    expect(statusOf()).toBe(0x1880n);
    inject(model, "mret");
    expect(statusOf()).toBe(0x88n);
    expect(model.mode()).toBe(3);
  });

  test("from user mode has its own cause; wfi, mret and machine CSRs are illegal there", () => {
    for (const [text, cause] of [
      ["ecall", 8n],
      ["wfi", 2n],
      ["mret", 2n],
      ["csrrs x5, mscratch, x0", 2n],
      ["csrrs x5, cycle, x0", 2n],
    ] as const) {
      const model = createModel();
      const events = inject(model, `${RAM_IN_X6}\ncsrrw x0, mepc, x6\nmret\n${text}`);
      expect(events.at(-2)).toMatchObject({ mode: 3, source: 0x3f, authority: 0x20 });
      expect(events.at(-1)).toMatchObject({ mode: 0, trap: { cause } });
      expect(model.mode()).toBe(3);
    }
  });
});

describe("CSRs", () => {
  test.each([
    ["mstatus", 0xa007e19aan],
    ["mie", 0xaaan],
    ["mip", 0n],
    ["mcounteren", 7n],
    ["mscratch", 2n ** 64n - 1n],
    ["mcause", 2n ** 64n - 1n],
    ["mtval", 2n ** 64n - 1n],
    ["mtvec", 2n ** 64n - 4n],
    ["mepc", 2n ** 64n - 2n],
    ["misa", 0x8000000000b4112dn],
    ["mccsr", 0xc0000001n],
  ])("%s keeps what is legal of all ones", (name, value) => {
    const events = inject(createModel(), `addi x5, x0, -1\ncsrrw x0, ${name}, x5\ncsrrs x7, ${name}, x0`);
    expect(events[1]!.csr!.value).toBe(value);
    expect(events[2]).toMatchObject({ register: { value }, csr: null, authority: 0x20 });
  });

  test.each(["csrrwi x5, cycle, 1", "csrrsi x5, mhartid, 1", "csrrs x5, 0x180, x0", "csrrs x5, 0x003, x0"])(
    "%s is illegal",
    (text) => {
      expect(inject(createModel(), text)[0]!.trap!.cause).toBe(2n);
    },
  );

  test("without permission to access system registers even counters trap", () => {
    const model = createModel();
    inject(model, `${RAM_IN_X6}\naddi x7, x0, 2\ncandperm c8, c31, x7\ncsetaddr c8, c8, x6\njalr.cap c0, c8`);
    const [event] = inject(model, "csrrs x5, cycle, x0");
    expect(event!.trap).toEqual({ cause: 0x1cn, value: 0x418n });
  });

  test("clearing misa.C is vetoed while the next pc is not aligned; then 16-bit words are illegal", () => {
    const model = createModel();
    inject(model, "c.nop\ncsrrwi x0, misa, 0");
    expect(model.inject(0x0001).trap).toBeNull();
    inject(model, "csrrwi x0, misa, 0");
    expect(model.inject(0x0001).trap).toEqual({ cause: 2n, value: 1n });
    expect(inject(model, "jal x0, .+2")[0]!.trap).toEqual({ cause: 0n, value: 2n });
  });

  test("counters count steps begun and retired; a write stands for the step's own increment", () => {
    const text = [
      "c.nop",
      "ecall",
      "csrrs x5, mcycle, x0",
      "csrrs x6, minstret, x0",
      "csrrwi x0, minstret, 9",
      "csrrs x7, instret, x0",
    ].join("\n");
    const [, , cycle, instret, , after] = inject(createModel(), text).map(({ register }) => register?.value);
    expect([cycle, instret, after]).toEqual([2n, 2n, 9n]);
  });
});

describe("fetching from memory", () => {
  test("executes 16-bit and 32-bit words, across a granule", () => {
    const model = createModel();
    const { words } = assembleProgram("c.li x5, 3\naddi x5, x5, 4\nc.addi x5, -1");
    const bytes = words.flatMap((word) =>
      word < 2 ** 16 ? [word, word >> 8] : [word, word >> 8, word >> 16, word >> 24],
    );
    model.load(RAM, Uint8Array.from(bytes));
    const events = words.map(() => model.step());
    expect(events.map(({ word }) => word)).toEqual(words);
    expect(model.registers(5).address).toBe(6n);
  });

  test("outside RAM is an access fault, with word 0", () => {
    const model = createModel({ ramSize: 4096 });
    inject(model, "jalr x0, 0(x0)");
    expect(model.step()).toMatchObject({ word: 0, trap: { cause: 1n, value: 0n } });
  });
});
