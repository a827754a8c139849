import { type Bench, withoutDifferences } from "../campaign/bench.ts";
import { runCampaign } from "../campaign/campaign.ts";
import type { OracleName } from "../oracle/oracle.ts";
import type { Finding } from "../program/index.ts";
import type { Hunt, Where } from "./record.ts";

export interface HuntOptions {
  /** What is planted in the bench's machines. */
  readonly plant: string;
  /** Decides every program. */
  readonly seed: string;
  /** The most seconds for the hunt, on one core. */
  readonly seconds: number;
  /** Milliseconds since any fixed moment. */
  readonly clock: () => number;
}

/** A hunt, and how the machines differ if what is planted in both is not alike. */
export interface Hunted {
  readonly hunt: Hunt;
  /** The signature of the difference, or null. */
  readonly mismatch: string | null;
}

/**
 * Fuzzes machines in which something is planted until one of the bench's oracles objects, or the time is up.
 *
 * Of a fault in both machines a difference tells only that it is not planted in both alike: that is noted, and the
 * hunt begins again without comparing.
 */
export async function huntPlanted(bench: Bench, where: Where, options: HuntOptions): Promise<Hunted> {
  const first = await hunt(bench, options);
  if (where !== "both" || first.foundBy !== "D") return { hunt: first, mismatch: null };
  return { hunt: await hunt(withoutDifferences(bench), options), mismatch: first.signature };
}

async function hunt(bench: Bench, options: HuntOptions): Promise<Hunt> {
  const { plant, seed, seconds, clock } = options;
  const { record, findings } = await runCampaign({
    bench,
    seed,
    budget: { seconds },
    workers: 0,
    faults: [plant],
    oracles: bench.oracles,
    canaries: [],
    findingsMax: 1,
    clock,
  });
  const finding = findings[0];
  return {
    seed,
    foundBy: finding?.oracle ?? null,
    programs: record.programs,
    steps: record.steps,
    elapsedMs: record.elapsedMs,
    signature: finding?.signature ?? null,
    words: finding?.program.words.length ?? null,
    isOneMinimal: finding?.shrunk ?? null,
    alsoSeenBy: finding === undefined ? [] : othersOf(finding),
  };
}

/** Oracles that object too: to the machine under test where it differs, else to the same steps of the reference. */
function othersOf({ oracle, objections }: Finding): OracleName[] {
  const side = oracle === "D" ? "actual" : "expect";
  return objections.filter((one) => one.side === side && one.oracle !== oracle).map((one) => one.oracle);
}
