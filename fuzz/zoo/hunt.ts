import { type Bench, withoutDifferences } from "../campaign/bench.ts";
import { runCampaign } from "../campaign/campaign.ts";
import type { OracleName } from "../oracle/oracle.ts";
import type { Finding } from "../program/index.ts";
import type { Hunt, Where } from "./record.ts";

export interface HuntOptions {
  /** What is planted, as `plantOf` reads it. */
  readonly plant: string;
  /** Decides every program, or script. */
  readonly seed: string;
  /** The most seconds for the hunt, on one core. */
  readonly seconds: number;
  /** Milliseconds since any fixed moment. */
  readonly clock: () => number;
}

/** Who hunts what is planted in two machines, or in two systems. */
export interface Hunter {
  /** Fuzzes them until somebody objects, or the time is up. */
  readonly hunt: (options: HuntOptions) => Promise<Hunt>;
  /** The same without comparing the two. */
  readonly withoutDifferences: () => Hunter;
}

/** A hunt, and how the two differ if what is planted in both is not alike. */
export interface Hunted {
  readonly hunt: Hunt;
  /** The signature of the difference, or null. */
  readonly mismatch: string | null;
}

/**
 * Hunts what is planted.
 *
 * Of a fault in both a difference tells only that it is not planted in both alike: that is noted, and the hunt begins
 * again without comparing.
 */
export async function huntPlanted(hunter: Hunter, where: Where, options: HuntOptions): Promise<Hunted> {
  const first = await hunter.hunt(options);
  if (where !== "both" || first.foundBy !== "D") return { hunt: first, mismatch: null };
  return { hunt: await hunter.withoutDifferences().hunt(options), mismatch: first.signature };
}

/** By generated programs, judged by the oracles of the bench. */
export function machineHunter(bench: Bench): Hunter {
  return {
    hunt: (options) => hunt(bench, options),
    withoutDifferences: () => machineHunter(withoutDifferences(bench)),
  };
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
    accepted: [],
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
    size: finding?.program.words.length ?? null,
    isOneMinimal: finding?.shrunk ?? null,
    alsoSeenBy: finding === undefined ? [] : othersOf(finding),
  };
}

/** Oracles that object too: to the machine under test where it differs, else to the same steps of the reference. */
function othersOf({ oracle, objections }: Finding): OracleName[] {
  const side = oracle === "D" ? "actual" : "expect";
  return objections.filter((one) => one.side === side && one.oracle !== oracle).map((one) => one.oracle);
}
