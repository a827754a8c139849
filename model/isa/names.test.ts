import { describe, expect, test } from "vitest";
import { csrFromName, csrName, registerFromName, scrFromName, scrName } from "./names.ts";

/** Numbers and names as the privileged manual and CHERI ISAv9 list them. */
const CSRS =
  "300 mstatus 301 misa 304 mie 305 mtvec 306 mcounteren 340 mscratch 341 mepc 342 mcause 343 mtval 344 mip " +
  "8c0 uccsr 9c0 sccsr bc0 mccsr b00 mcycle b02 minstret c00 cycle c02 instret " +
  "f11 mvendorid f12 marchid f13 mimpid f14 mhartid f15 mconfigptr";
const SCRS =
  "0 pcc 1 ddc 4 utcc 5 utdc 6 uscratchc 7 uepcc c stcc d stdc e sscratchc f sepcc " +
  "1c mtcc 1d mtdc 1e mscratchc 1f mepcc";
const ABI =
  "0 zero 1 ra 2 sp 3 gp 4 tp 5 t0 6 t1 7 t2 8 s0 8 fp 9 s1 a a0 b a1 c a2 d a3 e a4 f a5 10 a6 11 a7 " +
  "12 s2 13 s3 14 s4 15 s5 16 s6 17 s7 18 s8 19 s9 1a s10 1b s11 1c t3 1d t4 1e t5 1f t6";

function listed(text: string): [number: number, name: string][] {
  return [...text.matchAll(/(\S+) (\S+)/g)].map(([, number, name]) => [Number.parseInt(number!, 16), name!]);
}

describe("names are those of the manuals, and nothing else has one:", () => {
  test.each([
    ["CSRs", CSRS, 4096, csrName, csrFromName, (number: number) => `0x${number.toString(16)}`],
    ["special capability registers", SCRS, 32, scrName, scrFromName, String],
  ] as const)("%s", (_, text, count, nameOf, numberOf, spelt) => {
    const names = new Map(listed(text));
    for (let number = 0; number < count; number++) {
      const name = names.get(number);
      expect(nameOf(number)).toBe(name ?? spelt(number));
      if (name !== undefined) expect(numberOf(name)).toBe(number);
    }
    expect(numberOf("mvendor")).toBeUndefined();
  });

  test("registers, whole ones with c before them", () => {
    for (const [number, name] of listed(ABI))
      for (const spelling of [name, `c${name}`, `x${number}`, `c${number}`])
        expect([spelling, registerFromName(spelling)]).toEqual([spelling, number]);
    expect(registerFromName("cnull")).toBe(0);
    for (const none of ["x32", "null", "x", ""]) expect(registerFromName(none)).toBeUndefined();
  });
});
