import { describe, expect, test } from "vitest";
import type { StepEvent } from "../../model/contract.ts";
import { createEngine } from "./index.ts";

const engine = createEngine();

const DATA = 0x8000_1000n;
const ROOT_SEAL = 0x1234n;

/** An instruction of opcode 0x5b with two sources. */
const two = (funct7: number, rs2: number, rs1: number, rd: number) =>
  ((funct7 << 25) | (rs2 << 20) | (rs1 << 15) | (rd << 7) | 0x5b) >>> 0;
const one = (selector: number, rs1: number, rd: number) => two(0x7f, selector, rs1, rd);
const immediate = (opcode: number, funct3: number, value: number, rs1: number, rd: number) =>
  (((value & 0xfff) << 20) | (rs1 << 15) | (funct3 << 12) | (rd << 7) | opcode) >>> 0;

const cmove = (cs1: number, cd: number) => one(0x0a, cs1, cd);
const ccleartag = (cs1: number, cd: number) => one(0x0b, cs1, cd);
const csealentry = (cs1: number, cd: number) => one(0x11, cs1, cd);
const cseal = (cs2: number, cs1: number, cd: number) => two(0x0b, cs2, cs1, cd);
const csetaddr = (rs2: number, cs1: number, cd: number) => two(0x10, rs2, cs1, cd);
const candperm = (rs2: number, cs1: number, cd: number) => two(0x0d, rs2, cs1, cd);
const csetboundsimm = (length: number, cs1: number, cd: number) => immediate(0x5b, 2, length, cs1, cd);
const cincoffsetimm = (offset: number, cs1: number, cd: number) => immediate(0x5b, 1, offset, cs1, cd);
const storeCap = (cs2: number, cs1: number) => two(0x7c, cs2, cs1, 0x0c);
const cinvoke = (cs2: number, cs1: number) => two(0x7e, cs2, cs1, 1);
const cspecialrw = (scr: number, cs1: number, cd: number) => two(0x01, scr, cs1, cd);

/** The words that put a number into a register. */
function integer(rd: number, value: bigint): number[] {
  const words = [immediate(0x13, 0, 0, 0, rd)];
  for (let shift = 55n; shift >= 0n; shift -= 11n) {
    words.push(immediate(0x13, 1, 11, rd, rd), immediate(0x13, 6, Number((value >> shift) & 0x7ffn), rd, rd));
  }
  return words;
}

/** Injects words from the `dii` reset state, in which c1-c31 are root at 0, and gives the last step. */
function lastOf(...words: readonly number[]): StepEvent {
  engine.reset({ preset: "dii" });
  return words.map((word) => engine.inject(word)).at(-1)!;
}

/** c5 := root at an address. */
const pointer = (address: bigint) => [...integer(6, address), csetaddr(6, 7, 5)];

/** Cause and mtval of a capability exception. */
const exception = (code: number, index: number) => ({ cause: 0x1cn, value: BigInt((index << 5) | code) });

describe("a store of a capability is refused, in this order, by", () => {
  const ALL = 0x78fffn;
  const without = (bits: bigint) => [...integer(8, ALL & ~bits), candperm(8, 5, 5)];
  const untagged = [ccleartag(5, 5)];
  const sealed = [csealentry(5, 5)];
  const narrow = [csetboundsimm(8, 5, 5)];
  const odd = [cincoffsetimm(8, 5, 5)];
  const local = [...integer(9, ALL & ~1n), candperm(9, 10, 10)];

  test.each([
    ["the tag", [...narrow, ...without(8n), ...sealed, ...untagged], exception(0x02, 5)],
    ["the seal", [...narrow, ...without(8n), ...sealed], exception(0x03, 5)],
    ["Permit_Store", [...local, ...narrow, ...without(0x68n)], exception(0x13, 5)],
    ["Permit_Store_Cap", [...local, ...narrow, ...without(0x60n)], exception(0x15, 5)],
    ["Permit_Store_Local_Cap", [...local, ...narrow, ...without(0x40n)], exception(0x16, 5)],
    ["the bounds", [...odd, ...narrow], exception(0x01, 5)],
    ["the alignment", odd, { cause: 6n, value: DATA + 8n }],
  ])("%s", (_, changes, trap) => {
    expect(lastOf(...pointer(DATA), ...changes, storeCap(10, 5)).trap).toEqual(trap);
  });

  test("and, last, RAM; what an untagged capability needs is less", () => {
    expect(lastOf(...pointer(0x1000n), storeCap(10, 5)).trap).toEqual({ cause: 7n, value: 0x1000n });
    const plain = lastOf(...pointer(DATA), ...without(0x60n), ccleartag(10, 10), storeCap(10, 5));
    expect(plain.trap).toBeNull();
    expect(plain).toMatchObject({ authority: 5, source: 10, write: { address: DATA, size: 16, tag: false } });
  });
});

