import type { Catcher, Level } from "../fuzz/faults/planted-fault.ts";
import type { LawHunt, Specimen, Where, ZooRecord } from "../fuzz/zoo/record.ts";
import { columns } from "./columns.ts";

/** What became of each specimen, the same by class, place and oracle, and what was not found. */
export function zooText(record: ZooRecord): string {
  const { specimens, level } = record;
  return [
    specimenTable(specimens, level),
    `By class and place\n${classTable(specimens, level)}`,
    `By who found it first\n${finderTable(specimens, level)}`,
    missedText(record),
    mismatchText(specimens),
    record.interrupted ? "Ended early, by request: what is not listed was not hunted." : "",
  ]
    .filter((part) => part !== "")
    .join("\n\n");
}

/** Whether a fault was found with every seed, by a program or by a law. */
export function isFound(specimen: Specimen): boolean {
  const seeds = seedsOf(specimen);
  return seeds > 0 && foundSeeds(specimen) === seeds;
}

/** Programs, laws or both were asked, with the same seeds. */
function seedsOf({ hunts, laws }: Specimen): number {
  return Math.max(hunts.length, laws.length);
}

/** Seeds with which a program or a law showed the fault. */
function foundSeeds(specimen: Specimen): number {
  const { hunts, laws } = specimen;
  const seeds = Array.from({ length: seedsOf(specimen) }, (_, at) => at);
  return seeds.filter((at) => isBroken(laws[at]) || (hunts[at] ?? NOT_HUNTED).foundBy !== null).length;
}

const NOT_HUNTED = { foundBy: null };

function isBroken(hunt: LawHunt | undefined): boolean {
  return hunt !== undefined && hunt.law !== null;
}

function specimenTable(specimens: readonly Specimen[], level: Level): string {
  const head = [
    "fault",
    "in",
    "class",
    "difficulty",
    "found",
    "first by",
    level === "machine" ? "programs" : "scripts",
    level === "machine" ? "instructions" : "steps",
    "seconds",
    level === "machine" ? "words" : "size",
    "1-minimal",
    "tests of laws",
    "also seen by",
  ];
  return columns([head, ...specimens.map(specimenRow)]);
}

function specimenRow(specimen: Specimen): string[] {
  const { id, where, kind, difficulty, hunts, laws } = specimen;
  const found = hunts.filter(({ foundBy }) => foundBy !== null);
  const minimal = found.filter(({ isOneMinimal }) => isOneMinimal === true).length;
  const sizes = found.flatMap(({ size }) => size ?? []);
  return [
    id,
    where,
    kind,
    `${difficulty}`,
    `${isFound(specimen) ? "" : "NO, "}${foundSeeds(specimen)} of ${seedsOf(specimen)}`,
    tally(found.map(({ foundBy }) => foundBy!)) || "-",
    spread(hunts.map((one) => [one.programs, one.foundBy !== null])),
    spread(hunts.map((one) => [one.steps, one.foundBy !== null])),
    spread(hunts.map((one) => [one.elapsedMs / 1000, one.foundBy !== null])),
    sizes.length === 0 ? "-" : figure(median(sizes)),
    found.length === 0 ? "-" : minimal === found.length ? "yes" : `${minimal} of ${found.length}`,
    laws.length === 0 ? "-" : spread(laws.map((one) => [one.tests, one.law !== null])),
    tally(found.flatMap(({ alsoSeenBy }) => alsoSeenBy)) || "-",
  ];
}

/**
 * Median and range of figures that tell how far each search went. Where a search found nothing its figure is a lower
 * bound: it counts as larger than all others, and a median among those is told as `>` the least of them.
 */
function spread(figures: readonly (readonly [value: number, found: boolean])[]): string {
  const sorted = [...figures].sort(([a, one], [b, other]) => Number(other) - Number(one) || a - b);
  if (sorted.length === 0) return "-";
  const [value, found] = sorted[(sorted.length - 1) >> 1]!;
  if (!found) return `>${figure(value)}`;
  const middle = median(sorted.map(([one, isFound]) => (isFound ? one : Infinity)));
  const [last, lastFound] = sorted.at(-1)!;
  const range = `${figure(sorted[0]![0])} to ${lastFound ? "" : ">"}${figure(last)}`;
  return sorted.length === 1 ? figure(value) : `${figure(middle === Infinity ? value : middle)} (${range})`;
}

