/** SARIF 2.1.0 (OASIS): one run, a rule for each promise that was broken, a result for each case that failed. */
import { type Case, isFailure, type RunOutcome } from "./outcome.ts";

const SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json";

export function sarifJson({ command, cases }: RunOutcome): string {
  const failures = cases.filter(isFailure);
  const rules = [...new Set(failures.map(({ rule }) => rule))];
  const log = {
    $schema: SCHEMA,
    version: "2.1.0",
    runs: [
      {
        tool: { driver: { name: command, rules: rules.map((id) => ({ id })) } },
        columnKind: "utf16CodeUnits",
        results: failures.map((one) => resultOf(one, rules.indexOf(one.rule))),
      },
    ],
  };
  return `${JSON.stringify(log, null, 2)}\n`;
}

function resultOf(one: Case, ruleIndex: number) {
  const { outcome, rule, name, message, details } = one;
  return {
    ruleId: rule,
    ruleIndex,
    level: outcome === "broken" ? "error" : "warning",
    message: { text: details === "" ? message : `${message}\n\n${details}` },
    ...locationsOf(one),
    // The same finding in the next run is the same result, whatever its story says.
    partialFingerprints: { "capwright/v1": `${rule} ${name}` },
  };
}

function locationsOf({ file, line }: Case) {
  if (file === null) return {};
  const artifactLocation = { uri: file.split(/[/\\]/).map(encodeURIComponent).join("/") };
  const region = line === null ? {} : { region: { startLine: line } };
  return { locations: [{ physicalLocation: { artifactLocation, ...region } }] };
}
