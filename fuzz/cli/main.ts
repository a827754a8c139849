#!/usr/bin/env node
/**
 * The command line. Each command is a file beside this one that exports `register(program)`.
 *
 * Exit codes: 0 holds, 1 broken, 2 unknown or unusable input.
 */
import { Command, CommanderError } from "commander";
import { BadInput } from "../bad-input.ts";
import * as asm from "./asm.ts";
import * as cvm from "./cvm.ts";
import * as density from "./density.ts";
import * as disasm from "./disasm.ts";
import * as fuzz from "./fuzz.ts";
import * as link from "./link.ts";
import * as minimize from "./minimize.ts";
import * as replay from "./replay.ts";
import * as report from "./report.ts";
import * as run from "./run.ts";
import * as serve from "./serve.ts";
import * as zoo from "./zoo.ts";

const program = new Command("capwright")
  .description("Property-based verification and fuzzing for capability machines")
  .exitOverride()
  .configureOutput({ outputError: (text, write) => write(`capwright: ${text.replace(/^error: /, "")}`) });

for (const command of [fuzz, replay, minimize, serve, run, asm, disasm, link, cvm, density, zoo, report])
  command.register(program);

// Whoever reads may stop reading, as `head` does; what was begun is still done, and recorded.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error;
});

try {
  await program.parseAsync();
} catch (error) {
  if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? 0 : 2;
  else if (error instanceof BadInput) {
    process.stderr.write(`capwright: ${error.message}\n`);
    process.exitCode = 2;
  } else throw error;
}
