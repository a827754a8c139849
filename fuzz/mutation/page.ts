/** A report of mutation testing as a page that needs nothing else. */
import type { MutationReport } from "./record.ts";

/** @param viewer the script of StrykerJS that shows such reports. */
export function mutationPage(report: MutationReport, viewer: string): string {
  // A source may well contain the end of a script.
  const data = JSON.stringify(report).replaceAll("<", "\\u003c");
  return `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>Mutation testing of capwright</title></head>
<body>
<mutation-test-report-app titlePostfix="capwright">This page needs JavaScript.</mutation-test-report-app>
<script>${viewer}</script>
<script>document.querySelector("mutation-test-report-app").report = ${data};</script>
</body>
</html>
`;
}
