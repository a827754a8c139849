import { describe, expect, test } from "vitest";
import { type Contract, objections } from "../fuzz/generate/contract.ts";
import { Random } from "../fuzz/generate/random.ts";
import { bitsOf, format64, format128, type LawFormat } from "../fuzz/oracle/law/format.ts";
import type { Source } from "../fuzz/oracle/law/law.ts";
import { modelLibrary, modelModules } from "../fuzz/oracle/law/model-library.ts";
import { trySample } from "../fuzz/oracle/law/sample.ts";
import { subjectOf } from "../fuzz/oracle/law/subject.ts";

/** What is kept of an operand: numbers as text, so that samples can be told apart by theirs. */
interface Kept {
  readonly bits: string;
  readonly is: readonly string[];
}

/** Capabilities and partners of one sample, with what they are. */
function contractOf(format: LawFormat): Contract<readonly Kept[]> {
  const subject = subjectOf(modelLibrary(modelModules, format), format);
  return {
    name: `samples at ${format.name}`,
    make(seed) {
      const kept: Kept[] = [];
      trySample(subject, new Random(seed), (shape, { source, other }) => {
        if (shape === "capability") kept.push(keptOf(format, source, "source"));
        if (shape === "capabilities") kept.push(keptOf(format, other, "partner"));
      });
      return kept;
    },
    flaw: (value) => (value.length === 3 ? null : `${value.length} capabilities, 3 expected`),
    declared: [
      ["source tagged", 0.5],
      ["source untagged", 0.05],
      ["source unsealed", 0.4],
      ["source sealed", 0.1],
      ["source canonical", 0.3],
      ["source malformed", 0.01],
      "source sentry",
      ["source up to the end of the address space", 0.02],
      ["source outside its bounds", 0.1],
      ["source with a large exponent", 0.05],
      ["partner that may seal", 0.2],
      ["partner that may not seal", 0.1],
      ["partner untagged", 0.05],
    ],
    met: (value) => value.flatMap(({ is }) => is),
  };
}

const SEAL = 1n << 7n;

function keptOf(format: LawFormat, source: Source, role: "source" | "partner"): Kept {
  const { tag, isSealed, isOrdered, isCanonical, otype, address, base, top, exponent, perms } = source;
  const bits = bitsOf(format, source).toString(16);
  if (role === "partner") {
    const maySeal = (perms & SEAL) !== 0n ? "partner that may seal" : "partner that may not seal";
    return { bits, is: [maySeal, ...(tag ? [] : ["partner untagged"])] };
  }
  const is = [
    tag ? "tagged" : "untagged",
    isSealed ? "sealed" : "unsealed",
    isCanonical ? "canonical" : isOrdered ? "ordered" : "malformed",
    ...(otype === format.sentry ? ["sentry"] : []),
    ...(top === format.space ? ["up to the end of the address space"] : []),
    ...(address < base || address >= top ? ["outside its bounds"] : []),
    ...(exponent > format.exponentMax / 2 ? ["with a large exponent"] : []),
  ];
  return { bits, is: is.map((one) => `source ${one}`) };
}

const seeds = Array.from({ length: 400 }, (_, index) => String(index));

describe("the samples that laws are judged by keep the contract of generators", () => {
  test.each([format64, format128])("at $name", (format) => {
    expect(objections(contractOf(format), seeds)).toEqual([]);
  });
});
