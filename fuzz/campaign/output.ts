import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { BadInput } from "../bad-input.ts";
import { jsonText } from "../program/hex.ts";
import { injectedProgram, saveProgram, writeWhole } from "../program/index.ts";
import type { CampaignResult } from "./campaign.ts";

/**
 * Makes the folder of a campaign's output.
 *
 * @throws BadInput when it cannot be made.
 */
export function makeFolder(path: string): void {
  try {
    mkdirSync(path, { recursive: true });
  } catch (error) {
    throw new BadInput(`${path}: cannot be made (${(error as NodeJS.ErrnoException).code ?? String(error)})`);
  }
}

/** Writes `campaign.json`, `reach.txt` and the programs worth keeping, `corpus/NUMBER.json`. */
export function writeResult(folder: string, result: CampaignResult, reachText: string): void {
  writeWhole(join(folder, "campaign.json"), jsonText(result.record));
  writeWhole(join(folder, "reach.txt"), `${reachText}\n`);
  makeFolder(join(folder, "corpus"));
  result.corpus.forEach(({ words }, index) => {
    saveProgram(join(folder, "corpus", `${index}.json`), injectedProgram([...words]));
  });
}
