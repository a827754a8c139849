import { useEffect, useMemo, useRef } from "preact/hooks";
import uPlot from "uplot";
import type { PageData } from "../page-data.ts";
import type { Density as DensityRecord } from "../records.ts";
import { compact, duration, whole } from "./figures.ts";

interface Line {
  readonly name: string;
  readonly points: readonly (readonly [x: number, y: number])[];
}

/** How reach, findings and rate went on in each campaign. */
export function Progress({ data: { campaigns, systems } }: { readonly data: PageData }) {
  const timelines = useMemo(
    () =>
      [...campaigns, ...systems]
        .map(({ file, record }) => ({ name: file, timeline: record.timeline ?? [] }))
        .filter(({ timeline }) => timeline.length > 1),
    [campaigns, systems],
  );
  const reach = useMemo(
    () =>
      timelines.map(
        ({ name, timeline }): Line => ({
          name,
          points: timeline.map(({ elapsedMs, reached }) => [elapsedMs / 1000, reached]),
        }),
      ),
    [timelines],
  );
  const rate = useMemo(
    () => timelines.map(({ name, timeline }): Line => ({ name, points: ratesOf(timeline) })),
    [timelines],
  );
  return (
    <>
      <Plot title="Outcomes reached" x="seconds" lines={reach} />
      <Plot title="Steps a second, on average since the start" x="seconds" lines={rate} />
      <ul>
        {timelines.map(({ name, timeline }) => {
          const last = timeline.at(-1)!;
          const half = timeline.find(({ reached }) => reached * 2 >= last.reached)!;
          return (
            <li key={name}>
              <span class="name">{name}</span>: {whole(last.reached)} outcomes after{" "}
              {duration(last.elapsedMs)}, half of them after {duration(half.elapsedMs)}
            </li>
          );
        })}
      </ul>
    </>
  );
}

type Timeline = NonNullable<PageData["campaigns"][number]["record"]["timeline"]>;

/** Since the start: results of shards come in batches, so that from one point to the next it would leap. */
function ratesOf(timeline: Timeline): [number, number][] {
  return timeline
    .filter(({ elapsedMs }) => elapsedMs > 0)
    .map(({ elapsedMs, steps }) => [elapsedMs / 1000, (steps / elapsedMs) * 1000]);
}

/** How many fit. */
export function Density({ densities }: { readonly densities: PageData["densities"] }) {
  return (
    <>
      {densities.map(({ file, record }) => (
        <DensityPlot key={file} record={record} />
      ))}
    </>
  );
}

function DensityPlot({ record: { title, x, y, series } }: { readonly record: DensityRecord }) {
  const lines = useMemo(
    () => series.map(({ name, points }): Line => ({ name, points: [...points].sort(([a], [b]) => a - b) })),
    [series],
  );
  return <Plot title={`${title}: ${y}`} x={x} lines={lines} />;
}

const HEIGHT = 260;
/** Lines are told apart by how they are dashed as well as by colour. */
const DASHES: readonly number[][] = [[], [8, 4], [2, 3], [12, 3, 2, 3]];

function Plot({
  title,
  x,
  lines,
}: {
  readonly title: string;
  readonly x: string;
  readonly lines: readonly Line[];
}) {
  const box = useRef<HTMLElement>(null);
  useEffect(() => {
    const element = box.current!;
    const dark = matchMedia("(prefers-color-scheme: dark)");
    let plot = draw(element, x, lines);
    const again = (): void => {
      plot.destroy();
      plot = draw(element, x, lines);
    };
    const onSize = new ResizeObserver(() => plot.setSize({ width: element.clientWidth, height: HEIGHT }));
    onSize.observe(element);
    dark.addEventListener("change", again);
    return () => {
      onSize.disconnect();
      dark.removeEventListener("change", again);
      plot.destroy();
    };
  }, [x, lines]);
  return (
    <figure class="plot" ref={box}>
      <figcaption>{title}</figcaption>
    </figure>
  );
}

function draw(element: HTMLElement, x: string, lines: readonly Line[]): uPlot {
  const style = getComputedStyle(document.documentElement);
  const colour = (name: string) => style.getPropertyValue(name);
  const axis = { stroke: colour("--ink"), grid: { stroke: colour("--line"), width: 1 } };
  const options: uPlot.Options = {
    width: Math.max(200, element.clientWidth),
    height: HEIGHT,
    scales: { x: { time: false } },
    axes: [
      { ...axis, label: x },
      { ...axis, size: 56, values: (_, values) => values.map((value) => compact(value)) },
    ],
    series: [
      { label: x },
      ...lines.map(({ name }, at) => ({
        label: name,
        stroke: colour(`--series-${at % DASHES.length}`),
        width: 2,
        dash: DASHES[at % DASHES.length]!,
        spanGaps: true,
      })),
    ],
  };
  return new uPlot(options, joined(lines), element);
}

/** All lines over the places of all of them; where one has no point there is none. */
function joined(lines: readonly Line[]): uPlot.AlignedData {
  const places = [...new Set(lines.flatMap(({ points }) => points.map(([place]) => place)))].sort(
    (a, b) => a - b,
  );
  const columns = lines.map(({ points }) => {
    const known = new Map(points);
    return places.map((place) => known.get(place) ?? null);
  });
  return [places, ...columns];
}
