/** What the commands do at level object: byte fuzzing of both verifiers, and one file judged by both. */
import { join } from "node:path";
import { signedCases } from "../../reports/ci/cases.ts";
import type { Case } from "../../reports/ci/outcome.ts";
import { columns } from "../../reports/columns.ts";
import { BadInput } from "../bad-input.ts";
import { makeFolder } from "../campaign/output.ts";
import type { CanaryResult } from "../campaign/record.ts";
import { writeWhole } from "../program/file.ts";
import { jsonText } from "../program/hex.ts";
import type { Conclusion } from "../replay/verdict.ts";
import {
  ANSWERS,
  loneCrew,
  type ObjectCampaign,
  type ObjectFinding,
  runObjectCampaign,
  threadedCrew,
} from "./fuzz-campaign.ts";
import { findObjectCanaries } from "./fuzz-canary.ts";
import { answerOf, signatureOf, verifiers } from "./fuzz-shard.ts";
import { listObject } from "./link-listing.ts";

interface Options {
  readonly seed: string;
  readonly budget: { readonly runs: number } | { readonly seconds: number };
  readonly workers: number;
  readonly findings: number;
  readonly out: string;
}

const PROGRESS_MS = 5000;
const exitCodes = { holds: 0, broken: 1, unknown: 2 } as const;

/** Names of the checks by the number that a refusal gives. */
const CHECKS: Readonly<Record<number, string>> = {
  0: "accepted",
  1: "header, sizes, names",
  2: "exact bounds",
  3: "reserved fields",
  4: "places of relocations",
  5: "targets of relocations",
  6: "kinds of relocations in segments",
  7: "exports",
  9: "accesses to state",
  10: "imports",
};

/** `fuzz --level object`. Answers what there is to tell of it. */
export async function fuzzObjects({
  seed,
  budget,
  workers,
  findings,
  out,
}: Options): Promise<readonly Case[]> {
  makeFolder(out);
  const interrupt = new AbortController();
  const onSignal = () => interrupt.abort();
  process.once("SIGINT", onSignal).once("SIGTERM", onSignal);
  const crew = workers === 1 ? loneCrew() : threadedCrew(workers);
  let toldMs = 0;
  try {
    process.stdout.write(`seed ${seed}\n`);
    const result = await runObjectCampaign({
      seed,
      budget,
      workers,
      crew,
      verifiers,
      findingsMax: findings,
      canaries: await findObjectCanaries(),
      clock: () => performance.now(),
      signal: interrupt.signal,
      onProgress: ({ files, elapsedMs, findings: found }) => {
        if (elapsedMs - toldMs < PROGRESS_MS) return;
        toldMs = elapsedMs;
        const rate = (files / elapsedMs) * 1000;
        const parts = [
          `${Math.floor(elapsedMs / 1000)} s`,
          `${number(files)} files`,
          `${number(rate)} files/s`,
        ];
        process.stderr.write(`${[...parts, `findings ${found}`].join("   ")}\n`);
      },
    });
    const files = result.findings.map((finding) => store(out, finding));
    const told = result.findings.map(({ bytes: _, ...finding }, index) => ({
      ...finding,
      file: files[index]!,
    }));
    const record = { format: "capwright-object-campaign", version: 1, ...result, findings: told };
    writeWhole(join(out, "objects.json"), jsonText(record));
    process.stdout.write(`\n${summaryOf(result, files)}\n`);
    process.exitCode = exitCodes[result.verdict];
    const named = new Map(result.findings.map(({ signature }, index) => [signature, files[index]!]));
    return signedCases({ ...result, signatures: result.findings }, "object", named);
  } finally {
    process.off("SIGINT", onSignal).off("SIGTERM", onSignal);
    await crew.close();
  }
}

/** Writes the small file; its name follows from the signature. */
function store(folder: string, { signature, bytes }: ObjectFinding): string {
  const path = join(folder, `${signature.replace(/[^a-z0-9]+/g, "-")}.obj`);
  writeWhole(path, bytes);
  return path;
}

function summaryOf(result: ObjectCampaign, files: readonly string[]): string {
  const { reasons, findings, verdict, reason, elapsedMs } = result;
  const answers = ANSWERS.map((answer) => {
    const count = reasons[answer] ?? 0;
    return [`${answer}`, CHECKS[answer]!, count === 0 ? "never" : number(count)];
  });
  const work = [
    ["seed", result.seed],
    ["canaries", result.canaries.map(canaryText).join(", ")],
    ["files", `${number(result.files)}, ${number((result.files / Math.max(1, elapsedMs)) * 1000)} a second`],
    ["time", `${(elapsedMs / 1000).toFixed(1)} s`],
    ...(result.isInterrupted ? [["ended", "early, by request"]] : []),
  ];
  const told = findings.map(({ signature, bytes, origin }, index) => [
    `${index + 1}`,
    signature,
    `${bytes.length} bytes, from file ${origin.run}`,
    `capwright replay ${files[index]}`,
  ]);
  return [
    columns([["answer", "", "files"], ...answers]),
    columns(work),
    told.length === 0 ? "" : `Findings\n${columns(told)}`,
    `verdict: ${verdict} (${reason})`,
  ]
    .filter((part) => part !== "")
    .join("\n\n");
}

function canaryText({ plant, foundBy, tests }: CanaryResult): string {
  return `${plant} ${foundBy === null ? "MISSED" : `found by ${foundBy}`} in ${tests}`;
}

function number(value: number): string {
  return Math.round(value).toLocaleString("en-US");
}

/** `replay` of an object file: what both verifiers say of it, and what is in it. */
export function replayObject(bytes: Uint8Array, name: string): Conclusion {
  const expected = answerOf(verifiers.expect, bytes);
  const answer = answerOf(verifiers.actual, bytes);
  const listing = listingOf(bytes, name);
  const same = expected === answer && typeof answer === "number";
  const check =
    typeof answer === "number" ? `, ${answer === 0 ? "" : "check "}${answer}: ${CHECKS[answer]}` : "";
  const text = same ? `holds: both give the same answer${check}` : `broken: ${signatureOf(expected, answer)}`;
  return { verdict: same ? "holds" : "broken", text: listing === null ? text : `${listing}\n${text}` };
}

function listingOf(bytes: Uint8Array, name: string): string | null {
  try {
    return listObject(bytes, name);
  } catch (error) {
    if (error instanceof BadInput) return null;
    throw error;
  }
}
