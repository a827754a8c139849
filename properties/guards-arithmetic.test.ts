import { describe, expect, test } from "vitest";
import { instrumentedModel } from "../fuzz/guard/instrumented-model.ts";
import { cellOf } from "../fuzz/guard/tally.ts";
import type { Capability } from "../model/contract.ts";

const { guards, tally, load } = await instrumentedModel();
const format = await load<typeof import("../model/capability/format.ts")>("model/capability/format.ts");
const value = await load<typeof import("../model/capability/capability.ts")>(
  "model/capability/capability.ts",
);
const address = await load<typeof import("../model/capability/address.ts")>("model/capability/address.ts");
const bounds = await load<typeof import("../model/capability/bounds.ts")>("model/capability/bounds.ts");
const narrow = await load<typeof import("../model/capability/narrow.ts")>("model/capability/narrow.ts");

/**
 * Small enough to go through every pattern, with every address. An exponent of 4 bits goes beyond the
 * greatest, 3.
 */
const ADDRESSES = 64;
const PATTERNS = 2 ** 9;
const toy = format.formatFromWidths({
  address: 6,
  mantissa: 5,
  exponent: 4,
  otype: 4,
  flags: 1,
  reserved: 1,
  perms: 12,
});
const root: Capability = { ...value.nullWithAddress(toy, 0n), tag: true, perms: toy.permsMask };
/** Lengths and increments that take no more of the mantissa than 12 bits do of 14. */
const SHORT = 8n;

/** Every capability with all permissions but the last, unsealed. */
const all: readonly Capability[] = Array.from({ length: PATTERNS * ADDRESSES }, (_, index) => {
  const pattern = BigInt(Math.floor(index / ADDRESSES));
  const bits = BigInt(index % ADDRESSES) | (pattern << toy.addressBits);
  return { ...value.capabilityFromBits(toy, true, bits), perms: toy.permsMask >> 1n, otype: toy.otypeMask };
});

/** Runs `act` and says what of the guards named it decided so. Some guard of the same function is decided. */
function decided(guard: RegExp, polarity: boolean, act: () => void): string[] {
  tally.clear();
  act();
  const cells = new Set(tally.cells());
  const named = guards.map((one, number) => ({ number, name: `${one.owner}: ${one.text}` }));
  const found = named.filter(({ name }) => guard.test(name));
  expect(found.length).toBeGreaterThan(0);
  expect(cells.size).toBeGreaterThan(0);
  return found.filter(({ number }) => cells.has(cellOf(0, number, polarity))).map(({ name }) => name);
}

/** Runs for every address. */
function everywhere(act: (at: bigint) => void): void {
  for (let at = 0n; at < ADDRESSES; at++) act(at);
}

// Each of these is why some guard of fuzz/guard/reasons-*.ts is never decided one way, at a format where all
// is tried.
describe("at a small format, exhaustively", () => {
  test("an address that leaves the base leaves the top where it is", () => {
    const move = () => {
      for (const cap of all) everywhere((to) => address.withAddressExact(toy, cap, to));
    };
    expect(decided(/^withAddressExact: result\.top !== cap\.top$/, true, move)).toEqual([]);
    expect(decided(/^withAddressExact: result\.top !== cap\.top$/, false, move)).toHaveLength(1);
  });

  test("the low bits of an address do not leave a representable region", () => {
    const nudge = () => {
      for (const cap of all) {
        for (let low = 0n; low < 4n; low++) address.withAddressExact(toy, cap, (cap.address & ~3n) | low);
      }
    };
    expect(decided(/^withAddressExact: result\.base !== cap\.base$/, true, nudge)).toEqual([]);
  });

  test("bounds that are set are never apart from their base and have a useful exponent", () => {
    const set = () =>
      everywhere((base) => everywhere((length) => narrow.setBounds(toy, { ...root, address: base }, length)));
    expect(decided(/^boundsAt: apart > 1n$|^mantissasFrom: exponent > /, true, set)).toEqual([]);
    expect(decided(/^boundsAt: apart > 1n$|^mantissasFrom: exponent > /, false, set)).toHaveLength(2);
  });

  test("short bounds need no exponent and no rounding", () => {
    const set = () =>
      everywhere((base) => {
        for (let length = 0n; length < SHORT; length++)
          narrow.setBounds(toy, { ...root, address: base }, length);
      });
    expect(decided(/^mantissasFrom: (field|internal)/, true, set)).toEqual([]);
    expect(decided(/^boundsRounded: (exponent === 0n|length >> )/, false, set)).toEqual([]);
  });

  test("alignment of lengths reads exponents of base 0 alone", () => {
    const align = () => everywhere((length) => bounds.representableLength(toy, length));
    expect(decided(/^mantissasFrom: (field|internal)/, false, align)).toEqual([]);
    expect(decided(/^mantissasFrom: (topPart < |exponent > )/, true, align)).toEqual([]);
  });

  test("a capability that is rebuilt has the fields asked for", () => {
    const rebuild = () => {
      for (const cap of all) narrow.buildCap(toy, root, cap);
    };
    expect(decided(/^areEqual: one\.(address|perms|otype|flags) ===/, false, rebuild)).toEqual([]);
    expect(decided(/^areEqual: one\.bounds ===/, false, rebuild)).toHaveLength(1);
  });

  test("a short increment is less than a representable region", () => {
    const add = () => {
      for (const cap of all) {
        for (let by = -SHORT / 2n; by < SHORT; by++) address.isIncrementFast(toy, cap, by);
      }
    };
    expect(decided(/^isIncrementFast: beyond === -1n$/, false, add)).toEqual([]);
    expect(decided(/^isIncrementFast: beyond === -1n$/, true, add)).toHaveLength(1);
  });
});
