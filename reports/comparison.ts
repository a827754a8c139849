/** What got better or worse between two sets of records, and whether that is more than it may be. */
import { columns } from "./columns.ts";
import { type Level, levelsOf, type Records } from "./comparison-levels.ts";
import type { Change, Comparison, Linked } from "./page-data.ts";
import { unplanted } from "./planted.ts";
import type { Zoo } from "./records.ts";

/** Beyond these a change for the worse is a regression; README.md of this folder says why they are what they are. */
export const limits = {
  /** Part of the rate, in steps a second, that must be left. */
  rate: 0.7,
  /** Outcomes and rules that were met are missed if so many meetings were to be expected of as long a run. */
  meetings: 10,
  /** Median time to a planted fault: at most so many times what it was, and so many milliseconds more. */
  huntTimes: 3,
  huntMs: 5000,
  /** Median size of what a planted fault is shrunk to: at most so many times what it was, and so much more. */
  sizeTimes: 1.5,
  size: 2,
  /** Points of a percentage by which mutation scores and coverage may sink. */
  points: 0.5,
} as const;

/** Everything that both sides have is compared; what only one of them has is not held against it. */
export function compareRecords(old: Records, now: Records): Change[] {
  const [before, after] = [unplanted(old), unplanted(now)];
  return [
    ...verdictChanges(before, after),
    ...findingChanges(before, after),
    ...meetingChanges(before, after),
    ...rateChanges(before, after),
    ...zooChanges(before, after),
    ...scoreChanges("mutation", before.mutations, after.mutations),
    ...scoreChanges("coverage", before.coverages, after.coverages),
  ];
}

export function isRegression({ changes }: Pick<Comparison, "changes">): boolean {
  return changes.some(({ kind }) => kind === "regression");
}

/** Regressions first, then what is worse, then what is better; one line that says how it ends. */
export function comparisonText(comparison: Comparison): string {
  const { before, after, changes } = comparison;
  const rows = (["regression", "worse", "better"] as const).flatMap((kind) =>
    changes
      .filter((change) => change.kind === kind)
      .map((change) => [kind, change.what, change.before, "->", change.after]),
  );
  const count = (kind: Change["kind"]) => changes.filter((change) => change.kind === kind).length;
  const counts = `${count("better")} better, ${count("worse")} worse within limits, ${count("regression")} beyond`;
  return [
    `${before} -> ${after}`,
    rows.length === 0 ? "" : columns(rows),
    `verdict: ${isRegression(comparison) ? "broken" : "holds"} (${counts})`,
  ]
    .filter((part) => part !== "")
    .join("\n\n");
}

/** The levels that both sides have. */
function pairedLevels(before: Records, after: Records): [Level, Level][] {
  const [old, now] = [levelsOf(before), levelsOf(after)];
  return old
    .map((level, at): [Level, Level] => [level, now[at]!])
    .filter((pair) => pair.every(({ verdicts }) => verdicts.length > 0));
}

const verdictOrder = ["holds", "unknown", "broken"];

function verdictChanges(before: Records, after: Records): Change[] {
  return pairedLevels(before, after).flatMap(([old, now]) => {
    const [was, is] = [worstOf(old.verdicts), worstOf(now.verdicts)];
    if (was === is) return [];
    const kind = is > was ? "regression" : "better";
    return [
      { kind, what: `verdict, ${old.name}`, before: verdictOrder[was]!, after: verdictOrder[is]! } as const,
    ];
  });
}

function worstOf(verdicts: readonly string[]): number {
  return Math.max(...verdicts.map((verdict) => verdictOrder.indexOf(verdict)));
}

function findingChanges(before: Records, after: Records): Change[] {
  return (["machine", "system", "object"] as const).flatMap((level) => {
    const [old, now] = [signaturesOf(before, level), signaturesOf(after, level)];
    if (now === null) return [];
    const change = (kind: Change["kind"], signature: string, was: string, is: string): Change => ({
      kind,
      what: `finding ${signature}`,
      before: was,
      after: is,
    });
    return [
      ...[...now].filter((one) => !old?.has(one)).map((one) => change("regression", one, "unknown", "found")),
      ...[...(old ?? [])]
        .filter((one) => !now.has(one))
        .map((one) => change("better", one, "found", "not found")),
    ];
  });
}

interface Signed {
  readonly signature: string;
}

/** Null where nobody has looked. */
function signaturesOf(records: Records, level: "machine" | "system" | "object"): Set<string> | null {
  const { campaigns, systems, objects, findings, systemFindings, objectFindings } = records;
  const signed: Record<
    typeof level,
    readonly [listed: readonly Signed[][], stored: readonly { record: Signed }[]]
  > = {
    machine: [campaigns.map(({ record }) => record.findings), findings],
    system: [systems.map(({ record }) => record.signatures), systemFindings],
    object: [objects.map(({ record }) => record.findings), objectFindings],
  };
  const [listed, stored] = signed[level];
  if (listed.length + stored.length === 0) return null;
  return new Set([...listed.flat(), ...stored.map(({ record }) => record)].map(({ signature }) => signature));
}

