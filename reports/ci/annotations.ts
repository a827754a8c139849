/** Workflow commands of GitHub Actions: a line for each case that failed, shown where people look at a change. */
import { type Case, isFailure, type RunOutcome } from "./outcome.ts";

/** Lines, each with its end; the empty text if nothing failed. */
export function annotations({ command, cases }: RunOutcome): string {
  return cases
    .filter(isFailure)
    .map((one) => `${annotation(command, one)}\n`)
    .join("");
}

function annotation(command: string, { outcome, name, message, details, file, line }: Case): string {
  const level = outcome === "broken" ? "error" : "warning";
  const properties = [
    ...(file === null ? [] : [`file=${property(file)}`]),
    ...(line === null ? [] : [`line=${line}`]),
    `title=${property(`${command}: ${name}`)}`,
  ];
  return `::${level} ${properties.join(",")}::${data(details === "" ? message : `${message}\n${details}`)}`;
}

function data(text: string): string {
  return text.replaceAll("%", "%25").replaceAll("\r", "%0D").replaceAll("\n", "%0A");
}

function property(text: string): string {
  return data(text).replaceAll(":", "%3A").replaceAll(",", "%2C");
}
