/**
 * Coverage of several runs, united by line.
 *
 * What counts as a line with code, and every function and branch, is as the tests' own coverage has it: it knows all
 * files, and reads their syntax. Other runs add to how often a line was come to; statements of two tools
 * cannot be matched otherwise.
 */
import coverage, { type CoverageMapData, type FileCoverageData } from "istanbul-lib-coverage";

/** @param others runs of anything else; files that the first does not know are left out. */
export function united(suite: CoverageMapData, others: readonly CoverageMapData[]): CoverageMapData {
  const known = coverage.createCoverageMap(suite);
  const maps = others.map((data) => coverage.createCoverageMap(data));
  const all: CoverageMapData = {};
  for (const path of known.files()) {
    const file = known.fileCoverageFor(path);
    const hits: LineHits = { ...file.getLineCoverage() };
    for (const map of maps.filter((one) => one.files().includes(path)))
      for (const [line, count] of Object.entries(map.fileCoverageFor(path).getLineCoverage()))
        if (line in hits) hits[line] = hits[line]! + count;
    all[path] = byLine(file.data, hits);
  }
  return all;
}

type LineHits = Record<string, number>;

/** A file whose statements are its lines. */
function byLine(file: FileCoverageData, hits: LineHits): FileCoverageData {
  const lines = Object.keys(hits);
  const place = (line: string) => ({
    start: { line: Number(line), column: 0 },
    end: { line: Number(line), column: Number.MAX_SAFE_INTEGER },
  });
  return {
    ...file,
    statementMap: Object.fromEntries(lines.map((line) => [line, place(line)])),
    s: hits,
  };
}
