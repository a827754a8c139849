import { type Command, Option } from "commander";
import { startRvfiServer } from "../rvfi/server.ts";
import { createMachine, PROGRAM_RAM_SIZE } from "./machines.ts";
import { faultOption, type MachineName, machineOption, wholeNumber } from "./option.ts";

interface Options {
  readonly machine: MachineName;
  readonly port: number;
  readonly host: string;
  readonly once?: true;
  readonly fault: readonly string[];
}

export function register(program: Command): void {
  program
    .command("serve")
    .description("answer RVFI-DII, trace versions 1 and 2, many connections one after the other")
    .addOption(machineOption())
    .addOption(
      new Option("--port <p>", "port to listen on; 0 picks a free one")
        .argParser(wholeNumber(0, 65535))
        .makeOptionMandatory(),
    )
    .option("--host <address>", "address of this host to listen on", "127.0.0.1")
    .option("--once", "end after the first connection")
    .addOption(faultOption())
    .action(serve);
}

/** Serves until it is interrupted, or until the first connection ends. */
async function serve(options: Options, command: Command): Promise<void> {
  const { writeOut, writeErr } = command.configureOutput();
  const server = await startRvfiServer({
    machine: await createMachine(options.machine, PROGRAM_RAM_SIZE, options.fault),
    host: options.host,
    port: options.port,
    once: options.once === true,
    report: (line) => writeErr!(`capwright: ${line}\n`),
  });
  writeOut!(`${options.machine} listens on rvfi://${options.host}:${server.port}\n`);

  const stop = () => server.close();
  process.once("SIGINT", stop).once("SIGTERM", stop);
  try {
    await server.ended;
  } finally {
    process.off("SIGINT", stop).off("SIGTERM", stop);
  }
}
