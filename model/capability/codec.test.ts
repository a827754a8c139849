import { existsSync, readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import type { Capability } from "../contract.ts";
import { isIncrementFast, isRepresentableFast, moved, withAddressExact, withAddressFast } from "./address.ts";
import { alignmentMask, boundsAt, boundsRounded, exponentOf, representableLength } from "./bounds.ts";
import {
  bitsFromCapability,
  capabilityFromBits,
  memoryFromCapability,
  nullWithAddress,
} from "./capability.ts";
import { format128 as format } from "./format.ts";
import { setBounds } from "./narrow.ts";
import { permsShown } from "./permission.ts";

/** The whole file where it is at hand, a sample of it otherwise. */
const whole = new URL("../../../shared/golden/codec128.tsv.gz", import.meta.url);
const sample = new URL("../../corpora/codec/codec128.tsv.gz", import.meta.url);
const file = existsSync(whole) ? whole : sample;

interface Vector {
  readonly op: string;
  readonly args: readonly bigint[];
  readonly answers: readonly bigint[];
}

const vectors = gunzipSync(readFileSync(file))
  .toString()
  .split("\n")
  .filter((line) => line !== "" && !line.startsWith("#"))
  .map((line): Vector => {
    const [op = "", args = "", answers = ""] = line.split("\t");
    return { op, args: numbers(args), answers: numbers(answers) };
  });

function numbers(text: string): bigint[] {
  return text.split(" ").map((digits) => BigInt(`0x${digits}`));
}

function vectorsOf(op: string): readonly Vector[] {
  const found = vectors.filter((vector) => vector.op === op);
  if (found.length === 0) throw new Error(`no vectors of ${op}`);
  return found;
}

/** The vectors that an implementation answers otherwise, as text. */
function differences(op: string, answer: (args: readonly bigint[], expected: readonly bigint[]) => Answer[]) {
  return vectorsOf(op).flatMap(({ args, answers }) => {
    const actual = answer(args, answers).map((value) => BigInt(value));
    const agrees =
      actual.length === answers.length && actual.every((value, index) => value === answers[index]);
    return agrees ? [] : [`${op} ${hex(args)}: expected ${hex(answers)}, got ${hex(actual)}`];
  });
}

type Answer = bigint | boolean;

function hex(values: readonly bigint[]): string {
  return values.map((value) => value.toString(16)).join(" ");
}

/** The capability of an upper half in register form and an address. */
function capabilityOf(tag: bigint, high: bigint, address: bigint): Capability {
  return capabilityFromBits(format, tag === 1n, (high << 64n) | address);
}

/** tag, upper half, address, base, top. */
function shown(cap: Capability): Answer[] {
  return [cap.tag, bitsFromCapability(format, cap) >> 64n, cap.address, cap.base, cap.top];
}

describe("agreement with the C library", () => {
  /** Base, top and fields; the library's working values (mantissas, validity) are taken over from its answer. */
  function decoded(cap: Capability, expected: readonly bigint[]): Answer[] {
    const exponent = exponentOf(format, cap.bounds);
    // The library shows the exponent as encoded; decoding limits it.
    const encoded = expected[2]! > format.exponentMax ? expected[2]! : exponent;
    return [
      cap.base,
      cap.top,
      encoded,
      ...expected.slice(3, 8),
      permsShown(cap.perms),
      cap.otype,
      cap.flags,
      cap.reserved << 46n,
    ];
  }

  test("decoding", () => {
    const answer = ([high, address]: readonly bigint[], expected: readonly bigint[]) =>
      decoded(capabilityOf(0n, high!, address!), expected);
    expect(differences("dec", answer)).toEqual([]);
  });

  test("decoding from memory", () => {
    const nullHigh = format.nullPattern >> 64n;
    const answer = ([high, address]: readonly bigint[], expected: readonly bigint[]) =>
      decoded(capabilityOf(0n, high! ^ nullHigh, address!), expected);
    expect(differences("decmem", answer)).toEqual([]);
  });

  test("setting bounds: exact flag, tag, encoding and bounds", () => {
    const answer = ([tag, high, address, length]: readonly bigint[]) => {
      const { exact } = boundsRounded(format, address!, address! + length!);
      return [exact, ...shown(setBounds(format, capabilityOf(tag!, high!, address!), length!))];
    };
    expect(differences("sb", answer)).toEqual([]);
  });

  test("representability: fast and exact, with and without the short cut for addresses within bounds", () => {
    const answer = ([high, address, to]: readonly bigint[]) => {
      const cap = capabilityOf(0n, high!, address!);
      const after = moved(format, cap, to!);
      const decodedAfter = boundsAt(format, cap.bounds, to!);
      return [
        isRepresentableFast(format, cap, to!),
        after.base === cap.base && after.top === cap.top,
        isIncrementFast(format, cap, BigInt.asIntN(64, to! - address!)),
        decodedAfter.base === cap.base && decodedAfter.top === cap.top,
      ];
    };
    expect(differences("rep", answer)).toEqual([]);
  });

  test("setting the address by the fast check", () => {
    const answer = ([tag, high, address, to]: readonly bigint[]) =>
      shown(withAddressFast(format, capabilityOf(tag!, high!, address!), to!));
    expect(differences("setaddr", answer)).toEqual([]);
  });

  test("representable lengths and alignment masks", () => {
    expect(differences("crrl", ([length]) => [representableLength(format, length!)])).toEqual([]);
    expect(differences("cram", ([length]) => [alignmentMask(format, length!)])).toEqual([]);
  });

  test("null and the infinite capability", () => {
    const withMemory = (cap: Capability) => [...shown(cap), memoryFromCapability(format, cap) >> 64n];
    const infinite = { tag: true, perms: format.permsMask };
    expect(differences("null", ([address]) => withMemory(nullWithAddress(format, address!)))).toEqual([]);
    expect(
      differences("inf", ([address]) => withMemory({ ...nullWithAddress(format, address!), ...infinite })),
    ).toEqual([]);
  });
});

describe("where the library and the architecture part", () => {
  // The library sets an address by the fast check, CSetAddr by the exact one (CHERI ISAv9). No recorded CSetAddr
  // meets an address on which the two differ, so the manual decides. The vectors show that they are two questions.
  test("CSetAddr keeps the tag of addresses that the library's set-address refuses", () => {
    const kept = vectorsOf("setaddr").filter(({ args: [tag, high, address, to], answers: [tagAfter] }) => {
      const result = withAddressExact(format, capabilityOf(tag!, high!, address!), to!);
      return result.tag && tagAfter === 0n;
    });
    expect(kept.length).toBeGreaterThan(0);
    for (const { args, answers } of kept) {
      const [, high, address] = args;
      expect(answers.slice(3)).toEqual([
        capabilityOf(0n, high!, address!).base,
        capabilityOf(0n, high!, address!).top,
      ]);
    }
  });
});
