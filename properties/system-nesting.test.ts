import { beforeEach, describe, expect, test } from "vitest";
import { createSystemModel } from "../model/intravisor/system.ts";
import type { Value } from "../model/system-contract.ts";
import { CODE_SIZE, newSystem, small, Town } from "./system-town.ts";

const DATA_SIZE = 0x1_0000;
const OUTER = { cvm: "outer", thread: 0 };
const ONE = { cvm: "one", thread: 0 };
const OTHER = { cvm: "other", thread: 0 };
/** Where the layers inside begin in the data part around them. */
const PLACES = { one: 0x4000, other: 0x8000 } as const;
const ERROR_EFAULT = -14n;

const at = (cvm: string, offset: number): Value => ({
  kind: "at",
  cvm,
  part: "data",
  offset: BigInt(offset),
});

/** An outer layer with two inside it, on both sides. */
describe("layers", () => {
  const town = new Town(newSystem(), createSystemModel());

  beforeEach(() => {
    town.happen({ do: "kill", cvm: "outer" });
    for (const cvm of ["one", "other", "outer"]) town.happen({ do: "reclaim", cvm });
    town.create(small("outer", { size: CODE_SIZE + DATA_SIZE }));
    for (const [name, place] of Object.entries(PLACES)) {
      town.create(small(name, { parent: { cvm: "outer", at: place } }));
    }
    town.put(OTHER, 0x100, 0x5ec2e7);
  });

  /** What a thread loads from an address; null if it faults. */
  function load(by: typeof ONE, address: Value): bigint | null {
    const { outcome } = town.take({ by, action: { do: "load", address, size: 8 } });
    return outcome.kind === "returned" ? outcome.values[0] : null;
  }

  /** Broken by a DDC of an inner layer that covers the data part around it. */
  test("do not reach one another, nor what is around them, by loads and stores (I-90, I-92)", () => {
    expect(load(ONE, at("other", 0x100))).toBeNull();
    for (const address of [at("other", 0), at("outer", 0), at("outer", PLACES.one - 8), at("one", 0x4000)]) {
      town.happen({ do: "kill", cvm: "one" });
      town.happen({ do: "reclaim", cvm: "one" });
      town.create(small("one", { parent: { cvm: "outer", at: PLACES.one } }));
      const action = { do: "store", address, size: 8, value: { kind: "number", value: 1n } } as const;
      expect(town.take({ by: ONE, action }).outcome.kind).toBe("faulted");
    }
    expect(load(OTHER, at("other", 0x100))).toBe(0x5ec2e7n);
  });

  /** Broken by pointers that are read under the DDC of the layer around the caller. */
  test("do not reach one another through calls (I-90, I-94)", () => {
    for (const [offset, name] of [
      [PLACES.other + 0x100 - PLACES.one, "a sibling"],
      [-8, "what is in front"],
      [0x4000, "what is behind"],
    ] as const) {
      const pointer = { own: offset };
      expect(town.call(ONE, "console_write", pointer, 8), name).toBe(ERROR_EFAULT);
      expect(town.call(ONE, "futex_wake", pointer, 1), name).toBe(ERROR_EFAULT);
      expect(town.call(ONE, "cp_file_advertise", { own: 0 }, 1, pointer, 8, 3, { own: 0 }, 0), name).toBe(
        ERROR_EFAULT,
      );
    }
  });

  /** Broken by an inner layer that is laid out elsewhere than its description says. */
  test("mean the same bytes by the same address as the layer around them (I-94)", () => {
    town.put(ONE, 0x40, 0x1234);
    expect(load(OUTER, at("one", 0x40))).toBe(0x1234n);
    expect(load(OUTER, at("outer", PLACES.one + 0x40))).toBe(0x1234n);
    town.put(OUTER, PLACES.other + 0x40, 0x4321);
    expect(load(OTHER, at("other", 0x40))).toBe(0x4321n);
  });
});
