import { useMemo } from "preact/hooks";
import type { PageData } from "../page-data.ts";
import { median } from "./figures.ts";
import { foundEverySeed, type Specimen, seedsFound } from "./specimen.ts";
import { type Column, Table } from "./table.tsx";

interface Row {
  readonly level: string;
  readonly specimen: Specimen;
}

type Hunt = Specimen["hunts"][number];

const columns: readonly Column<Row>[] = [
  { name: "fault", value: ({ specimen }) => specimen.id },
  { name: "in", value: ({ specimen }) => specimen.where },
  { name: "level", value: ({ level }) => level },
  { name: "class", value: ({ specimen }) => specimen.kind },
  { name: "difficulty", value: ({ specimen }) => specimen.difficulty },
  {
    name: "found",
    value: ({ specimen }) => foundText(specimen),
    show: ({ specimen }) =>
      foundEverySeed(specimen) ? foundText(specimen) : <strong class="gained">{foundText(specimen)}</strong>,
  },
  { name: "first by", value: ({ specimen }) => [...new Set(findersOf(specimen))].join(", ") },
  figureColumn("programs", ({ programs }) => programs, 0),
  figureColumn("steps", ({ steps }) => steps, 0),
  figureColumn("seconds", ({ elapsedMs }) => elapsedMs / 1000, 1),
  figureColumn("size", ({ size }) => size, 0),
  { name: "tests of laws", value: ({ specimen: { laws } }) => median(laws.map(({ tests }) => tests)) },
  { name: "expected", value: ({ specimen }) => specimen.expected.join(", ") },
  { name: "differs between plants", value: ({ specimen }) => specimen.mismatch },
];

/** Planted faults, each with where it was planted, who found it, after how much, and to what it was shrunk. */
export function ZooTable({ zoos }: { readonly zoos: PageData["zoos"] }) {
  const rows = useMemo(
    () =>
      zoos.flatMap(({ record: { level, specimens } }) => specimens.map((specimen) => ({ level, specimen }))),
    [zoos],
  );
  return (
    <Table
      caption="Medians, with the range over all seeds; > is a lower bound"
      rows={rows}
      columns={columns}
    />
  );
}

/** A median and its range; a hunt that found nothing tells only how far it went, and counts as more than all others. */
function figureColumn(name: string, figure: (hunt: Hunt) => number | null, digits: number): Column<Row> {
  const valuesOf = ({ specimen: { hunts } }: Row) =>
    hunts
      .map((hunt) => (hunt.foundBy === null ? Infinity : figure(hunt)))
      .filter((value) => value !== null)
      .sort((a, b) => a - b);
  const spell = (value: number) => value.toLocaleString("en-US", { maximumFractionDigits: digits });
  return {
    name,
    value: (row) => median(valuesOf(row)),
    show: (row) => {
      const values = valuesOf(row);
      const middle = median(values);
      if (middle === null) return "-";
      const furthest = Math.max(...row.specimen.hunts.map((hunt) => figure(hunt) ?? 0));
      const text = (value: number) => (value === Infinity ? `>${spell(furthest)}` : spell(value));
      const [first, last] = [values[0]!, values.at(-1)!];
      return first === last ? text(middle) : `${text(middle)} (${text(first)} to ${text(last)})`;
    },
  };
}

function findersOf({ hunts }: Specimen): string[] {
  return hunts.map(({ foundBy }) => foundBy).filter((one) => one !== null);
}

function foundText(specimen: Specimen): string {
  const { found, seeds } = seedsFound(specimen);
  return found === seeds ? `✓ ${found} of ${seeds}` : `✗ ${found} of ${seeds}`;
}
