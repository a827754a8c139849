/** JUnit XML, as continuous-integration servers read it: suites are groups; what could not be told is an error. */
import type { Case, RunOutcome } from "./outcome.ts";

export function junitXml({ command, cases }: RunOutcome): string {
  const groups = [...new Set(cases.map(({ group }) => group))];
  const suites = groups.map((name) =>
    suiteXml(
      name,
      cases.filter(({ group }) => group === name),
    ),
  );
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="${escaped(command)}" ${totals(cases)}>`,
    ...suites,
    "</testsuites>",
    "",
  ].join("\n");
}

function suiteXml(group: string, cases: readonly Case[]): string {
  return [
    `  <testsuite name="${escaped(group)}" ${totals(cases)}>`,
    ...cases.map(caseXml),
    "  </testsuite>",
  ].join("\n");
}

function caseXml(one: Case): string {
  const { group, name, outcome, seconds, rule, message, details, file } = one;
  const place = file === null ? "" : ` file="${escaped(file)}"`;
  const head = `    <testcase classname="${escaped(group)}" name="${escaped(name)}" time="${seconds.toFixed(3)}"${place}`;
  if (outcome === "holds") return `${head}/>`;
  if (outcome === "skipped") return `${head}><skipped/></testcase>`;
  const tag = outcome === "broken" ? "failure" : "error";
  const text = escaped(details === "" ? message : details);
  return `${head}>\n      <${tag} type="${escaped(rule)}" message="${escaped(message)}">${text}</${tag}>\n    </testcase>`;
}

function totals(cases: readonly Case[]): string {
  const count = (outcome: Case["outcome"]) => cases.filter((one) => one.outcome === outcome).length;
  const seconds = cases.reduce((sum, one) => sum + one.seconds, 0);
  return (
    `tests="${cases.length}" failures="${count("broken")}" errors="${count("unknown")}" ` +
    `skipped="${count("skipped")}" time="${seconds.toFixed(3)}"`
  );
}

/** Text as XML 1.0 can hold it: characters that it has no way to write become U+FFFD. */
function escaped(text: string): string {
  return text
    .replaceAll(/[^\P{Cc}\t\n\r]|[\p{Cs}\ufffe\uffff]/gu, "\ufffd")
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;")
    .replaceAll(/\r/g, "&#13;");
}