describe("cinvoke is refused, in this order, by", () => {
  // c5 and c11 are sealed with one type: the code half at DATA, the data half without Execute.
  const type = [...integer(6, ROOT_SEAL), csetaddr(6, 7, 9)];
  const data = [...integer(8, 0x78ffdn), candperm(8, 12, 11)];
  const perms = (bits: bigint, cap: number) => [...integer(8, bits), candperm(8, cap, cap)];
  const seal = [...type, cseal(9, 5, 5), cseal(9, 11, 11)];
  const otherType = [cincoffsetimm(1, 9, 9)];
  const start = [...pointer(DATA), ...data];

  test.each([
    ["the tag of cs1", [...seal, ccleartag(5, 5), ccleartag(11, 11)], exception(0x02, 5)],
    ["the tag of cs2", [...type, ccleartag(11, 11)], exception(0x02, 11)],
    ["cs1 unsealed", type, exception(0x03, 5)],
    ["cs2 a sentry", [...type, cseal(9, 5, 5), csealentry(11, 11)], exception(0x03, 11)],
    [
      "different types",
      [...perms(0n, 5), ...type, cseal(9, 5, 5), ...otherType, cseal(9, 11, 11)],
      exception(0x04, 5),
    ],
    ["Permit_CInvoke of cs1", [...perms(0x2n, 5), ...perms(0n, 11), ...seal], exception(0x19, 5)],
    ["Permit_CInvoke of cs2", [...perms(0x100n, 5), ...perms(0n, 11), ...seal], exception(0x19, 11)],
    ["no Permit_Execute of cs1", [...perms(0x100n, 5), cmove(12, 11), ...seal], exception(0x11, 5)],
    ["Permit_Execute of cs2", [csetboundsimm(1, 5, 5), cmove(12, 11), ...seal], exception(0x11, 11)],
    ["the bounds of cs1", [csetboundsimm(1, 5, 5), ...seal], exception(0x01, 5)],
  ])("%s", (_, changes, trap) => {
    expect(lastOf(...start, ...changes, cinvoke(11, 5)).trap).toEqual(trap);
  });

  test("nothing if the halves fit: PCC and c31 are unsealed", () => {
    const event = lastOf(...start, ...seal, cinvoke(11, 5));
    expect(event).toMatchObject({ trap: null, pcAfter: DATA, authority: 11, source: 5 });
    expect(event.register).toMatchObject({ index: 31, value: { tag: true, otype: 0x3ffffn } });
    expect(event.specials).toMatchObject([{ scr: 0, value: { tag: true, otype: 0x3ffffn, address: DATA } }]);
  });

  test("nothing, though cs1 is c31 itself", () => {
    const event = lastOf(...start, ...seal, cmove(5, 31), cinvoke(11, 31));
    expect(event).toMatchObject({ trap: null, pcAfter: DATA, source: 31 });
  });
});

describe("atomic accesses by capability", () => {
  const amoswap = ((1 << 27) | (10 << 20) | (5 << 15) | (4 << 12) | (11 << 7) | 0x2f) >>> 0;
  const loadReserved = two(0x7d, 0x14, 6, 12);
  const storeConditional = two(0x7c, 12, 6, 0x14);

  test("amoswap.c outside RAM is a load's access fault", () => {
    expect(lastOf(...integer(5, 0x1000n), amoswap).trap).toEqual({ cause: 5n, value: 0x1000n });
  });

  test("amoswap.c reads what was there and writes cs2", () => {
    const event = lastOf(...pointer(DATA), storeCap(10, 5), ...integer(10, 7n), amoswap);
    expect(event.read).toMatchObject({ address: DATA, tag: true });
    expect(event.write).toMatchObject({ address: DATA, data: 7n, tag: false });
    expect(event.register).toMatchObject({ index: 11, value: { tag: true, address: 0n } });
  });

  test("the status of sc.c.ddc takes the place of what was stored", () => {
    const held = lastOf(...integer(6, DATA), loadReserved, storeConditional);
    expect(held.register).toMatchObject({
      kind: "capability",
      index: 12,
      value: { tag: false, address: 0n },
    });
    expect(held.write).toMatchObject({ address: DATA });
    const missed = lastOf(...integer(6, DATA), storeConditional);
    expect(missed.register).toMatchObject({ kind: "capability", index: 12, value: { address: 1n } });
    expect(missed).toMatchObject({ write: null, source: null, authority: 0x21 });
  });

  test("a reservation is compared by the low 32 bits, and then RAM is asked", () => {
    const far = DATA + 2n ** 32n;
    const event = lastOf(...integer(6, DATA), loadReserved, ...integer(6, far), storeConditional);
    expect(event.trap).toEqual({ cause: 7n, value: far });
  });
});

describe("special capability registers", () => {
  const dropSystemAccess = [
    cspecialrw(0, 0, 5),
    cincoffsetimm(12, 5, 5),
    ...integer(6, 0x78bffn),
    candperm(6, 5, 5),
    one(0x0c, 5, 1),
  ];

  test("that do not exist, or PCC written, are illegal, permission or not", () => {
    for (const word of [cspecialrw(2, 0, 1), cspecialrw(4, 0, 1), cspecialrw(0, 1, 1)]) {
      expect(lastOf(word).trap).toEqual({ cause: 2n, value: BigInt(word) });
    }
  });

  test("of machine mode need Access_System_Registers, DDC does not", () => {
    expect(lastOf(...dropSystemAccess, cspecialrw(30, 0, 1)).trap).toEqual(exception(0x18, 0x3e));
    expect(lastOf(...dropSystemAccess, cspecialrw(1, 0, 1)).trap).toBeNull();
  });

  test("swap with a register that is both source and destination", () => {
    const event = lastOf(...integer(5, 7n), cspecialrw(30, 5, 5));
    expect(event.register).toMatchObject({ index: 5, value: { address: 0n } });
    expect(event).toMatchObject({
      authority: 0x20,
      source: 5,
      specials: [{ scr: 30, value: { address: 7n } }],
    });
  });

  test("DDC is cleared by cclear of c0 and then authorizes nothing", () => {
    const clear = ((0x7f << 25) | (0x0e << 20) | (0x03 << 7) | 0x5b) >>> 0;
    const event = lastOf(clear);
    expect(event).toMatchObject({ cleared: 3, specials: [{ scr: 1, value: { tag: false } }] });
    expect(engine.inject(immediate(0x03, 3, 0, 2, 3)).trap).toEqual(exception(0x02, 0x21));
  });
});
