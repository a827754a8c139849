import { InvalidArgumentError, Option } from "commander";
import { type AcceptedDifference, loadAccepted } from "../finding/accepted.ts";
import type { PeerOptions } from "../rvfi/peer.ts";

/** Which machine a command runs on. */
export type MachineName = "model" | "impl";

export function machineOption(): Option {
  return new Option("--machine <name>", "the reference model, or the engine")
    .choices(["model", "impl"])
    .makeOptionMandatory();
}

/** Faults to plant on purpose. */
export function faultOption(): Option {
  return new Option("--fault <ids>", "plant faults: a comma list; E18 in the engine, model:E18, both:E18")
    .argParser(list)
    .default([], "none");
}

/** Who may object: a comma list of these letters; by default all of them. */
export function oracleOption<Letter extends string>(letters: readonly Letter[]): Option {
  return lettersOption(letters).default(letters, "all");
}

/** The same without a default. */
export function lettersOption<Letter extends string>(letters: readonly Letter[]): Option {
  const isLetter = (text: string): text is Letter => (letters as readonly string[]).includes(text);
  return new Option("--oracle <letters>", `only these: a comma list of ${letters.join(", ")}`).argParser(
    (text: string): Letter[] => {
      const named = text.split(",");
      if (!named.every(isLetter)) throw new InvalidArgumentError(`expected letters of ${letters.join(",")}`);
      return letters.filter((letter) => named.includes(letter));
    },
  );
}

/** Somebody else's implementation to compare the model with. */
export function againstOption(): Option {
  return new Option(
    "--against <url>",
    "compare with an implementation at rvfi://HOST:PORT, not the engine",
  ).conflicts("fault");
}

const TIMEOUT_SECONDS_DEFAULT = 10;

export function timeoutOption(): Option {
  return new Option("--timeout <t>", "with --against: an implementation silent for so many seconds hangs")
    .argParser(positiveNumber)
    .default(TIMEOUT_SECONDS_DEFAULT);
}

export function strictOption(): Option {
  return new Option("--strict", "with --against: compare what was read from memory, too");
}

/** The ledger of accepted differences. */
export function acceptedOption(): Option {
  return new Option(
    "--accepted <file>",
    "a ledger (YAML) of differences that are let pass, each until a day",
  );
}

/** What the ledger lets pass today. @throws BadInput naming file and line, also for an entry that has expired. */
export function acceptedIn(file: string | undefined): readonly AcceptedDifference[] {
  return file === undefined ? [] : loadAccepted(file, new Date().toISOString().slice(0, 10));
}

/** Words of the longest sequence sent to a peer. */
const SEQUENCE_WORDS_MAX = 65_536;

/** How a peer is treated: it gets five attempts, half a second apart, to come back after its death. */
export function peerOptions(timeoutSeconds: number): PeerOptions {
  return {
    connectTimeoutMs: timeoutSeconds * 1000,
    answerTimeoutMs: timeoutSeconds * 1000,
    wordsMax: SEQUENCE_WORDS_MAX,
    reconnectAttempts: 5,
    reconnectDelayMs: 500,
  };
}

export function positiveNumber(text: string): number {
  const value = Number(text);
  if (/^\d+(\.\d+)?$/.test(text) && value > 0) return value;
  throw new InvalidArgumentError("expected a number above 0");
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
