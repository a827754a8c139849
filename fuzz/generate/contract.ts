/**
 * What every generator owes: the same seed makes the same value, values are correct, and all that it declares
 * is met.
 */

/** Seeds that are given twice, to see the same value made. */
const REPEATED_SEEDS = 20;

/** A class that some seed must meet, or that at least this share of the seeds must. */
export type Declared = string | readonly [met: string, leastShare: number];

/** A generator and what it declares. */
export interface Contract<Value> {
  readonly name: string;
  readonly make: (seed: string) => Value;
  /** What is wrong with a value; null if nothing is. */
  readonly flaw: (value: Value) => string | null;
  /** Classes of values, or of what values do. */
  readonly declared: readonly Declared[];
  /** The classes that a value meets. Others than those declared may be among them. */
  readonly met: (value: Value) => Iterable<string>;
}

/** What a generator does against its contract over these seeds, a line each. */
export function objections<Value>(contract: Contract<Value>, seeds: readonly string[]): string[] {
  const { name, make, flaw, declared, met } = contract;
  const found: string[] = [];
  const texts = new Set<string>();
  const seen = new Map<string, number>();
  for (const [at, seed] of seeds.entries()) {
    const value = make(seed);
    const text = JSON.stringify(value);
    const isRepeated = at < REPEATED_SEEDS;
    if (isRepeated && JSON.stringify(make(seed)) !== text)
      found.push(`${name}: seed ${seed} makes different values`);
    texts.add(text);
    const wrong = flaw(value);
    if (wrong !== null) found.push(`${name}: seed ${seed}: ${wrong}`);
    for (const one of new Set(met(value))) seen.set(one, (seen.get(one) ?? 0) + 1);
  }
  if (texts.size < 2) found.push(`${name}: every seed makes the same value`);
  if (declared.length === 0) found.push(`${name}: declares nothing`);
  for (const one of declared) {
    const [wanted, leastShare] = typeof one === "string" ? [one, 0] : one;
    const times = seen.get(wanted) ?? 0;
    if (times === 0 || times < leastShare * seeds.length) {
      found.push(`${name}: meets ${wanted} with ${times} of ${seeds.length} seeds`);
    }
  }
  return found;
}

/**
 * What is wrong with the values that a shrinker went through, each one taken: `sizes` and `texts` in their
 * order. The last may be there twice: fast-check tries the least value of a pair so.
 */
export function shrinkObjections(name: string, sizes: readonly number[], texts: readonly string[]): string[] {
  const grown = sizes.findIndex((size, at) => at > 0 && size > sizes[at - 1]!);
  return [
    ...(grown < 0 ? [] : [`${name}: grows to ${texts[grown]}`]),
    ...(new Set(texts).size >= texts.filter((text, at) => text !== texts[at - 1]).length
      ? []
      : [`${name}: comes back to a value that it had`]),
    ...(texts.length > 1 ? [] : [`${name}: does not shrink`]),
  ];
}