const places: readonly Where[] = ["impl", "model", "both"];

function classTable(specimens: readonly Specimen[], level: Level): string {
  const kinds = [...new Set(specimens.map(({ kind }) => kind))];
  const shares = (some: readonly Specimen[]) =>
    places.map((where) => share(some.filter((specimen) => specimen.where === where)));
  return columns([
    ["class", ...places],
    ...kinds.map((kind) => [kind, ...shares(specimens.filter((specimen) => specimen.kind === kind))]),
    level === "machine"
      ? ["authority widened or forged", ...shares(specimens.filter(isMonotonicity))]
      : ["leaks and authority", ...shares(specimens.filter(isEscape))],
    ["all", ...shares(specimens)],
  ]);
}

/** Faults by which authority widens or is forged: what the oracles on single machines are made for. */
function isMonotonicity({ over, expected }: Specimen): boolean {
  return !over && expected.some((catcher) => catcher === "A" || catcher === "M" || catcher === "L");
}

/** Faults by which a cVM gets at what nobody has granted it, or keeps it. */
function isEscape({ kind }: Specimen): boolean {
  return ["leak", "authority", "identity", "temporal"].includes(kind);
}

function share(specimens: readonly Specimen[]): string {
  if (specimens.length === 0) return "-";
  const found = specimens.filter(isFound).length;
  return `${found} of ${specimens.length}, ${((100 * found) / specimens.length).toFixed(0)} %`;
}

/** How many hunts each oracle ended, and how many specimens a law showed. */
function finderTable(specimens: readonly Specimen[], level: Level): string {
  const row = (name: string, count: (specimen: Specimen) => number) => [
    name,
    ...places.map((where) =>
      figure(
        specimens
          .filter((specimen) => specimen.where === where)
          .reduce((sum, specimen) => sum + count(specimen), 0),
      ),
    ),
  ];
  const finders =
    level === "machine" ? ["D", "A", "M", "O", "S", "V"] : ["D", "M", "T", "S", "V", "O", "A", "N"];
  const by = (name: string) => (specimen: Specimen) =>
    specimen.hunts.filter(({ foundBy }) => foundBy === name).length;
  return columns([
    ["hunts", ...places],
    ...finders.map((name) => row(name, by(name))),
    row("nobody", (specimen) => specimen.hunts.filter(({ foundBy }) => foundBy === null).length),
    ...(level === "machine" ? [row("laws, apart", (specimen) => specimen.laws.filter(isBroken).length)] : []),
  ]);
}

function missedText({ specimens, seconds }: ZooRecord): string {
  const missed = specimens.filter((specimen) => !isFound(specimen));
  if (missed.length === 0) return "";
  const rows = missed.map((specimen) => [
    `${specimen.where}:${specimen.id}`,
    `${seedsOf(specimen) - foundSeeds(specimen)} of ${seedsOf(specimen)} seeds`,
    `expected ${specimen.expected.join(", ")}`,
  ]);
  return `Not found within ${seconds} s\n${columns(rows)}`;
}

function mismatchText(specimens: readonly Specimen[]): string {
  const rows = specimens.flatMap(({ id, mismatch }) => (mismatch === null ? [] : [[id, mismatch]]));
  return rows.length === 0 ? "" : `Not planted alike in both machines\n${columns(rows)}`;
}

/** `D 8, A 2`, the most frequent first. */
function tally(names: readonly Catcher[]): string {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  const sorted = [...counts].sort(([a, one], [b, other]) => other - one || a.localeCompare(b));
  return sorted.map(([name, count]) => (counts.size === 1 ? name : `${name} ${count}`)).join(", ");
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const [low, high] = [sorted[(sorted.length - 1) >> 1]!, sorted[sorted.length >> 1]!];
  return low === high ? low : (low + high) / 2;
}

/** A whole number as it is, another one with one decimal. */
function figure(value: number): string {
  return value.toLocaleString("en-US", { maximumFractionDigits: 1 });
}
