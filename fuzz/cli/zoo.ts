import { join } from "node:path";
import { type Command, InvalidArgumentError, Option } from "commander";
import { isFound, zooText } from "../../reports/zoo.ts";
import { makeFolder } from "../campaign/output.ts";
import type { Catcher } from "../faults/planted-fault.ts";
import { jsonText } from "../program/hex.ts";
import { writeWhole } from "../program/index.ts";
import type { Specimen, Where, ZooRecord } from "../zoo/record.ts";
import { plantsOf, runZoo } from "../zoo/zoo.ts";
import { oracleOption, positiveNumber, wholeNumber } from "./option.ts";

interface Options {
  readonly ids?: readonly string[];
  readonly where: readonly Where[];
  readonly oracle: readonly Catcher[];
  readonly seed: string;
  readonly seeds: number;
  readonly seconds: number;
  readonly workers: number;
  readonly out: string;
}

const PLACES: readonly Where[] = ["impl", "model", "both"];
const CATCHERS: readonly Catcher[] = ["D", "L", "A", "M", "O", "S", "V"];

export function register(program: Command): void {
  program
    .command("zoo")
    .description("plant each known fault in engine, model and both, and see it found and shrunk")
    .option("--ids <ids>", "only these: a comma list", (text: string) => text.split(","))
    .addOption(
      new Option("--where <places>", "where to plant: a comma list of impl, model, both")
        .argParser(places)
        .default(PLACES, "all"),
    )
    .addOption(oracleOption(CATCHERS))
    .option("--seed <text>", "decides every program", "zoo")
    .addOption(new Option("--seeds <n>", "hunts for each").argParser(wholeNumber(1, 1000)).default(10))
    .addOption(
      new Option("--seconds <t>", "the most seconds for one hunt").argParser(positiveNumber).default(60),
    )
    .addOption(new Option("--workers <n>", "worker threads").argParser(wholeNumber(1, 32)).default(1))
    .option("--out <folder>", "where zoo.json is written", "out/zoo")
    .action(zoo);
}

/** Exit code 0 if every fault was found with every seed, 1 if one was not, 2 if it was interrupted. */
async function zoo(
  { ids, where, oracle: oracles, out, ...options }: Options,
  command: Command,
): Promise<void> {
  const { writeOut, writeErr } = command.configureOutput();
  const plants = plantsOf(ids ?? null, where);
  makeFolder(out);
  const path = join(out, "zoo.json");
  const save = (record: ZooRecord) => writeWhole(path, jsonText(record));
  const interrupt = new AbortController();
  const onSignal = () => interrupt.abort();
  process.once("SIGINT", onSignal).once("SIGTERM", onSignal);
  try {
    const record = await runZoo({
      ...options,
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
    writeOut!(`${zooText(record)}\n\nwritten to ${path}\n`);
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
  const found = `found by programs ${programs} of ${hunts.length}, by laws ${broken} of ${laws.length}`;
  return `${specimens.length}/${plants} ${where}:${id} ${found}`;
}

function places(text: string): Where[] {
  const named = text.split(",");
  const isPlace = (one: string): one is Where => (PLACES as readonly string[]).includes(one);
  if (named.every(isPlace)) return PLACES.filter((place) => named.includes(place));
  throw new InvalidArgumentError("expected a comma list of impl, model, both");
}
