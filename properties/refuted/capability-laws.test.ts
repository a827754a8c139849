/**
 * Beliefs about capability libraries that are false for the format itself, so for both libraries. Each is kept with the
 * counterexample, and with what is true in its place.
 */
import { describe, expect, test } from "vitest";
import { bitsOf, type Fields, format128 as format } from "../../fuzz/oracle/law/format.ts";
import { implLibrary, implModule } from "../../fuzz/oracle/law/impl-library.ts";
import type { Source, Subject } from "../../fuzz/oracle/law/law.ts";
import { modelLibrary, modelModules } from "../../fuzz/oracle/law/model-library.ts";
import { exponentRead } from "../../fuzz/oracle/law/reading.ts";
import { sourceOf, subjectOf } from "../../fuzz/oracle/law/subject.ts";

const TAGGED = true;
const { space } = format;

function tagged(subject: Subject, fields: Pick<Fields, "bounds" | "address">): Source {
  const rest = { perms: format.permsMask, reserved: 0n, flags: 0n, otype: format.unsealed };
  return sourceOf(subject, TAGGED, bitsOf(format, { ...rest, ...fields }));
}

/** IE set, with this exponent, and T and B without the bits of the exponent. */
function internal(exponent: bigint, T: bigint, B: bigint): bigint {
  return (1n << 26n) | ((T | (exponent >> 3n)) << 14n) | B | (exponent & 7n);
}

describe.each([
  ["model", subjectOf(modelLibrary(modelModules, format), format)],
  ["impl", subjectOf(implLibrary(implModule, format), format)],
])("refuted, in the library of %s", (_name, subject) => {
  const { library } = subject;

  // The property that cheriot-sail keeps as documentation, prop_base_lteq_top. Law base-not-above-top is what is true:
  // it holds of every pattern that bounds setting gives.
  test("base is at most top, for every pattern", () => {
    const { cap } = tagged(subject, { bounds: internal(51n, 0n, 0x3000n), address: 0n });
    expect(cap.base).toBeGreaterThan(cap.top);
  });

  // A "stronger decode law": whatever decodes to ordered bounds is what encoding those bounds gives.
  test("every pattern with ordered bounds is the encoding of its bounds", () => {
    const source = tagged(subject, { bounds: internal(53n, 0n, 0n), address: 0n });
    expect(source.cap).toMatchObject({ base: 0n, top: space });
    const again = library.setBounds(library.rootCapability, space - 1n);
    expect(again).toMatchObject({ base: 0n, top: space });
    expect(again.bounds).not.toBe(source.bounds);
  });

  // What remains is law set-bounds-monotone: of sources whose top is inside the address space. That all tagged ones are
  // like that is what derivation-keeps-well-formed shows, from the root on.
  test("setting bounds is monotone without any assumption about the source", () => {
    const base = (1n << 62n) + (1n << 54n);
    const source = tagged(subject, { bounds: internal(51n, 0x810n, 0x2808n), address: base });
    expect(source).toMatchObject({ base, exponent: 51 });
    expect(source.top).toBeGreaterThan(space + base);
    const result = library.setBounds(source.cap, space - 1n);
    expect(result).toMatchObject({ tag: true, base: 1n << 62n });
    expect(exponentRead(format, result.bounds)).toBe(52);
  });

  // What remains is law build-is-equality, of well-formed authorities.
  test("no capability can be rebuilt under an authority whose top is beyond the address space", () => {
    const low = format.addressMask - 5n;
    const source = tagged(subject, {
      bounds: (((space + 1n) & 0xfffn) << 14n) | (low & 0x3fffn),
      address: low,
    });
    expect(source).toMatchObject({ base: low, top: space + 1n });
    expect(library.buildCap(source.cap, source.cap).tag).toBe(true);
  });

  // Listed among the laws of the format as "mask and length absorb each other". It fails where the rounded length is
  // the whole address space, which a register shows as 0, and 0 needs no alignment. See law mask-absorbs-rounding.
  test("the alignment mask of a rounded length is that of the length", () => {
    expect(library.representableLength(space - 1n)).toBe(0n);
    expect(library.alignmentMask(space - 1n)).not.toBe(library.alignmentMask(0n));
  });

  // The conservative check allows less: law increment-limits says exactly what.
  test("the exact representability check implies the conservative one", () => {
    const { cap, base } = tagged(subject, { bounds: internal(0n, 0n, 0x1000n), address: 0x1000n });
    const last = base - 0x800n + 0x3fffn;
    expect(library.setAddress(cap, last).tag).toBe(true);
    expect(library.increment(cap, last - cap.address).tag).toBe(false);
  });
});
