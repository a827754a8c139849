import { describe, expect, test } from "vitest";
import { slicesOf } from "./pattern.ts";

describe("a pattern", () => {
  test("has fixed bits and slices of operands, from the highest bit down", () => {
    const { length, mask, match, slices } = slicesOf("c.x", "101 imm[11|4] rd[4:0] imm[3:2|0] 001");
    expect([length, mask, match]).toEqual([2, 0b1110000000000111, 0b1010000000000001]);
    expect([...slices]).toEqual([
      [
        "imm",
        [
          { at: 12, width: 1, low: 11, ones: 1 },
          { at: 11, width: 1, low: 4, ones: 1 },
          { at: 4, width: 2, low: 2, ones: 3 },
          { at: 3, width: 1, low: 0, ones: 1 },
        ],
      ],
      ["rd", [{ at: 6, width: 5, low: 0, ones: 31 }]],
    ]);
    expect(slicesOf("x", "imm[31:0]").slices.get("imm")![0]!.ones).toBe(-1);
  });

  test.each(["imm", "imm[]", "imm[3:]", "Imm[3:0]", "imm[3:0", "12", "imm[3|]", ""])(
    "with the field %j is a defect",
    (field) => {
      expect(() => slicesOf("x", `imm[15:0] ${field}`)).toThrow(/^defect: x has a malformed field /);
    },
  );

  test.each([15, 17, 31, 33])("of %d bits is a defect", (width) => {
    expect(() => slicesOf("x", `imm[${width - 1}:0]`)).toThrow(
      `defect: x has ${width} bits, expected 16 or 32`,
    );
  });
});
