import type { StepEvent } from "../../model/contract.ts";
import type { Shadow } from "./shadow.ts";

/** Ways a step can end, as the reach table names them. Traps come last. */
export const OUTCOMES = [
  "retired",
  "taken",
  "not taken",
  "succeeded",
  "failed",
  "tagged",
  "untagged",
  "tag cleared",
  "unrepresentable",
  "tag stripped",
  "true",
  "false",
  "written",
  "read",
  "fetch misaligned",
  "fetch access fault",
  "illegal instruction",
  "breakpoint",
  "load misaligned",
  "load access fault",
  "store misaligned",
  "store access fault",
  "ecall from U",
  "ecall from M",
  "length",
  "tag",
  "seal",
  "type",
  "permit execute",
  "permit load",
  "permit store",
  "permit load cap",
  "permit store cap",
  "permit store local",
  "access system registers",
  "permit cinvoke",
  "other trap",
] as const;

export type Outcome = (typeof OUTCOMES)[number];

/** The place of an outcome in `OUTCOMES`. */
export function outcomeIndex(outcome: Outcome): number {
  return OUTCOMES.indexOf(outcome);
}

/**
 * What kind of result an instruction has, hence which outcomes a retired step of it is sorted into:
 *
 * - `plain`: retired;
 * - `branch`: taken, not taken;
 * - `conditional`: a store-conditional, succeeded or failed;
 * - `derive`: a capability from a capability: tagged, untagged, tag cleared;
 * - `readdress`: the same for an address change, where a cleared tag with other bounds is unrepresentable;
 * - `load`: a capability loaded: tagged, untagged, tag stripped (there in memory, not in the register);
 * - `store`: a capability stored: tagged, untagged;
 * - `test`: a yes or no: true, false;
 * - `access`: a CSR or special register: written, read.
 *
 * A result that goes to register 0 is `retired` in the shapes that look at it.
 */
export type Shape =
  | "plain"
  | "branch"
  | "conditional"
  | "derive"
  | "readdress"
  | "load"
  | "store"
  | "test"
  | "access";

const RETIRED = outcomeIndex("retired");
const TAKEN = outcomeIndex("taken");
const NOT_TAKEN = outcomeIndex("not taken");
const SUCCEEDED = outcomeIndex("succeeded");
const FAILED = outcomeIndex("failed");
const TAGGED = outcomeIndex("tagged");
const UNTAGGED = outcomeIndex("untagged");
const TAG_CLEARED = outcomeIndex("tag cleared");
const UNREPRESENTABLE = outcomeIndex("unrepresentable");
const TAG_STRIPPED = outcomeIndex("tag stripped");
const TRUE = outcomeIndex("true");
const FALSE = outcomeIndex("false");
const WRITTEN = outcomeIndex("written");
const READ = outcomeIndex("read");
const OTHER_TRAP = outcomeIndex("other trap");

/** The outcome of a retired step, as a place in `OUTCOMES`. `shadow` holds the registers before it. Hot. */
export function retiredOutcome(shape: Shape, event: StepEvent, shadow: Shadow): number {
  const { register, source } = event;
  switch (shape) {
    case "plain":
      return RETIRED;
    case "branch":
      return event.authority === null ? NOT_TAKEN : TAKEN;
    case "conditional":
      return event.write === null ? FAILED : SUCCEEDED;
    case "store":
      return event.write?.tag ? TAGGED : UNTAGGED;
    case "access":
      return event.csr !== null || event.specials.length > 0 ? WRITTEN : READ;
    case "test":
      if (register === null || register.kind !== "integer") return RETIRED;
      return register.value === 0n ? FALSE : TRUE;
    case "load":
      if (register === null || register.kind !== "capability") return RETIRED;
      if (register.value.tag) return TAGGED;
      return event.read?.tag ? TAG_STRIPPED : UNTAGGED;
    case "derive":
    case "readdress":
      if (register === null || register.kind !== "capability") return RETIRED;
      if (register.value.tag) return TAGGED;
      if (source === null || !shadow.isTagged(source)) return UNTAGGED;
      return shape === "derive" || shadow.hasBoundsOf(register.value, source) ? TAG_CLEARED : UNREPRESENTABLE;
  }
}

/** The outcome of a trap, as a place in `OUTCOMES`, from the low 32 bits of its cause and its value. Hot. */
export function trapOutcome(cause: number, value: number): number {
  return (cause === VIOLATION ? violationOutcomes[value & 31] : causeOutcomes[cause]) ?? OTHER_TRAP;
}

/** mcause numbers. */
const causes: Readonly<Record<number, Outcome>> = {
  0: "fetch misaligned",
  1: "fetch access fault",
  2: "illegal instruction",
  3: "breakpoint",
  4: "load misaligned",
  5: "load access fault",
  6: "store misaligned",
  7: "store access fault",
  8: "ecall from U",
  11: "ecall from M",
};

/** The low five bits of mtval for mcause 0x1c. */
const violations: Readonly<Record<number, Outcome>> = {
  1: "length",
  2: "tag",
  3: "seal",
  4: "type",
  17: "permit execute",
  18: "permit load",
  19: "permit store",
  20: "permit load cap",
  21: "permit store cap",
  22: "permit store local",
  24: "access system registers",
  25: "permit cinvoke",
};

const VIOLATION = 0x1c;
const causeOutcomes = Array.from({ length: 16 }, (_, cause) => outcomeIndex(causes[cause] ?? "other trap"));
const violationOutcomes = Array.from({ length: 32 }, (_, code) =>
  outcomeIndex(violations[code] ?? "other trap"),
);
