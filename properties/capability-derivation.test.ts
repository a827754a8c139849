import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { format128 as format } from "../fuzz/oracle/law/format.ts";
import { implLibrary, implModule } from "../fuzz/oracle/law/impl-library.ts";
import { isWithin } from "../fuzz/oracle/law/law.ts";
import type { CapabilityLibrary } from "../fuzz/oracle/law/library.ts";
import { modelLibrary, modelModules } from "../fuzz/oracle/law/model-library.ts";
import { rangeRead } from "../fuzz/oracle/law/reading.ts";
import type { Capability } from "../model/contract.ts";
import { word } from "./capability-samples.ts";

type Step = (library: CapabilityLibrary, cap: Capability, value: bigint, other: Capability) => Capability;

/** Everything that makes a capability out of one that is held, and out of any bits. */
const steps: readonly Step[] = [
  (library, cap, value) => library.setBounds(cap, value),
  (library, cap, value) => library.setBounds(cap, value % 2n ** 16n),
  (library, cap, value) => library.setBoundsExact(cap, value),
  (library, cap, value) => library.increment(cap, value),
  (library, cap, value) => library.setAddress(cap, cap.base + (value % 2n ** 20n)),
  (library, cap, value) => library.setAddress(cap, value),
  (library, cap, value) => library.setOffset(cap, value),
  (library, cap, value) => library.andPerms(cap, value | 0x7ffn),
  (library, cap, value) => library.setFlags(cap, value),
  (library, cap, value, other) => library.buildCap(cap, { ...other, address: other.address ^ (value & 7n) }),
];

describe.each([
  ["model", modelLibrary(modelModules, format)],
  ["impl", implLibrary(implModule, format)],
])("derivation in the library of %s", (_name, library) => {
  // The theorem of the field, for values: authority never grows. Broken by every widening there is, and by rebuilding
  // (an earlier, wider capability's bits) under an authority that does not cover it.
  test("no sequence of steps leads from a capability to one that covers or permits more", () => {
    let kept = 0;
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(steps.length - 1), word), { maxLength: 16 }), (choices) => {
        const held = [library.rootCapability];
        for (const [index, value] of choices) {
          const from = held.at(-1)!;
          const next = steps[index]!(library, from, value, held[Number(value % BigInt(held.length))]!);
          if (!next.tag) continue;
          kept++;
          const range = rangeRead(format, next.bounds, next.address);
          expect(isWithin(range, rangeRead(format, from.bounds, from.address))).toBe(true);
          expect(next.perms & ~from.perms).toBe(0n);
          expect(next.otype).toBe(format.unsealed);
          held.push(next);
        }
      }),
    );
    expect(kept).toBeGreaterThan(500);
  });
});
