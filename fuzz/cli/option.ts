import { InvalidArgumentError, Option } from "commander";

/** Which machine a command runs on. */
export type MachineName = "model" | "impl";

export function machineOption(): Option {
  return new Option("--machine <name>", "the reference model, or the engine")
    .choices(["model", "impl"])
    .makeOptionMandatory();
}

/** Faults to plant in the engine on purpose. */
export function faultOption(): Option {
  return new Option("--fault <ids>", "plant faults in the engine: a comma list")
    .argParser(list)
    .default([], "none");
}

/** A parser of whole numbers in a range. */
export function wholeNumber(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (/^(\d+|0x[0-9a-fA-F]+)$/.test(text) && value >= min && value <= max) return value;
    throw new InvalidArgumentError(`expected a whole number from ${min} to ${max}`);
  };
}

function list(text: string, before: readonly string[]): string[] {
  return [...before, ...text.split(",").filter((id) => id !== "")];
}
