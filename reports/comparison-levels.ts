/** What records come to at each level, all campaigns of it together. */
import type { PageData } from "./page-data.ts";

export type Records = Omit<PageData, "title" | "comparison">;

/** Everything that was run at one level. */
export interface Level {
  /** What is counted in steps. */
  readonly unit: string;
  readonly name: string;
  readonly verdicts: readonly string[];
  readonly steps: number;
  readonly elapsedMs: number;
  /** How often each outcome and rule was met. */
  readonly met: ReadonlyMap<string, number>;
}

/** All campaigns of a level together. */
export function levelsOf({ campaigns, systems, objects, laws }: Records): Level[] {
  const machine = campaigns.map(({ record }) => ({
    ...record,
    rows: [
      ...record.reach.flatMap(({ instruction, outcomes }) =>
        outcomes.map(({ outcome, count }) => [`${instruction}: ${outcome}`, count] as const),
      ),
      ...record.clauses.map(({ oracle, clause, held }) => [`rule ${oracle} ${clause}`, held] as const),
    ],
  }));
  const system = systems.map(({ record }) => ({
    ...record,
    rows: [
      ...record.reach.flatMap(({ name, outcomes }) =>
        outcomes.map(({ outcome, count }) => [`${name}: ${outcome}`, count] as const),
      ),
      ...record.rules.map(({ oracle, rule, held }) => [`rule ${oracle} ${rule}`, held] as const),
    ],
  }));
  const value = laws.map(({ record }) => ({
    ...record,
    steps: record.samples,
    rows: record.counts.map(({ library, law, holds }) => [`law ${law}, ${library}`, holds] as const),
  }));
  const object = objects.map(({ record }) => ({
    ...record,
    steps: record.files,
    rows: Object.entries(record.reasons)
      .concat(record.never.map((answer) => [`${answer}`, 0]))
      .map(([answer, count]) => [`answer ${answer} to object files`, count] as const),
  }));
  return [
    levelOf("value", "samples", value),
    levelOf("machine", "steps", machine),
    levelOf("system", "steps", system),
    levelOf("object", "files", object),
  ];
}

function levelOf(
  name: string,
  unit: string,
  records: readonly {
    readonly verdict: string;
    readonly steps: number;
    readonly elapsedMs: number;
    readonly rows: readonly (readonly [name: string, count: number])[];
  }[],
): Level {
  const met = new Map<string, number>();
  for (const [row, count] of records.flatMap(({ rows }) => rows)) met.set(row, (met.get(row) ?? 0) + count);
  return {
    name,
    unit,
    verdicts: records.map(({ verdict }) => verdict),
    steps: records.reduce((sum, { steps }) => sum + steps, 0),
    elapsedMs: records.reduce((sum, { elapsedMs }) => sum + elapsedMs, 0),
    met,
  };
}
