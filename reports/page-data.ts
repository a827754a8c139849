/** Everything a page shows, as it is embedded in it: plain data, types only. */
import type {
  Campaign,
  CvmRun,
  Density,
  Laws,
  MachineFinding,
  ObjectCampaign,
  SystemCampaign,
  SystemFinding,
  Zoo,
} from "./records.ts";

/** A record and the file it was read from. */
export interface Filed<Record> {
  readonly file: string;
  readonly record: Record;
}

/** A finding of the machine, with what only who knows the instructions can say of it. */
export interface ToldFinding extends Filed<MachineFinding> {
  /** Each step as assembly; of a finding without steps each word. */
  readonly listing: readonly string[];
  /** The program as a TestRIG trace; null where there is no such form. */
  readonly testrig: string | null;
}

export interface ToldSystemFinding extends Filed<SystemFinding> {
  /** Each step as a reader would write it, creations first. */
  readonly steps: readonly string[];
}

/** A file on which the verifiers of objects do not agree. */
export interface ToldObjectFinding extends Filed<ObjectCampaign["findings"][number]> {
  /** What is in it, line by line; null where that cannot be said, or the file is not there. */
  readonly listing: readonly string[] | null;
  /** Its bytes, hexadecimal; null where the file is not there. */
  readonly bytes: string | null;
}

/** A report of another tool: its figures by folder, and where the whole of it lies. */
export interface Linked {
  readonly file: string;
  /** Relative to the page; null if there is no page of it. */
  readonly link: string | null;
  readonly rows: readonly ScoreRow[];
}

export interface ScoreRow {
  readonly name: string;
  /** Of `total` so many count: killed mutants, covered lines. */
  readonly good: number;
  readonly total: number;
  /** Whatever else there is to say: mutants that no test ran on, branches. */
  readonly note: string;
}

/** One change. `worse` may pass, `regression` may not. */
export interface Change {
  readonly kind: "better" | "worse" | "regression";
  readonly what: string;
  readonly before: string;
  readonly after: string;
}

export interface Comparison {
  readonly before: string;
  readonly after: string;
  readonly changes: readonly Change[];
}

export interface PageData {
  readonly title: string;
  readonly campaigns: readonly Filed<Campaign>[];
  readonly systems: readonly Filed<SystemCampaign>[];
  readonly objects: readonly Filed<ObjectCampaign>[];
  readonly findings: readonly ToldFinding[];
  readonly systemFindings: readonly ToldSystemFinding[];
  readonly objectFindings: readonly ToldObjectFinding[];
  readonly laws: readonly Filed<Laws>[];
  readonly zoos: readonly Filed<Zoo>[];
  readonly cvmRuns: readonly Filed<CvmRun>[];
  readonly densities: readonly Filed<Density>[];
  readonly mutations: readonly Linked[];
  readonly coverages: readonly Linked[];
  /** With what was there before, if that was asked for. */
  readonly comparison: Comparison | null;
}
