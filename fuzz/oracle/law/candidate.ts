/** A library with its formats, ready to be tried. */
import { Random } from "../../generate/random.ts";
import { type Extent, tryEverything } from "./exhaustive.ts";
import { format64, format128, type LawFormat, smallFormat, toyFormat } from "./format.ts";
import { type ImplModule, implLibrary, isEmittable } from "./impl-library.ts";
import type { Law } from "./law.ts";
import type { CapabilityLibrary } from "./library.ts";
import { type ModelModules, modelLibrary } from "./model-library.ts";
import { trySample } from "./sample.ts";
import { subjectOf } from "./subject.ts";
import { type Tally, tallies, tryingAll } from "./trial.ts";

export interface Candidate {
  readonly name: string;
  /** Of all formats together. */
  readonly tally: readonly Tally[];
  /** Goes through the toy format, until it is over. */
  readonly tryToy: (isOver: () => boolean) => Extent;
  /** For each larger format: draws so many samples, from the stream with this number. */
  readonly larger: readonly ((count: number, stream: number) => void)[];
}

interface Given {
  readonly model?: ModelModules;
  readonly impl?: ImplModule;
  readonly laws: readonly Law[];
  readonly seed: string;
}

const LARGER = [smallFormat, format64, format128];

/** Both libraries see the same operands. */
export function candidatesOf({ model, impl, laws, seed }: Given): Candidate[] {
  const candidates: Candidate[] = [];
  if (model !== undefined) {
    candidates.push(candidateOf("model", (format) => modelLibrary(model, format), LARGER, laws, seed));
  }
  if (impl !== undefined) {
    const formats = LARGER.filter(isEmittable);
    candidates.push(candidateOf("impl", (format) => implLibrary(impl, format), formats, laws, seed));
  }
  return candidates;
}

function candidateOf(
  name: string,
  libraryAt: (format: LawFormat) => CapabilityLibrary,
  formats: readonly LawFormat[],
  laws: readonly Law[],
  seed: string,
): Candidate {
  const tally = tallies(laws);
  const toy = subjectOf(libraryAt(toyFormat), toyFormat);
  const larger = formats.map((format) => {
    const subject = subjectOf(libraryAt(format), format);
    const attempt = tryingAll(subject, tally);
    const random = new Random(`${seed} / laws, ${format.name} format`);
    return (count: number, stream: number): void => {
      random.restart(stream);
      for (let sample = 0; sample < count; sample++) trySample(subject, random, attempt);
    };
  });
  return { name, tally, tryToy: (isOver) => tryEverything(toy, tryingAll(toy, tally), isOver), larger };
}
