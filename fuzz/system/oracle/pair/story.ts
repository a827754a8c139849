/** Leaks as a reader would write them. */
import type { SecretPair, SystemScript } from "../../../../model/system-contract.ts";
import type { FieldDifference } from "../../../program/finding.ts";
import { stepsOf } from "../../lockstep.ts";
import type { Leak } from "./pair.ts";

/** What makes two leaks the same: what the step does, and what kind of thing tells the worlds apart. */
export function signatureOfLeak(script: SystemScript, { at, seen }: Leak): string {
  const step = stepsOf(script)[at];
  const doing =
    step === undefined
      ? "end"
      : step.by === null
        ? step.event.do
        : step.action.do === "call"
          ? step.action.call
          : step.action.do;
  return `leak at ${doing}: ${kindOf(seen[0]?.what ?? "nothing")}`;
}

/** `data`, `register`, or a path without its numbers. */
function kindOf(what: string): string {
  if (what.startsWith("data+")) return "data";
  if (/^x\d+ of /.test(what)) return "register";
  return what.replace(/\[\d+\]/g, "[]");
}

const SEEN_MAX = 8;

/** What was seen in both worlds, as fields of a finding. */
export function fieldsOfLeak({ seen }: Leak): FieldDifference[] {
  return seen.map(({ who, what, one, two }) => ({ field: `${who}: ${what}`, expect: one, actual: two }));
}

/** Who can tell, by what, and what it is that differs. */
export function leakText(pair: SecretPair, system: string, { at, seen, bytes }: Leak): string[] {
  const shown = seen
    .slice(0, SEEN_MAX)
    .map(({ who, what, one, two }) => `  ${who}: ${what} is ${one} or ${two}`);
  const rest = seen.length > shown.length ? [`  and ${seen.length - shown.length} more`] : [];
  return [
    `step ${at}: on ${system} two worlds can be told apart that differ only in what ${pair.cvm} keeps to itself`,
    ...shown,
    ...rest,
    `  what differs: ${secretText(pair, bytes)}`,
  ];
}

function secretText({ form, cvm, registers, bytes: pieces }: SecretPair, bytes: Leak["bytes"]): string {
  if (form === "run") return `what ${cvm} stores and never makes known`;
  const named = bytes.map(
    ({ offset, one, two }) => `${cvm}.data+${hex(offset)} (${hex(one)} or ${hex(two)})`,
  );
  const data =
    pieces === null ? `all of ${cvm}.data` : named.length === 0 ? `nothing of ${cvm}.data` : named.join(", ");
  const list = registers === null ? "all registers" : registers.map((number) => `x${number}`).join(", ");
  return list === "" ? data : `${data}; ${list}`;
}

function hex(value: number): string {
  return `0x${value.toString(16)}`;
}
