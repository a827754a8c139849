import type { PageName, Phase, ScanEvent } from "../../model/ksm-contract.ts";
import { DID, type Scanner } from "./scanner.ts";

export type ScanEventReader = (did: number) => ScanEvent;

const PHASES: readonly (Phase | "pick")[] = [
  "pick",
  "stable",
  "checksum",
  "unstable",
  "protect",
  "compare",
  "replace",
];

/** Tells in the words of the contract what the scanner's last micro-step did. */
export function eventReader(scanner: Scanner, pages: number): ScanEventReader {
  const nameOf = (slot: number): PageName => ({ space: Math.floor(slot / pages), page: slot % pages });
  return (did) => {
    switch (did) {
      case DID.idle:
        return { step: "idle" };
      case DID.pass:
        return { step: "pass" };
      case DID.picked:
      case DID.pickedMerged:
        return { step: "pick", ...nameOf(scanner.slot), isMerged: did === DID.pickedMerged };
      case DID.foundStable:
      case DID.noStable:
        return { step: "stable", isFound: did === DID.foundStable };
      case DID.settled:
      case DID.volatile:
        return { step: "checksum", isSettled: did === DID.settled };
      case DID.inserted:
        return { step: "unstable", result: "inserted" };
      case DID.same:
      case DID.foundUnstable:
        return {
          step: "unstable",
          result: did === DID.same ? "same" : "found",
          found: nameOf(scanner.found),
        };
      case DID.protected:
        return { step: "protect" };
      case DID.compared:
        return { step: "compare" };
      case DID.replaced:
        return { step: "replace" };
      default:
        return { step: "give-up", during: PHASES[scanner.lastPhase] as Phase };
    }
  };
}
