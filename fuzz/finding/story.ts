import type { Capability, StepEvent } from "../../model/contract.ts";
import { decode, disassemble } from "../../model/isa/index.ts";
import { type Evidence, evidenceOf, type Finding, type Objection } from "../program/index.ts";
import { registersAfter } from "./before.ts";
import { type Drawn, drawRanges, permissionLegend } from "./range.ts";
import { stepSpeller } from "./step-text.ts";

/** What a story is made of: a finding that has none yet. */
export type Untold = Omit<Finding, "story">;

/** Steps that are listed at most; of longer runs the last ones. */
const LISTED_MAX = 40;
const INDENT = "  ";
const PCC = 0x20;

/**
 * What is printed of a finding: the program as assembly with the step in question marked, both sides field by field
 * or what the oracle says of it, the capabilities in question as ranges, the rule, what the oracles say of either
 * machine alone, and the command that runs it again. Ends with a newline.
 *
 * @param path where the finding is or will be stored.
 */
export function storyOf(finding: Untold, path: string): string {
  const parts = [
    opening(finding),
    listing(finding),
    charge(finding),
    drawing(finding),
    rule(finding),
    objectionsText(finding),
  ];
  const { actual } = finding.machines;
  const against = actual.startsWith("rvfi://") ? ` --against ${actual}` : "";
  const again = `Run it again: npx capwright replay ${path}${against}`;
  return `${[...parts.filter((part) => part !== ""), again].join("\n\n")}\n`;
}

function opening(finding: Untold): string {
  const { origin, faults, program, found, shrunk } = finding;
  const length = `${program.words.length} ${program.words.length === 1 ? "word" : "words"}`;
  const size = shrunk
    ? `${length}, from ${found.words.length}: none of them can be left out`
    : `${length}, found with ${found.words.length}`;
  const lines = [headline(finding), `Program: ${size}; ${startText(program.start.preset)}.`];
  if (faults.length > 0) lines.push(`Planted on purpose: ${faults.join(", ")}.`);
  if (origin !== null)
    lines.push(`Found with seed ${JSON.stringify(origin.seed)}, shard ${origin.shard}, run ${origin.run}.`);
  return lines.join("\n");
}

function headline({ machines: { expect, actual }, difference, violation }: Untold): string {
  if (violation !== null)
    return `${expect} breaks rule ${violation.rule} of oracle ${violation.oracle} ${placeText(violation)}.`;
  return `${expect} and ${actual} differ ${placeText(difference!)}.`;
}

function placeText({ at, instruction }: Evidence): string {
  return at === null ? "in the end state" : `at step ${at}, ${instruction}`;
}

function startText(preset: "dii" | "bare"): string {
  return preset === "dii" ? "x1 to x31 start as root capabilities with address 0" : "registers start null";
}

/** The steps of the reference, or the words if there are no steps to show. */
function listing(finding: Untold): string {
  const { program, traces } = finding;
  const steps = traces.expect;
  const place = evidenceOf(finding).at;
  const spell = stepSpeller();
  const lines =
    steps.length === 0
      ? program.words.map((word) => disassemble(word, false))
      : steps.map((event) => spell(event));
  const marked = lines.map((line, at) => {
    const isHere = at === place;
    return `${isHere ? "> " : INDENT}${String(at).padStart(3)}  ${line}`;
  });
  const hidden = marked.length - LISTED_MAX;
  return hidden > 0
    ? [`${INDENT}(${hidden} steps before these)`, ...marked.slice(hidden)].join("\n")
    : marked.join("\n");
}

/** What speaks against the step: the fields that differ, or what the oracle says. */
function charge({ difference, violation, machines }: Untold): string {
  if (violation !== null) return violation.text.map((line) => `${INDENT}${line}`).join("\n");
  return fields(difference!, machines);
}

function fields(difference: NonNullable<Untold["difference"]>, machines: Untold["machines"]): string {
  const rows = [
    ["field", machines.expect, machines.actual],
    ...difference.fields.map(({ field, expect, actual }) => [field, expect, actual]),
  ];
  const widths = [0, 1].map((column) => Math.max(...rows.map((row) => row[column]!.length)));
  return rows
    .map(
      ([field, expect, actual]) =>
        `${INDENT}${field!.padEnd(widths[0]!)}  ${expect!.padEnd(widths[1]!)}  ${actual}`,
    )
    .join("\n");
}

/**
 * Source registers as they were, the authority with them, and every capability on which the machines
 * disagree, or that the step wrote if it broke a rule.
 */
