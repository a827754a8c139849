import { describe, expect, test } from "vitest";
import { alignmentMask, representableLength } from "../../model/capability/bounds.ts";
import { format128 } from "../../model/capability/format.ts";

describe("refuted: the alignment mask of a rounded length is that of the length", () => {
  // Listed among the laws of the format as "mask and length absorb each other". It fails where the rounded length
  // is the whole address space, which a register shows as 0, and 0 needs no alignment.
  test("a length that rounds to the whole address space loses its mask", () => {
    const length = 2n ** 64n - 1n;
    expect(representableLength(format128, length)).toBe(0n);
    expect(alignmentMask(format128, length)).not.toBe(alignmentMask(format128, 0n));
  });

  // What remains true.
  test("every other length keeps it", () => {
    for (let power = 0n; power < 64n; power++) {
      for (const away of [-3n, -1n, 0n, 1n, 5n]) {
        const length = BigInt.asUintN(64, (1n << power) + away);
        const rounded = representableLength(format128, length);
        if (rounded === 0n) continue;
        expect(alignmentMask(format128, rounded)).toBe(alignmentMask(format128, length));
      }
    }
  });
});
