/**
 * `npm run guards -- [RUNS [SEED]]`: makes corpora/guards/programs.json anew, after the model has changed.
 */
import { collect } from "./collect.ts";
import { loadGuardPrograms, saveGuardPrograms } from "./corpus.ts";
import { instrumentedModel } from "./instrumented-model.ts";
import { reasons } from "./reasons.ts";
import { cellText, guardTable } from "./table.ts";

const PROGRAMS = "corpora/guards/programs.json";
const [runs = "100000", seed = "guards"] = process.argv.slice(2);

const instrumented = await instrumentedModel();
const programs = collect(instrumented, seed, Number(runs), loadGuardPrograms(PROGRAMS));
saveGuardPrograms(PROGRAMS, programs);

const { cells } = guardTable(instrumented, programs, reasons);
const words = programs.reduce((sum, program) => sum + program.words.length, 0);
console.log(`${programs.length} programs of ${words} words`);
for (const cell of cells) {
  if (!cell.reached && cell.why === null) console.log(`missing: ${cellText(cell)}`);
  if (cell.reached && cell.why !== null) console.log(`refuted: ${cellText(cell)}: ${cell.why}`);
}
