/** The records of the commands as cases: a case for what the run says as a whole, and one for each thing in it. */
import type { CampaignRecord, FindingEntry } from "../../fuzz/campaign/record.ts";
import type { LawReport } from "../../fuzz/oracle/law/judge.ts";
import type { Specimen, ZooRecord } from "../../fuzz/zoo/record.ts";
import { isFound } from "../zoo.ts";
import type { Case } from "./outcome.ts";

const FUZZ = "capwright fuzz";
const ZOO = "capwright zoo";

/** What a replay came to. */
export interface Replayed {
  readonly file: string;
  readonly verdict: Case["outcome"];
  readonly text: string;
}

export function campaignCases(record: CampaignRecord): Case[] {
  const findings = record.findings.map((finding) => ({
    ...brokenBy(finding.signature, finding.file),
    rule: ruleOf(finding),
    message: `${spoken(finding)}${again(finding.file)}`,
  }));
  return [...findings, wholeRun(record, record.findings.length > 0)];
}

/** Of cVMs, or of files of objects. `files` has where each finding was written, by its signature. */
export function signedCases(record: Signed, rule: string, files: ReadonlyMap<string, string>): Case[] {
  const findings = record.signatures.map(({ signature }) => {
    const file = files.get(signature) ?? null;
    return { ...brokenBy(signature, file), rule, message: `${signature}${again(file)}` };
  });
  return [...findings, wholeRun(record, record.signatures.length > 0)];
}

/** A case for each law. */
export function lawCases({ counts, breaches, verdict, reason, elapsedMs }: LawReport): Case[] {
  const laws = [...new Set(counts.map(({ law }) => law))].map((law) => {
    const broken = breaches.filter((breach) => breach.law === law);
    const message =
      broken.length === 0 ? "holds" : `broken in ${broken.map(({ library }) => library).join(", ")}`;
    const outcome = broken.length === 0 ? ("holds" as const) : ("broken" as const);
    return { ...NOTHING, group: FUZZ, name: law, outcome, rule: `L/${law}`, message };
  });
  return [...laws, wholeRun({ verdict, reason, elapsedMs }, breaches.length > 0)];
}

/** What is planted to be found was not: nothing was run. */
export function missedCase(message: string): Case {
  return { ...NOTHING, group: FUZZ, name: "canaries", outcome: "unknown", rule: "canaries", message };
}

/** A run whose findings are known by their signatures. */
type Signed = Pick<CampaignRecord, "verdict" | "reason" | "elapsedMs"> & {
  readonly signatures: readonly { readonly signature: string }[];
};

export function zooCases({ specimens, interrupted }: ZooRecord): Case[] {
  const ended = {
    ...NOTHING,
    group: ZOO,
    name: "hunt",
    rule: "interrupted",
    message: "ended early, by request",
  };
  return [
    ...specimens.map(specimenCase),
    ...(interrupted ? [{ ...ended, outcome: "unknown" as const }] : []),
  ];
}

export function replayCases(replayed: readonly Replayed[]): Case[] {
  return replayed.map(({ file, verdict, text }) => ({
    ...NOTHING,
    group: "capwright replay",
    name: file,
    outcome: verdict,
    rule: "replay",
    message: text.split("\n").at(-1)!,
    details: text,
    file,
  }));
}

const NOTHING = { seconds: 0, details: "", file: null, line: null } as const;

function brokenBy(name: string, file: string | null): Omit<Case, "rule" | "message"> {
  return { ...NOTHING, group: FUZZ, name, outcome: "broken", file };
}

/** The verdict of a run, which says of findings only that there are some: they are cases of their own. */
function wholeRun(
  { verdict, reason, elapsedMs }: Pick<CampaignRecord, "verdict" | "reason" | "elapsedMs">,
  hasFindings: boolean,
): Case {
  const outcome = hasFindings ? "holds" : verdict;
  const seconds = elapsedMs / 1000;
  return {
    ...NOTHING,
    group: FUZZ,
    name: "verdict",
    outcome,
    seconds,
    rule: "verdict",
    message: `${verdict}: ${reason}`,
  };
}

function specimenCase(specimen: Specimen): Case {
  const { id, where, kind, hunts, laws } = specimen;
  const found = isFound(specimen);
  const seconds = hunts.reduce((sum, { elapsedMs }) => sum + elapsedMs / 1000, 0);
  const times = Math.max(hunts.length, laws.length);
  const message = `planted fault ${where}:${id} (${kind}) was ${found ? "found" : "not found"}, ${times} hunts`;
  const outcome = found ? "holds" : "broken";
  return { ...NOTHING, group: ZOO, name: `${where}:${id}`, outcome, seconds, rule: `zoo/${kind}`, message };
}

function ruleOf({ oracle, rule, difference }: FindingEntry): string {
  return rule === null ? `${oracle}/${difference?.instruction ?? "difference"}` : `${oracle}/${rule}`;
}

function spoken({ signature, difference }: FindingEntry): string {
  if (difference === null) return signature;
  const { at, instruction, fields } = difference;
  const sides = fields.map(({ field, expect, actual }) => `${field} expected ${expect}, is ${actual}`);
  return `the machines differ at ${at === null ? "the end" : `step ${at}, ${instruction}`}: ${sides.join("; ")}`;
}

function again(file: string | null): string {
  return file === null ? "" : ` (capwright replay ${file})`;
}
