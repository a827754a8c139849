import type { Hunt } from "../fuzz/faults/hunt.ts";
import { columns } from "./columns.ts";

/** What became of each planted fault, and the figures of all of them together. */
export function huntTable(hunts: readonly Hunt[]): string {
  const head = [
    "fault",
    "class",
    "difficulty",
    "found",
    "programs",
    "steps",
    "seconds",
    "words",
    "1-minimal",
  ];
  const rows = hunts.map(
    ({ id, kind, difficulty, found, programs, steps, elapsedMs, words, isOneMinimal }) => [
      id,
      kind,
      `${difficulty}`,
      found ? "yes" : "NO",
      programs.toLocaleString("en-US"),
      steps.toLocaleString("en-US"),
      (elapsedMs / 1000).toFixed(1),
      words === null ? "-" : `${words}`,
      words === null ? "-" : isOneMinimal ? "yes" : "NO",
    ],
  );
  return `${columns([head, ...rows])}\n\n${totals(hunts)}`;
}

function totals(hunts: readonly Hunt[]): string {
  const found = hunts.filter((one) => one.found);
  const text = `${found.length} of ${hunts.length} planted faults found`;
  if (found.length === 0) return text;
  const minimal = found.filter(({ isOneMinimal }) => isOneMinimal).length;
  const words = found.map((one) => one.words!).sort((a, b) => a - b);
  const middle = (words[Math.floor((words.length - 1) / 2)]! + words[Math.floor(words.length / 2)]!) / 2;
  return `${text}; ${minimal} of the programs are 1-minimal, median ${middle} words, longest ${words.at(-1)}`;
}
