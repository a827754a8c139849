#!/usr/bin/env node
/**
 * The command line. Each command is a file beside this one that exports `register(program)`.
 *
 * Exit codes: 0 holds, 1 broken, 2 unknown or unusable input.
 */
import { Command, CommanderError } from "commander";
import { BadInput } from "../bad-input.ts";

/** In the order in which help lists them. A command is loaded only if it is run, or help may be asked for. */
const commands = {
  fuzz: () => import("./fuzz.ts"),
  replay: () => import("./replay.ts"),
  minimize: () => import("./minimize.ts"),
  serve: () => import("./serve.ts"),
  run: () => import("./run.ts"),
  asm: () => import("./asm.ts"),
  disasm: () => import("./disasm.ts"),
  link: () => import("./link.ts"),
  cvm: () => import("./cvm.ts"),
  density: () => import("./density.ts"),
  zoo: () => import("./zoo.ts"),
  report: () => import("./report.ts"),
};

const program = new Command("capwright")
  .description("Property-based verification and fuzzing for capability machines")
  .exitOverride()
  .configureOutput({ outputError: (text, write) => write(`capwright: ${text.replace(/^error: /, "")}`) });

const named = Object.entries(commands).filter(([name]) => name === process.argv[2]);
for (const [, load] of named.length > 0 ? named : Object.entries(commands)) (await load()).register(program);

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
