/** The planted faults that an engine can be emitted with. What each does is told by fuzz/faults/roster.ts. */

/** Names of all planted faults, as in the public list that they are taken from. */
export const faultIds = [
  "E01",
  "E02",
  "E03",
  "E04",
  "E05",
  "E06",
  "E08",
  "E18",
  "E19",
  "E21",
  "E24",
  "E25",
  "E27",
  "E28",
  "E29",
  "P01",
  "P04",
  "P06",
  "P12",
  "P14",
  "P18",
  "P20",
  "P22",
  "P24",
  "P25",
  "P26",
  "S02",
  "S03",
  "S04",
  "S08",
  "S11",
  "S14",
  "S17",
  "S18",
  "F02",
  "F03",
  "F07",
  "T01",
  "T02",
  "T04",
  "T05",
  "T10",
  "T11",
  "X04",
  "X08",
  "X09",
  "X10",
] as const;

export type FaultId = (typeof faultIds)[number];

/** The faults of one engine; empty for a sound one. */
export type Faults = ReadonlySet<FaultId>;

/** Throws RangeError unless every name is that of a planted fault. */
export function faultsOf(names: Iterable<string>): Faults {
  const known: readonly string[] = faultIds;
  for (const name of names) {
    if (!known.includes(name)) throw new RangeError(`${name}: no planted fault has this name`);
  }
  return new Set(names) as Faults;
}
