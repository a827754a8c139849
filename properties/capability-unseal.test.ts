import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { format128 } from "../model/capability/format.ts";
import { permission } from "../model/capability/permission.ts";
import { unsealWith } from "../model/capability/seal.ts";
import type { Capability } from "../model/contract.ts";
import { held, root } from "./capability-samples.ts";

/** Authorities over just one object type, and what is wrong with each. */
const flaws: Readonly<Record<string, (by: Capability) => Capability>> = {
  none: (by) => by,
  untagged: (by) => ({ ...by, tag: false }),
  sealed: (by) => ({ ...by, otype: 7n }),
  "without permission": (by) => ({ ...by, perms: by.perms & ~permission.unseal }),
  "below its bounds": (by) => ({ ...by, base: by.base + 1n, top: by.top + 1n }),
  "at its top": (by) => ({ ...by, base: by.base - 1n, top: by.top - 1n }),
  "for another type": (by) => ({ ...by, address: by.address + 1n, top: by.top + 1n }),
};

const ordinary = fc.bigInt({ min: 1n, max: 2n ** 18n - 6n });

// Each condition by itself: with any of them left out, an authority with just that flaw would unseal (I-16).
describe.each(Object.keys(flaws))("unsealing under an authority: %s", (flaw) => {
  test("keeps the tag exactly if there is no flaw, and Global if the authority has it", () => {
    fc.assert(
      fc.property(held, ordinary, fc.boolean(), (cap, otype, isGlobal) => {
        const sealed = { ...cap, otype };
        const perms = isGlobal ? format128.permsMask : format128.permsMask & ~permission.global;
        const by = flaws[flaw]!({ ...root(format128), perms, address: otype, base: otype, top: otype + 1n });
        expect(unsealWith(format128, sealed, by)).toEqual({
          ...sealed,
          otype: 2n ** 18n - 1n,
          perms: isGlobal ? cap.perms : cap.perms & ~1n,
          tag: flaw === "none",
        });
      }),
      { numRuns: 50 },
    );
  });
});
