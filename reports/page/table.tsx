import type { ComponentChildren } from "preact";
import { useMemo, useState } from "preact/hooks";

export interface Column<Row> {
  readonly name: string;
  /** What it is sorted by; null goes last. */
  readonly value: (row: Row) => number | string | null;
  /** What is shown; the value itself if left out. */
  readonly show?: (row: Row) => ComponentChildren;
}

/** Rows that are drawn before somebody asks for the others. */
const ROWS_MAX = 1000;

interface Sorting {
  readonly column: number;
  readonly isDown: boolean;
}

/** A table that can be sorted by each column and filtered by words that all have to be somewhere in the row. */
export function Table<Row>({
  caption,
  rows,
  columns,
}: {
  readonly caption: string;
  readonly rows: readonly Row[];
  readonly columns: readonly Column<Row>[];
}) {
  const [filter, setFilter] = useState("");
  const [sorting, setSorting] = useState<Sorting | null>(null);
  const texts = useMemo(
    () =>
      rows.map((row) =>
        columns
          .map(({ value }) => value(row))
          .join(" ")
          .toLowerCase(),
      ),
    [rows, columns],
  );
  const shown = useMemo(() => {
    const words = filter.toLowerCase().split(/\s+/);
    const kept = rows.filter((_, at) => words.every((word) => texts[at]!.includes(word)));
    return sorting === null ? kept : sorted(kept, columns[sorting.column]!, sorting.isDown);
  }, [rows, columns, texts, filter, sorting]);
  const [isWhole, setWhole] = useState(false);
  const drawn = isWhole ? shown : shown.slice(0, ROWS_MAX);
  const sortBy = (column: number) =>
    setSorting((now) => ({ column, isDown: now?.column === column ? !now.isDown : false }));
  const directionOf = (at: number) =>
    sorting?.column !== at ? "none" : sorting.isDown ? "descending" : "ascending";
  return (
    <div class="table">
      <label>
        Filter{" "}
        <input type="search" value={filter} onInput={(event) => setFilter(event.currentTarget.value)} />
      </label>{" "}
      <span role="status">
        {shown.length} of {rows.length}
      </span>
      <div class="wide">
        <table>
          <caption>{caption}</caption>
          <thead>
            <tr>
              {columns.map(({ name }, at) => (
                <th key={name} scope="col" aria-sort={directionOf(at)}>
                  <button type="button" onClick={() => sortBy(at)}>
                    {name} {sorting?.column !== at ? "" : sorting.isDown ? "▼" : "▲"}
                  </button>
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {drawn.map((row, at) => (
              <tr key={at}>
                {columns.map(({ name, value, show }) => (
                  <td key={name} class={typeof value(row) === "number" ? "number" : ""}>
                    {show === undefined ? value(row) : show(row)}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {drawn.length === shown.length ? null : (
        <button type="button" onClick={() => setWhole(true)}>
          Show the other {shown.length - drawn.length} rows
        </button>
      )}
    </div>
  );
}

function sorted<Row>(rows: readonly Row[], { value }: Column<Row>, isDown: boolean): Row[] {
  const keyed = rows.map((row) => [row, value(row)] as const);
  keyed.sort(([, a], [, b]) => {
    if (a === null || b === null) return Number(a === null) - Number(b === null);
    const order =
      typeof a === "number" && typeof b === "number" ? a - b : String(a).localeCompare(String(b), "en");
    return isDown ? -order : order;
  });
  return keyed.map(([row]) => row);
}
