import { expect, test } from "vitest";
import { breachText } from "./breach-text.ts";
import { bitsOf, format128 } from "./format.ts";
import { type Law, unequal } from "./law.ts";
import { modelLibrary, modelModules } from "./model-library.ts";
import { shrunk } from "./shrink.ts";
import { sourceOf, subjectOf } from "./subject.ts";

const subject = subjectOf(modelLibrary(modelModules, format128), format128);

/** A belief that needs a number of at least 100, and a tagged source with an exponent. */
const belief: Law = {
  name: "a-belief",
  source: "nowhere",
  statement: "numbers are small, or exponents zero",
  shape: "capability and number",
  check: (_subject, { source, value }) =>
    !source.tag || source.exponent === 0 || value < 100n || unequal("value", 0n, value),
};

test("operands that break a law are made small while they break it, and drawn", () => {
  const bounds = 0x5ab_c123n;
  const fields = { perms: 0x123n, reserved: 1n, flags: 1n, otype: 5n, bounds, address: 0xdead_beefn };
  const source = sourceOf(subject, true, bitsOf(format128, fields));
  const operands = { value: 0xffff_ffffn, second: 0n, source, other: source };
  const told = "value: expected 0x0, got 0xffffffff";
  const small = shrunk({ law: belief, subject, operands, told });
  expect(small.operands.value).toBe(100n);
  expect(small.operands.source).toMatchObject({
    address: 0n,
    perms: 0xffffn,
    otype: 0x3ffffn,
    flags: 0n,
    exponent: 1,
  });
  expect(breachText(small)).toMatchInlineSnapshot(`
    [
      "law a-belief: numbers are small, or exponents zero",
      "source: nowhere",
      "broken by model, 128-bit format",
      "value 0x64",
      "source (bounds field 0x4000001)  tagged 0x0 in [0x0, 0x2000) GXRWrwlSIUAC0123",
      "                                 |^==============================================)|",
      "                                 0x0                                         0x2000",
      "value: expected 0x0, got 0x64",
    ]
  `);
});
