import { useMemo, useRef, useState } from "preact/hooks";
import { compact, whole } from "./figures.ts";
import { type Cell, classesIn, type ReachRow, type Seen, seenBy } from "./merged.ts";

const CELL = 20;
const LABEL = 150;
/** Room for what stands askew above the last column. */
const RIGHT = 80;
const NAME_MAX = 24;

interface Place {
  readonly row: number;
  readonly column: number;
}

/**
 * How often each row met each outcome: a digit for the power of ten, a cross for never, nothing where there is no such
 * outcome. Outcomes that one row alone has are a list below.
 */
export function HeatMap({ rows: all, what }: { readonly rows: readonly ReachRow[]; readonly what: string }) {
  const [filter, setFilter] = useState("");
  const [seen, setSeen] = useState<Seen | null>(null);
  const classes = useMemo(() => classesIn(all), [all]);
  const rows = useMemo(() => (seen === null ? all : seenBy(all, seen)), [all, seen]);
  const [neverOnly, setNeverOnly] = useState(false);
  const [place, setPlace] = useState<Place | null>(null);
  const figure = useRef<SVGSVGElement>(null);
  const columns = useMemo(() => sharedOutcomes(all), [all]);
  const shown = useMemo(
    () =>
      rows.filter(
        ({ name, cells }) =>
          name.includes(filter.trim()) &&
          cells.some((cell) => columns.includes(cell.outcome) && (!neverOnly || isNever(cell))),
      ),
    [rows, columns, filter, neverOnly],
  );
  const lonely = useMemo(() => lonelyCells(rows, columns), [rows, columns]);
  const cellAt = ({ row, column }: Place) =>
    shown[row]?.cells.find(({ outcome }) => outcome === columns[column]);
  const head = 14 + 6 * Math.min(NAME_MAX, Math.max(0, ...columns.map(({ length }) => length)));
  const width = LABEL + columns.length * CELL + RIGHT;

  const onKeyDown = (event: KeyboardEvent): void => {
    const moves: Readonly<Record<string, readonly [number, number]>> = {
      ArrowDown: [1, 0],
      ArrowUp: [-1, 0],
      ArrowRight: [0, 1],
      ArrowLeft: [0, -1],
    };
    const move = moves[event.key];
    if (move === undefined || shown.length === 0) return;
    event.preventDefault();
    event.stopPropagation();
    const now = place ?? { row: 0, column: -1 };
    setPlace({
      row: Math.max(0, Math.min(shown.length - 1, now.row + move[0])),
      column: Math.max(0, Math.min(columns.length - 1, now.column + move[1])),
    });
  };
  const onPoint = (event: MouseEvent): void => {
    const box = figure.current!.getBoundingClientRect();
    const scale = width / box.width;
    const column = Math.floor(((event.clientX - box.left) * scale - LABEL) / CELL);
    const row = Math.floor(((event.clientY - box.top) * scale - head) / CELL);
    if (row >= 0 && row < shown.length && column >= 0 && column < columns.length) setPlace({ row, column });
  };

  return (
    <div class="heat">
      <label>
        Filter{" "}
        <input
          type="search"
          value={filter}
          onInput={(event) => {
            setFilter(event.currentTarget.value);
            setPlace(null);
          }}
        />
      </label>{" "}
      <label>
        <input
          type="checkbox"
          checked={neverOnly}
          onChange={(event) => {
            setNeverOnly(event.currentTarget.checked);
            setPlace(null);
          }}
        />{" "}
        only with something never met
      </label>{" "}
      {classes.length === 0 ? null : (
        <label>
          Counted{" "}
          <select
            onChange={(event) => {
              setSeen(classes[event.currentTarget.selectedIndex - 1] ?? null);
              setPlace(null);
            }}
          >
            <option>everywhere</option>
            {classes.map(({ role, one }) => (
              <option key={`${role} ${one}`}>
                only {role} {one}
              </option>
            ))}
          </select>
        </label>
      )}
      <p>
        A digit is the power of ten: 0 for 1 to 9 times, 1 for 10 to 99. × was never met; – cannot be; an
        empty place is no outcome of that {what}. Click, or use the arrow keys.
      </p>
      <p role="status" class="told">
        {place === null
          ? "No cell is chosen."
          : toldCell(shown[place.row]!.name, columns[place.column]!, cellAt(place))}
      </p>
      <div
        class="wide map"
        role="application"
        aria-label={`${what}s and their outcomes`}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: its cursor is moved by keys.
        tabIndex={0}
        onKeyDown={onKeyDown}
        onClick={onPoint}
      >
        <svg
          ref={figure}
          width={width}
          height={head + shown.length * CELL}
          viewBox={`0 0 ${width} ${head + shown.length * CELL}`}
        >
          <title>{`How often each ${what} met each outcome`}</title>
          {columns.map((outcome, at) => (
            <text
              key={outcome}
              class="axis"
              transform={`translate(${LABEL + at * CELL + 14} ${head - 6}) rotate(-60)`}
            >
              {shortened(outcome, NAME_MAX)}
            </text>
          ))}
          <Cells rows={shown} columns={columns} head={head} />
          {place === null ? null : (
            <rect
              class="cursor"
              x={LABEL + place.column * CELL}
              y={head + place.row * CELL}
              width={CELL}
              height={CELL}
            />
          )}
        </svg>
      </div>
      {lonely.length === 0 ? null : (
        <details>
          <summary>
            {lonely.length} outcomes that one {what} alone has
          </summary>
          <ul class="dense">
            {lonely.map(({ name, cell }) => (
              <li key={`${name}${cell.outcome}`}>
                {isNever(cell) ? "× " : ""}
                {name}: {cell.outcome}{" "}
                {isNever(cell) ? "never" : cell.count === 0 ? "cannot be" : whole(cell.count)}
              </li>
            ))}
          </ul>
        </details>
      )}
    </div>
  );
}

