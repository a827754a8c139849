import { runCampaign } from "../campaign/campaign.ts";
import type { PlantedFault } from "./roster.ts";

/** How the suite did against one planted fault. */
export interface Hunt {
  readonly id: string;
  readonly kind: string;
  readonly difficulty: number;
  readonly found: boolean;
  /** Programs and steps until the campaign ended: with the first finding, or with the budget. */
  readonly programs: number;
  readonly steps: number;
  readonly elapsedMs: number;
  /** Words of the shrunk program; null if the fault was not found. */
  readonly words: number | null;
  /** No single word of it can be dropped; checked by dropping each. */
  readonly isOneMinimal: boolean;
  /** The signature of what was found. */
  readonly signature: string | null;
}

export interface HuntOptions {
  readonly seed: string;
  /** The most seconds spent on one fault, on one core. */
  readonly seconds: number;
  /** Milliseconds since any fixed moment. */
  readonly clock: () => number;
  readonly signal: AbortSignal;
}

/** Plants a fault in the engine and fuzzes until it is found or the time is up. */
export async function hunt({ id, kind, difficulty }: PlantedFault, options: HuntOptions): Promise<Hunt> {
  const { seed, seconds, clock, signal } = options;
  const { record, findings } = await runCampaign({
    seed: `${seed} / fault ${id}`,
    budget: { seconds },
    workers: 1,
    faults: [id],
    findingsMax: 1,
    clock,
    signal,
  });
  const finding = findings[0];
  return {
    id,
    kind,
    difficulty,
    found: finding !== undefined,
    programs: record.programs,
    steps: record.steps,
    elapsedMs: record.elapsedMs,
    words: finding?.program.words.length ?? null,
    isOneMinimal: finding?.shrunk ?? false,
    signature: finding === undefined ? null : String(finding.signature),
  };
}
