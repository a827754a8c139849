import { type Command, InvalidArgumentError } from "commander";
import { huntTable } from "../../reports/hunt.ts";
import { BadInput } from "../bad-input.ts";
import { type Hunt, hunt } from "../faults/hunt.ts";
import { type PlantedFault, roster } from "../faults/roster.ts";

interface Options {
  readonly ids?: readonly string[];
  readonly seed: string;
  readonly seconds: number;
}

export function register(program: Command): void {
  program
    .command("zoo")
    .description("plant each known fault in the engine and see it found and shrunk")
    .option("--ids <ids>", "only these: a comma list", (text: string) => text.split(","))
    .option("--seed <text>", "decides every program", "zoo")
    .option("--seconds <t>", "the most seconds for one fault", seconds, 60)
    .action(zoo);
}

/** Exit code 0 if every fault was found, 1 if one was not, 2 if it was interrupted before that is known. */
async function zoo({ ids, seed, seconds: limit }: Options): Promise<void> {
  const faults = ids === undefined ? roster : ids.map(faultOf);
  const interrupt = new AbortController();
  const onSignal = () => interrupt.abort();
  const isInterrupted = () => interrupt.signal.aborted;
  process.once("SIGINT", onSignal).once("SIGTERM", onSignal);
  const hunts: Hunt[] = [];
  for (const fault of faults) {
    if (isInterrupted()) break;
    const options = { seed, seconds: limit, clock: () => performance.now(), signal: interrupt.signal };
    const result = await hunt(fault, options);
    if (result.found || !isInterrupted()) hunts.push(result);
    process.stderr.write(`${fault.id} ${result.found ? `found, ${result.words} words` : "not found"}\n`);
  }
  process.off("SIGINT", onSignal).off("SIGTERM", onSignal);
  process.stdout.write(`${huntTable(hunts)}\n`);
  const isComplete = hunts.length === faults.length;
  process.exitCode = hunts.some(({ found }) => !found) ? 1 : isComplete ? 0 : 2;
}

function faultOf(id: string): PlantedFault {
  const fault = roster.find((planted) => planted.id === id);
  if (fault === undefined) throw new BadInput(`--ids: no planted fault is called ${id}`);
  return fault;
}

function seconds(text: string): number {
  const value = Number(text);
  if (Number.isFinite(value) && value > 0 && value <= 86_400) return value;
  throw new InvalidArgumentError("expected a number above 0, at most 86400");
}
