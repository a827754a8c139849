import { join } from "node:path";
import { type Command, InvalidArgumentError, Option } from "commander";
import { zooCases } from "../../reports/ci/cases.ts";
import { isFound, zooText } from "../../reports/zoo.ts";
import { BadInput } from "../bad-input.ts";
import { makeFolder } from "../campaign/output.ts";
import type { Catcher, Level } from "../faults/planted-fault.ts";
import { jsonText } from "../program/hex.ts";
import { writeWhole } from "../program/index.ts";
import type { Specimen, Where, ZooRecord } from "../zoo/record.ts";
import { plantsOf, runZoo } from "../zoo/zoo.ts";
import { type CiOptions, leaveOutcome, withCiOptions } from "./ci.ts";
import { lettersOption, positiveNumber, wholeNumber } from "./option.ts";

interface Options extends CiOptions {
  readonly level: Level;
  readonly ids?: readonly string[];
  readonly where: readonly Where[];
  readonly oracle?: readonly Catcher[];
  readonly seed: string;
  readonly seeds: number;
  readonly seconds: number;
  readonly workers: number;
  readonly out: string;
}

const PLACES: readonly Where[] = ["impl", "model", "both"];
const CATCHERS: Readonly<Record<Level, readonly Catcher[]>> = {
  machine: ["D", "L", "A", "M", "O", "S", "V"],
  system: ["D", "M", "T", "S", "V", "O", "A", "N"],
};

const OTHER_LEVEL: Readonly<Record<Level, string>> = {
  machine: "faults of cVMs and their Intravisor: capwright zoo --level system",
  system: "faults of the machine: capwright zoo",
};

export function register(program: Command): void {
  const command = program
    .command("zoo")
    .description("plant each known fault in implementation, model and both, and see it found and shrunk")
    .addOption(
      new Option("--level <level>", "faults of the machine, or of cVMs under the Intravisor")
        .choices(["machine", "system"])
        .default("machine"),
    )
    .option("--ids <ids>", "only these: a comma list", (text: string) => text.split(","))
    .addOption(
      new Option("--where <places>", "where to plant: a comma list of impl, model, both")
        .argParser(places)
        .default(PLACES, "all"),
    )
    .addOption(lettersOption([...new Set([...CATCHERS.machine, ...CATCHERS.system])]))
    .option("--seed <text>", "decides every program", "zoo")
    .addOption(new Option("--seeds <n>", "hunts for each").argParser(wholeNumber(1, 1000)).default(10))
    .addOption(
      new Option("--seconds <t>", "the most seconds for one hunt").argParser(positiveNumber).default(60),
    )
    .addOption(new Option("--workers <n>", "worker threads").argParser(wholeNumber(1, 32)).default(1))
    .option("--out <folder>", "where zoo.json is written", "out/zoo")
    .action(zoo);
  withCiOptions(command);
}

/** Exit code 0 if every fault was found with every seed, 1 if one was not, 2 if it was interrupted. */
async function zoo(given: Options, command: Command): Promise<void> {
  const { level, ids, where, oracle, out, ...options } = given;
  const { writeOut, writeErr } = command.configureOutput();
  const plants = plantsOf(level, ids ?? null, where);
  const oracles = oracle ?? CATCHERS[level];
  const stranger = oracles.find((one) => !CATCHERS[level].includes(one));
  if (stranger !== undefined) {
    throw new BadInput(
      `--oracle ${stranger}: nobody at level ${level}; expected ${CATCHERS[level].join(", ")}`,
    );
  }
  makeFolder(out);
  const path = join(out, "zoo.json");
  const save = (record: ZooRecord) => writeWhole(path, jsonText(record));
  const interrupt = new AbortController();
  const onSignal = () => interrupt.abort();
  process.once("SIGINT", onSignal).once("SIGTERM", onSignal);
  try {
    const record = await runZoo({
      ...options,
      level,
      plants,
      oracles,
      clock: () => performance.now(),
      signal: interrupt.signal,
      onSpecimen: (specimen, sofar) => {
        writeErr!(`${progressText(specimen, sofar, plants.length)}\n`);
        save(sofar);
      },
    });
    save(record);
    writeOut!(`${zooText(record)}\n\nwritten to ${path}\n${OTHER_LEVEL[level]}\n`);
    leaveOutcome(given, { command: "capwright zoo", cases: zooCases(record) });
    process.exitCode = record.interrupted ? 2 : record.specimens.every(isFound) ? 0 : 1;
  } finally {
    process.off("SIGINT", onSignal).off("SIGTERM", onSignal);
  }
}

function progressText(
  { where, id, hunts, laws }: Specimen,
  { specimens }: ZooRecord,
  plants: number,
): string {
  const programs = hunts.filter(({ foundBy }) => foundBy !== null).length;
  const broken = laws.filter(({ law }) => law !== null).length;
  const byLaws = laws.length === 0 ? "" : `, by laws ${broken} of ${laws.length}`;
  const found = `found ${programs} of ${hunts.length}${byLaws}`;
  return `${specimens.length}/${plants} ${where}:${id} ${found}`;
}

function places(text: string): Where[] {
  const named = text.split(",");
  const isPlace = (one: string): one is Where => (PLACES as readonly string[]).includes(one);
  if (named.every(isPlace)) return PLACES.filter((place) => named.includes(place));
  throw new InvalidArgumentError("expected a comma list of impl, model, both");
}