/** The cells that are outcomes; they stay as they are when the cursor moves. */
function Cells({
  rows,
  columns,
  head,
}: {
  readonly rows: readonly ReachRow[];
  readonly columns: readonly string[];
  readonly head: number;
}) {
  return useMemo(
    () => (
      <>
        {rows.map(({ name, cells }, row) => (
          <g key={name} transform={`translate(0 ${head + row * CELL})`}>
            <text class="axis" x={LABEL - 6} y={14} text-anchor="end">
              {shortened(name, 22)}
            </text>
            {cells
              .filter(({ outcome }) => columns.includes(outcome))
              .map((cell) => {
                const { outcome, count } = cell;
                const x = LABEL + columns.indexOf(outcome) * CELL;
                return (
                  <g key={outcome} class={`cell ${isNever(cell) ? "never" : count === 0 ? "cannot" : "met"}`}>
                    <rect
                      x={x + 1}
                      y={1}
                      width={CELL - 2}
                      height={CELL - 2}
                      fill-opacity={count === 0 ? 0 : 0.15 + Math.min(0.6, powerOf(count) * 0.09)}
                    />
                    <text x={x + CELL / 2} y={14} text-anchor="middle">
                      {isNever(cell) ? "×" : count === 0 ? "–" : powerOf(count)}
                    </text>
                  </g>
                );
              })}
          </g>
        ))}
      </>
    ),
    [rows, columns, head],
  );
}

/** Never met, though nothing says that it cannot be. */
function isNever({ count, why }: Cell): boolean {
  return count === 0 && why === undefined;
}

function powerOf(count: number): number {
  return Math.floor(Math.log10(Math.max(1, count)));
}

/** Outcomes that more than one row has, the most frequent first. */
function sharedOutcomes(rows: readonly ReachRow[]): string[] {
  const times = new Map<string, number>();
  for (const { outcome } of rows.flatMap(({ cells }) => cells))
    times.set(outcome, (times.get(outcome) ?? 0) + 1);
  const shared = [...times].filter(([, count]) => count > 1 || rows.length === 1);
  return shared.sort(([, one], [, other]) => other - one).map(([outcome]) => outcome);
}

function lonelyCells(rows: readonly ReachRow[], columns: readonly string[]): { name: string; cell: Cell }[] {
  return rows.flatMap(({ name, cells }) =>
    cells.filter(({ outcome }) => !columns.includes(outcome)).map((cell) => ({ name, cell })),
  );
}

function toldCell(name: string, outcome: string, cell: Cell | undefined): string {
  if (cell === undefined) return `${name} has no outcome ${outcome}.`;
  const { why } = cell;
  if (why !== undefined) return `${name}: ${outcome} cannot be: ${why}.`;
  if (cell.count === 0) return `${name}: ${outcome} was never met.`;
  const classes = Object.entries(cell.classes).map(([role, counts]) => {
    const list = Object.entries(counts).map(([one, count]) => `${one} ${compact(count)}`);
    return `${role}: ${list.join(", ")}`;
  });
  return [`${name}: ${outcome} ${whole(cell.count)} times`, ...classes].join("; ");
}

function shortened(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, length - 1)}…`;
}
