import { type Command, Option } from "commander";
import { BadInput } from "../bad-input.ts";
import { writeWhole } from "../program/index.ts";
import { linkUnits } from "../sco/link.ts";
import { listObject } from "../sco/link-listing.ts";
import { unitsOf } from "../sco/link-units.ts";
import { readBinary } from "./input.ts";

interface Options {
  readonly out?: string;
  readonly list?: true;
}

export function register(program: Command): void {
  program
    .command("link")
    .description("make a single-copy object of sources and ELF64 RISC-V relocatable objects")
    .argument(
      "<files...>",
      "sources (see corpora/sco/README.md) and relocatable objects (corpora/elf/README.md)",
    )
    .option("--out <file>", "where the object file is written")
    .addOption(new Option("--list", "print object files instead of making one").conflicts("out"))
    .action((files: readonly string[], { out, list }: Options, command: Command) => {
      const { writeOut } = command.configureOutput();
      if (list === true) {
        for (const file of files) writeOut!(`${file}\n\n${listObject(readBinary(file), file)}`);
        return;
      }
      if (out === undefined) throw new BadInput("--out: expected the name of the file to write");
      const units = unitsOf(files.map((file) => ({ file, bytes: readBinary(file) })));
      writeWhole(out, linkUnits(units, out));
    });
}
