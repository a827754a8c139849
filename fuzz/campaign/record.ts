import type { Difference } from "../program/index.ts";
import type { InstructionReach } from "../reach/table.ts";

/** What a campaign concludes. */
export type Verdict = "holds" | "broken" | "unknown";

/** A finding as the campaign's record lists it; the whole of it is in a file of its own. */
export interface FindingEntry {
  readonly signature: string;
  /** Programs that ended in this finding. */
  readonly times: number;
  readonly words: number;
  readonly difference: Difference;
  /** Where the finding was written, or null when it was kept in memory only. */
  readonly file: string | null;
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
  readonly verdict: Verdict;
  /** Why, in one sentence. */
  readonly reason: string;
  /** Whether somebody ended it before its budget was used. */
  readonly interrupted: boolean;
  readonly programs: number;
  /** Steps executed by both machines and compared. */
  readonly steps: number;
  readonly elapsedMs: number;
  readonly reach: readonly InstructionReach[];
  /** Outcomes that were met although the reach table does not declare them. */
  readonly undeclared: readonly string[];
  readonly findings: readonly FindingEntry[];
}
