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

/** The tables of a campaign as text. */
export interface Tables {
  readonly reach: string;
  readonly rules: string;
}

/** Writes `campaign.json`, `reach.txt`, `rules.txt` and the programs worth keeping, `corpus/NUMBER.json`. */
export function writeResult(folder: string, result: CampaignResult, tables: Tables): void {
  writeWhole(join(folder, "campaign.json"), jsonText(result.record));
  writeWhole(join(folder, "reach.txt"), `${tables.reach}\n`);
  writeWhole(join(folder, "rules.txt"), `${tables.rules}\n`);
  makeFolder(join(folder, "corpus"));
  result.corpus.forEach(({ words }, index) => {
    saveProgram(join(folder, "corpus", `${index}.json`), injectedProgram([...words]));
  });
}
