/** A reporter of Vitest that leaves what failed in the suite as SARIF: `--reporter=./properties/sarif-reporter.ts`. */
import { mkdirSync } from "node:fs";
import { relative } from "node:path";
import type { Reporter, TestCase, TestModule } from "vitest/node";
import { writeWhole } from "../fuzz/program/file.ts";
import type { Case } from "../reports/ci/outcome.ts";
import { sarifJson } from "../reports/ci/sarif.ts";

const OUT = "out/suite";

export default class SarifReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const cases = modules.flatMap((one) => [
      ...one.errors().map((error) => brokenModule(one, error.message)),
      ...tests(one),
    ]);
    mkdirSync(OUT, { recursive: true });
    writeWhole(`${OUT}/suite.sarif`, sarifJson({ command: "capwright suite", cases }));
  }
}

function tests(module: TestModule): Case[] {
  return [...module.children.allTests()].map((one) => caseOf(one, fileOf(module)));
}

function caseOf(one: TestCase, file: string): Case {
  const { state, errors } = one.result();
  const [first] = errors ?? [];
  return {
    ...atFile(file),
    name: one.fullName,
    outcome: state === "passed" ? "holds" : state === "skipped" ? "skipped" : "broken",
    seconds: (one.diagnostic()?.duration ?? 0) / 1000,
    message: first?.message ?? state,
    details: first?.stack ?? "",
    line: one.location?.line ?? null,
  };
}

/** A file that could not be loaded, or failed outside its tests. */
function brokenModule(module: TestModule, message: string): Case {
  const file = fileOf(module);
  return { ...atFile(file), name: file, outcome: "broken", seconds: 0, message, details: "", line: null };
}

function atFile(file: string): Pick<Case, "group" | "rule" | "file"> {
  return { group: file, rule: `suite/${file.split("/")[0]}`, file };
}

function fileOf({ moduleId }: TestModule): string {
  return relative(process.cwd(), moduleId);
}
