/** Lines and branches by folder, held against what they have to be. */
import coverage, { type CoverageMapData } from "istanbul-lib-coverage";

export interface FolderCoverage {
  readonly folder: string;
  readonly lines: number;
  readonly covered: number;
  readonly branches: number;
  readonly taken: number;
  /** Percent of the lines. */
  readonly floor: number;
}

/**
 * A file belongs to the longest folder that it lies in.
 *
 * @param root the folder that the paths of the map begin with.
 */
export function byFolder(
  data: CoverageMapData,
  root: string,
  floors: Readonly<Record<string, number>>,
): FolderCoverage[] {
  const map = coverage.createCoverageMap(data);
  const longestFirst = Object.keys(floors).toSorted((one, other) => other.length - one.length);
  const folderOf = (path: string) => longestFirst.find((folder) => path.startsWith(`${root}/${folder}/`));
  return Object.entries(floors).map(([folder, floor]) => {
    const sum = coverage.createCoverageSummary();
    for (const path of map.files().filter((one) => folderOf(one) === folder))
      sum.merge(map.fileCoverageFor(path).toSummary());
    const { lines, branches } = sum;
    return {
      folder,
      lines: lines.total,
      covered: lines.covered,
      branches: branches.total,
      taken: branches.covered,
      floor,
    };
  });
}

export function linePercent({ lines, covered }: FolderCoverage): number {
  return lines === 0 ? 0 : (100 * covered) / lines;
}

/** Whether fewer lines are come to than must be, or nothing is known of the folder. */
export function isBelow(folder: FolderCoverage): boolean {
  return linePercent(folder) < folder.floor;
}
