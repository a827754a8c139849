import type { ClauseCount } from "../oracle/judge.ts";
import type { Difference, Objector } from "../program/index.ts";
import type { InstructionReach } from "../reach/table.ts";
import type { TimelinePoint } from "./timeline.ts";

/** What a campaign concludes. */
export type Verdict = "holds" | "broken" | "unknown";

/** A finding as the campaign's record lists it; the whole of it is in a file of its own. */
export interface FindingEntry {
  readonly signature: string;
  /** Programs that ended in this finding. */
  readonly times: number;
  readonly words: number;
  /** Who objected first. */
  readonly oracle: Objector;
  /** What differs; null when a rule was broken. */
  readonly difference: Difference | null;
  /** The rule that was broken; null when the machines differ. */
  readonly rule: string | null;
  /** Where the finding was written, or null when it was kept in memory only. */
  readonly file: string | null;
}

/** A fault that is planted in every campaign and must be found, or the campaign proves nothing. */
export interface CanaryResult {
  /** What was planted: `impl:E21`. */
  readonly plant: string;
  /** Who must find it: `D`, `L`, or one of the oracles that need no second machine. */
  readonly expected: readonly string[];
  /** Who found it, or null if nobody did. */
  readonly foundBy: string | null;
  /** Programs, or tests of a law, until it was found or given up. */
  readonly tests: number;
}

/** Everything a campaign leaves behind for reports: plain data, JSON on disk. */
export interface CampaignRecord {
  readonly format: "capwright-campaign";
  readonly version: 1;
  readonly seed: string;
  readonly budget: { readonly runs: number } | { readonly seconds: number };
  readonly workers: number;
  readonly machines: { readonly expect: string; readonly actual: string };
  readonly faults: readonly string[];
  /** Who was asked: D compares the machines, the others judge the reference. */
  readonly oracles: readonly Objector[];
  /** Planted before anything else; empty where the caller asks for none. */
  readonly canaries: readonly CanaryResult[];
  readonly verdict: Verdict;
  /** Why, in one sentence. */
  readonly reason: string;
  /** Whether somebody ended it before its budget was used. */
  readonly interrupted: boolean;
  readonly programs: number;
  /** Steps executed by both machines and compared. */
  readonly steps: number;
  readonly elapsedMs: number;
  /** How it went on, in at most 200 points; records from before there was one have none. */
  readonly timeline?: readonly TimelinePoint[];
  readonly reach: readonly InstructionReach[];
  /** Outcomes that were met although the reach table does not declare them. */
  readonly undeclared: readonly string[];
  readonly clauses: readonly ClauseCount[];
  /** The ledger of accepted differences, with how often each was met; records from before there was one have none. */
  readonly accepted?: readonly { readonly name: string; readonly until: string; readonly times: number }[];
  readonly findings: readonly FindingEntry[];
}
