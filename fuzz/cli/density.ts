import { join, relative } from "node:path";
import { type Command, InvalidArgumentError, Option } from "commander";
import { makeFolder } from "../campaign/output.ts";
import { experimentOf } from "../density/experiment.ts";
import { readLibrary } from "../density/library.ts";
import { plotsOf, recordOf, textOf } from "../density/report.ts";
import { svgOf } from "../density/svg.ts";
import { jsonText } from "../program/hex.ts";
import { writeWhole } from "../program/index.ts";
import { ROOT } from "../variant/sources.ts";
import { readBinary } from "./input.ts";
import { wholeNumber } from "./option.ts";

interface Options {
  readonly memory: number;
  readonly heap: number;
  readonly equal: number;
  readonly rewritten: number;
  readonly talk?: true;
  readonly out: string;
}

const MEMORY_MIB_DEFAULT = 64;
const MEMORY_MIB_MAX = 65_536;
const HEAP_KIB_DEFAULT = 256;
const LIBRARIES_DEFAULT = ["corpora/elf/counters.o", "corpora/elf/checksum.o"];

export function register(program: Command): void {
  program
    .command("density")
    .description(
      "how many instances of a service fit into memory, with single-copy objects, with KSM and with neither",
    )
    .argument("[libraries...]", "ELF64 files whose pages are measured; small ones of corpora/elf if left out")
    .addOption(number("--memory <mib>", "memory, in MiB", 1, MEMORY_MIB_MAX, MEMORY_MIB_DEFAULT))
    .addOption(number("--heap <kib>", "heap of an instance, in KiB", 4, 2 ** 24, HEAP_KIB_DEFAULT))
    .addOption(share("--equal <share>", "share of the heap that is equal in all instances", 0.2))
    .addOption(share("--rewritten <share>", "share of the heap that is rewritten each second", 0.1))
    .option("--talk", "the scenario of the talk, 16 GB and 110 MB an instance, with its figures beside ours")
    .option("--out <folder>", "where records and plots are written", "out/density")
    .action(run);
}

function number(flags: string, what: string, min: number, max: number, by: number): Option {
  return new Option(flags, what).argParser(wholeNumber(min, max)).default(by);
}

const SHARE_MAX = 0.5;

function share(flags: string, what: string, by: number): Option {
  return new Option(flags, `${what}, up to ${SHARE_MAX}`).default(by).argParser((text) => {
    const value = Number(text);
    if (/^\d+(\.\d+)?$/.test(text) && value <= SHARE_MAX) return value;
    throw new InvalidArgumentError(`expected a number from 0 to ${SHARE_MAX}`);
  });
}

function run(files: readonly string[], options: Options, command: Command): void {
  const { memory, heap, equal, rewritten, talk, out } = options;
  const names = files.length > 0 ? files : LIBRARIES_DEFAULT.map((name) => relative("", join(ROOT, name)));
  const libraries = names.map((name) => readLibrary(readBinary(name), name));
  const shares = { equal, rewritten };
  const experiment = experimentOf(
    libraries,
    talk === true ? { kind: "talk", shares } : { kind: "service", memoryMib: memory, heapKib: heap, shares },
  );
  makeFolder(out);
  for (const [name, plot] of Object.entries(plotsOf(experiment))) {
    writeWhole(join(out, `${name}.json`), jsonText(recordOf(plot, experiment)));
    writeWhole(join(out, `${name}.svg`), svgOf(plot));
  }
  const { writeOut } = command.configureOutput();
  writeOut!(`${textOf(experiment)}\n\nwritten to ${out}: instances and resident bytes, as .json and .svg\n`);
}
