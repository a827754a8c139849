/** What commands leave for continuous integration, beside what they print. */
import { type Command, Option } from "commander";
import { annotations } from "../../reports/ci/annotations.ts";
import { junitXml } from "../../reports/ci/junit.ts";
import type { RunOutcome } from "../../reports/ci/outcome.ts";
import { sarifJson } from "../../reports/ci/sarif.ts";
import { writeWhole } from "../program/index.ts";

/** Where a command is asked to leave its outcome. */
export interface CiOptions {
  readonly junit?: string;
  readonly sarif?: string;
  readonly annotations?: true;
}

export function withCiOptions(command: Command): Command {
  return command
    .addOption(new Option("--junit <file>", "also write the outcome as JUnit XML"))
    .addOption(new Option("--sarif <file>", "also write what failed as SARIF 2.1.0"))
    .addOption(new Option("--annotations", "also print what failed as annotations of GitHub Actions"));
}

/** @throws BadInput when a file cannot be written. */
export function leaveOutcome({ junit, sarif, annotations: asked }: CiOptions, outcome: RunOutcome): void {
  if (junit !== undefined) writeWhole(junit, junitXml(outcome));
  if (sarif !== undefined) writeWhole(sarif, sarifJson(outcome));
  if (asked) process.stdout.write(annotations(outcome));
}