/** Outcomes and rules met by one side alone. A shorter run may miss what is rare. */
function meetingChanges(before: Records, after: Records): Change[] {
  return pairedLevels(before, after).flatMap(([old, now]) =>
    [...now.met].flatMap(([what, count]): Change[] => {
      const was = old.met.get(what);
      if (was === undefined || was > 0 === count > 0) return [];
      if (count > 0) return [{ kind: "better", what, before: "never", after: number(count) }];
      const expected = old.steps === 0 ? 0 : (was * now.steps) / old.steps;
      const kind = expected >= limits.meetings ? "regression" : "worse";
      return [{ kind, what, before: number(was), after: "never" }];
    }),
  );
}

function rateChanges(before: Records, after: Records): Change[] {
  return pairedLevels(before, after).flatMap(([old, now]) => {
    const [was, is] = [rateOf(old), rateOf(now)];
    if (was === 0 || Math.abs(is / was - 1) < 0.05) return [];
    const kind = is > was ? "better" : is < was * limits.rate ? "regression" : "worse";
    return [
      {
        kind,
        what: `${old.unit} a second, ${old.name}`,
        before: number(was),
        after: number(is),
      } as const,
    ];
  });
}

function rateOf({ steps, elapsedMs }: Level): number {
  return elapsedMs === 0 ? 0 : (steps / elapsedMs) * 1000;
}

type Specimen = Zoo["specimens"][number];

function zooChanges(before: Records, after: Records): Change[] {
  const specimens = ({ zoos }: Records) =>
    new Map(
      zoos.flatMap(({ record }) =>
        record.specimens.map((one) => [`${record.level} ${one.where}:${one.id}`, one] as const),
      ),
    );
  const now = specimens(after);
  return [...specimens(before)].flatMap(([name, was]) => {
    const is = now.get(name);
    return is === undefined ? [] : specimenChanges(`planted ${name}`, was, is);
  });
}

function specimenChanges(what: string, was: Specimen, is: Specimen): Change[] {
  const [share, shareNow] = [foundShare(was), foundShare(is)];
  if (share !== shareNow) {
    const kind = shareNow > share ? "better" : "regression";
    return [{ kind, what: `${what} found`, before: percent(share), after: percent(shareNow) }];
  }
  return [
    ...figureChange(`${what}, seconds`, ...medians(was, is, ({ elapsedMs }) => elapsedMs), 1000, {
      times: limits.huntTimes,
      more: limits.huntMs,
    }),
    ...figureChange(`${what}, size`, ...medians(was, is, ({ size }) => size), 1, {
      times: limits.sizeTimes,
      more: limits.size,
    }),
  ];
}

/** The part of the seeds with which a program or a law showed the fault. */
export function foundShare({ hunts, laws }: Pick<Specimen, "hunts" | "laws">): number {
  const seeds = Math.max(hunts.length, laws.length);
  if (seeds === 0) return 0;
  let found = 0;
  for (let at = 0; at < seeds; at++) {
    const isFound = (hunts[at]?.foundBy ?? null) !== null || (laws[at]?.law ?? null) !== null;
    if (isFound) found++;
  }
  return found / seeds;
}

type Hunt = Specimen["hunts"][number];

function medians(
  was: Specimen,
  is: Specimen,
  figure: (hunt: Hunt) => number | null,
): [number | null, number | null] {
  return [medianOf(was, figure), medianOf(is, figure)];
}

/** Of the hunts that found something; null if none did. */
function medianOf({ hunts }: Specimen, figure: (hunt: Hunt) => number | null): number | null {
  const values = hunts
    .filter(({ foundBy }) => foundBy !== null)
    .map(figure)
    .filter((value) => value !== null)
    .sort((a, b) => a - b);
  return values[values.length >> 1] ?? null;
}

/** A figure that had better be small, told only where it changed by more than half of what it may. */
function figureChange(
  what: string,
  was: number | null,
  is: number | null,
  unit: number,
  { times, more }: { readonly times: number; readonly more: number },
): Change[] {
  if (was === null || is === null || Math.abs(is - was) <= more / 2) return [];
  const kind = is < was ? "better" : is > was * times && is > was + more ? "regression" : "worse";
  return [{ kind, what, before: number(was / unit), after: number(is / unit) }];
}

function scoreChanges(what: string, before: readonly Linked[], after: readonly Linked[]): Change[] {
  const scores = (all: readonly Linked[]) =>
    new Map(all.flatMap(({ rows }) => rows).map(({ name, good, total }) => [name, { good, total }] as const));
  const now = scores(after);
  return [...scores(before)].flatMap(([name, old]) => {
    const one = now.get(name);
    if (one === undefined || one.total === 0 || old.total === 0) return [];
    const [was, is] = [(100 * old.good) / old.total, (100 * one.good) / one.total];
    if (Math.abs(was - is) < 0.05) return [];
    const kind = is > was ? "better" : is < was - limits.points ? "regression" : "worse";
    return [{ kind, what: `${what} ${name}, %`, before: was.toFixed(1), after: is.toFixed(1) } as const];
  });
}

function percent(part: number): string {
  return `${(100 * part).toFixed(0)} %`;
}

function number(value: number): string {
  return value.toLocaleString("en-US", { maximumFractionDigits: 1 });
}
