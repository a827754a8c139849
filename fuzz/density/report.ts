/** Results of an experiment on density as text, as records for the page and as plots. */
import { columns } from "../../reports/columns.ts";
import { type Library, PAGE } from "./library.ts";
import { instanceUnits, type Service } from "./service.ts";
import type { Run, World } from "./simulate.ts";
import type { Plot } from "./svg.ts";
import { told } from "./talk.ts";

export interface Experiment {
  readonly title: string;
  readonly libraries: readonly Library[];
  readonly service: Service;
  readonly world: World;
  readonly runs: readonly Run[];
  readonly ideal: number;
  /** Whether the talk's figures stand beside ours. */
  readonly isTalk: boolean;
  readonly assumptions: readonly string[];
  readonly unexplained: readonly string[];
}

/** Points of a line in a plot at most. */
const POINTS_MAX = 200;

export function textOf(experiment: Experiment): string {
  const { libraries, service, runs, ideal, isTalk, assumptions, unexplained } = experiment;
  const head = ["", "instances", "seconds", "resident", "pages scanned", "merged", "copied", "scanner CPU"];
  const rows = runs.map((run) => [
    run.way,
    `${run.instances}`,
    run.seconds.toFixed(1),
    bytesText(run.residentBytes),
    number(run.scanned),
    number(run.merged),
    number(run.copies),
    `${run.cpuSeconds.toFixed(1)} s`,
    ...(isTalk ? [told[run.way].workers, told[run.way].seconds] : []),
  ]);
  const last = [
    "all equal pages once",
    `${ideal}`,
    "",
    "",
    "",
    "",
    "",
    "",
    ...(isTalk ? [told.ideal.workers, told.ideal.seconds] : []),
  ];
  const measured = libraries.map(({ name, shared, statePages }) => [
    name,
    `${shared.length} pages of code and read-only data`,
    `${new Set(shared).size} different`,
    `${statePages} pages of state`,
  ]);
  return [
    experiment.title,
    `Libraries\n${columns(measured)}`,
    `An instance\n${columns(instanceRows(service))}`,
    columns([isTalk ? [...head, "talk: workers", "talk: seconds"] : head, ...rows, last]),
    `Assumptions\n${assumptions.map((one) => `  - ${one}`).join("\n")}`,
    unexplained.length === 0
      ? ""
      : `What does not follow from what was published\n${unexplained.map((one) => `  - ${one}`).join("\n")}`,
  ]
    .filter((part) => part !== "")
    .join("\n\n");
}

function instanceRows(service: Service): string[][] {
  const { grain, shared, state, heap, equal, rewritten } = service;
  const row = (name: string, units: number) => [name, bytesText(units * grain * PAGE)];
  return [
    row("code and read-only data", shared.length),
    row("state of libraries", state),
    row("heap", heap),
    row("  equal in all instances", equal),
    row("  rewritten each second", rewritten),
    row("in all", instanceUnits(service)),
  ];
}

/** The two plots: how many instances there are, and what they take, over time. */
export function plotsOf({ title, runs }: Experiment): { readonly instances: Plot; readonly resident: Plot } {
  const seriesOf = (value: (sample: Run["samples"][number]) => number) =>
    runs.map(({ way, samples }) => ({
      name: way,
      points: thinned(samples).map((sample) => [sample.seconds, value(sample)] as const),
    }));
  return {
    instances: { title, x: "seconds", y: "instances", series: seriesOf(({ instances }) => instances) },
    resident: {
      title,
      x: "seconds",
      y: "resident MiB",
      series: seriesOf(({ residentBytes }) => residentBytes / 2 ** 20),
    },
  };
}

/** The record of a plot, with the figures that it rests on. */
export function recordOf(
  plot: Plot,
  { libraries, service, world, runs, ideal, assumptions, unexplained }: Experiment,
) {
  const { shared, ...sizes } = service;
  return {
    format: "capwright-density",
    version: 1,
    ...plot,
    libraries: libraries.map(({ name, shared: pages, statePages }) => ({
      name,
      sharedPages: pages.length,
      statePages,
    })),
    service: { ...sizes, shared: shared.length },
    world,
    runs: runs.map(({ samples: _, ...run }) => run),
    ideal,
    assumptions,
    unexplained,
  };
}

function thinned<T>(items: readonly T[]): T[] {
  const every = Math.ceil(items.length / POINTS_MAX);
  return items.filter((_, index) => index % every === 0 || index === items.length - 1);
}

function number(value: number): string {
  return Math.round(value).toLocaleString("en-US");
}

function bytesText(bytes: number): string {
  const kib = bytes / 1024;
  if (kib < 1024) return `${number(kib)} KiB`;
  return kib < 2 ** 20 ? `${(kib / 1024).toFixed(1)} MiB` : `${(kib / 2 ** 20).toFixed(2)} GiB`;
}
