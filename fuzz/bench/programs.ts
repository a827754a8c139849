import type { Model } from "../../model/machine/reference.ts";
import { WordSource } from "../generate/word-source.ts";

/** Generated programs of exactly `length` words each: what a campaign runs, made in advance. */
export function generatedPrograms(model: Model, count: number, length: number): Uint32Array[] {
  const source = new WordSource("benchmark", 4 * length);
  const programs: Uint32Array[] = [];
  while (programs.length < count) {
    const words: number[] = [];
    model.reset({ preset: "dii" });
    source.begin([]);
    for (let word = source.next(model); word >= 0 && words.length < length; word = source.next(model)) {
      words.push(word);
      model.inject(word);
    }
    if (words.length === length) programs.push(Uint32Array.from(words));
  }
  return programs;
}