function drawing(finding: Untold): string {
  const { program, violation, traces, machines } = finding;
  const { at } = evidenceOf(finding);
  const expect = at === null ? undefined : traces.expect[at];
  const actual = at === null ? undefined : traces.actual[at];
  if (at === null || expect === undefined || (actual === undefined && violation === null)) return "";

  const before = registersAfter(program.start, traces.expect.slice(0, at));
  const { integers, capabilities } = sourcesOf(expect, before(PCC).flags === 1n);
  const numbers = integers.map((index) => `x${index} before  0x${before(index).address.toString(16)}`);
  const drawn = [
    ...capabilities.map((index) => ({ name: `${registerName(index)} before`, cap: before(index) })),
    ...(violation === null
      ? disagreements(expect, actual!, machines)
      : capabilitiesOf(expect).map(([place, cap]) => ({ name: `${place} after`, cap }))),
  ];
  const ranges = drawn.length === 0 ? [] : drawRanges(drawn);
  const legend = drawn.some(({ cap }) => cap.perms !== 0n && cap.perms !== 0xffffn) ? permissionLegend : [];
  return [...numbers, ...ranges, ...legend].map((line) => `${INDENT}${line}`).join("\n");
}

/**
 * The registers that a step read, by what they were read as; special registers if they were its authority.
 */
function sourcesOf(
  event: StepEvent,
  isCapabilityMode: boolean,
): { integers: number[]; capabilities: number[] } {
  const integers = new Set<number>();
  const capabilities = new Set<number>();
  const decoded = decode(event.word, isCapabilityMode);
  for (const { name, kind } of decoded?.instruction.operands ?? []) {
    const index = Number(decoded!.operands[name]);
    if (name === "rd" || name === "cd" || index === 0) continue;
    const isInteger = kind === "register" || (kind === "base register" && !isCapabilityMode);
    if (isInteger) integers.add(index);
    else if (kind.endsWith("register")) capabilities.add(index);
  }
  for (const index of [event.authority, event.source]) {
    if (index !== null && index !== 0) capabilities.add(index);
  }
  return { integers: [...integers], capabilities: [...capabilities] };
}

/**
 * Capabilities that the two sides wrote to the same place, or that one of them wrote, where they are not the
 * same.
 */
function disagreements(expect: StepEvent, actual: StepEvent, machines: Untold["machines"]): Drawn[] {
  const ours = new Map(capabilitiesOf(expect));
  const theirs = new Map(capabilitiesOf(actual));
  return [...new Set([...ours.keys(), ...theirs.keys()])].flatMap((place) => {
    const [one, other] = [ours.get(place), theirs.get(place)];
    if (one !== undefined && other !== undefined && isSame(one, other)) return [];
    return [
      ...(one === undefined ? [] : [{ name: `${place}, ${machines.expect}`, cap: one }]),
      ...(other === undefined ? [] : [{ name: `${place}, ${machines.actual}`, cap: other }]),
    ];
  });
}

/** Every capability that a step wrote, by the name of its place. */
function capabilitiesOf({ register, specials }: StepEvent): [string, Capability][] {
  const written: [string, Capability][] = [];
  if (register?.kind === "capability") written.push([registerName(register.index), register.value]);
  for (const { scr, value } of specials) written.push([registerName(0x20 | scr), value]);
  return written;
}

const specialNames: Readonly<Record<number, string>> = {
  0: "PCC",
  1: "DDC",
  12: "STCC",
  13: "STDC",
  14: "SScratchC",
  15: "SEPCC",
  28: "MTCC",
  29: "MTDC",
  30: "MScratchC",
  31: "MEPCC",
};

function registerName(index: number): string {
  return index < 32 ? `c${index}` : (specialNames[index & 31] ?? `scr ${index & 31}`);
}

function isSame(one: Capability, other: Capability): boolean {
  return (Object.keys(one) as (keyof Capability)[]).every((key) => one[key] === other[key]);
}

function rule(finding: Untold): string {
  const { traces, program } = finding;
  const { at } = evidenceOf(finding);
  const event = at === null ? undefined : traces.expect[at];
  if (at === null || event === undefined) return "";
  const isCapabilityMode = registersAfter(program.start, traces.expect.slice(0, at))(PCC).flags === 1n;
  const decoded = decode(event.word, isCapabilityMode);
  return decoded === null
    ? "The word is no instruction: it must trap as illegal."
    : `The rule: ${decoded.instruction.manual}.`;
}

/**
 * Which rules either machine breaks by itself: of two that differ, whose step is to be doubted. Nothing where nothing
 * is known beyond what was said above.
 */
function objectionsText({ objections, machines, violation }: Untold): string {
  const lines = (["expect", "actual"] as const).flatMap((side) => {
    const others = objections.filter((one) => one.side === side && !isSaid(one, violation));
    return others.length === 0
      ? []
      : [`${machines[side]} by itself breaks ${others.map(objectionText).join("; ")}.`];
  });
  return lines.join("\n");
}

function isSaid({ side, oracle, rule, at }: Objection, violation: Untold["violation"]): boolean {
  if (violation === null || side === "actual") return false;
  return violation.oracle === oracle && violation.rule === rule && violation.at === at;
}

function objectionText({ oracle, rule, at }: Objection): string {
  return `rule ${rule} of oracle ${oracle} ${at === null ? "in the end state" : `at step ${at}`}`;
}
