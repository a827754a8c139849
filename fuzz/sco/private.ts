/**
 * N of single-copy objects: each client behaves as if it had a private copy of the whole object (I-99). A script of clients
 * is run again with files that differ from client to client in bytes that nobody looks at, so that nothing is shared; and
 * once for each client without all others. What each client gets and what is in its states must be the same.
 */
import { createHash } from "node:crypto";
import type {
  BindingView,
  Outcome,
  Step,
  StepReport,
  SystemScript,
  SystemUnderTest,
  Value,
} from "../../model/system-contract.ts";
import { stepText } from "../system/listing.ts";
import { isEqual, stepsOf } from "../system/lockstep.ts";
import { fileVerdict } from "../system/oracle/object-file.ts";
import { SLOT, stateSlotsOf } from "../system/oracle/object-shape.ts";

/** Where two runs of a client part. */
export interface Parting {
  readonly cvm: string;
  readonly way: "private copies" | "alone";
  /** The step of the script, or what differs at its end. */
  readonly what: string;
  readonly shared: string;
  readonly apart: string;
}

const MAGIC = Buffer.from("CWOB").toString("hex");
const STRINGS_AT = 36;

/** The first thing in which a client of the script notices others; null if none does. */
export function findParting(script: SystemScript, system: SystemUnderTest): Parting | null {
  const shared = observe(stepsOf(script), system, (hash) => hash);
  const copies = withPrivateCopies(script);
  const apart = observe(copies.steps, system, (hash) => copies.originals.get(hash) ?? hash);
  for (const cvm of clientsOf(script)) {
    const found =
      compare(cvm, "private copies", shared, apart) ??
      compare(
        cvm,
        "alone",
        shared,
        observe(alone(stepsOf(script), cvm), system, (hash) => hash),
      );
    if (found !== null) return found;
  }
  return null;
}

function clientsOf({ cvms }: SystemScript): string[] {
  return cvms.map(({ name }) => name);
}

/** What a client sees: how its steps end; and its states at the end. */
interface Seen {
  readonly outcomes: Map<string, { readonly text: string; readonly outcome: Outcome }[]>;
  readonly states: Map<string, string>;
}

function observe(steps: readonly Step[], system: SystemUnderTest, nameOf: (hash: string) => string): Seen {
  const outcomes: Seen["outcomes"] = new Map();
  const reports: StepReport[] = [];
  const files = new Map<string, Uint8Array>();
  system.reset();
  for (const step of steps) {
    const report = system.step(step, reports);
    reports.push(report);
    if (step.by === null) continue;
    if (step.action.do === "place") {
      const bytes = Buffer.from(step.action.bytes, "hex");
      files.set(createHash("sha256").update(bytes).digest("hex"), bytes);
    }
    const list = outcomes.get(step.by.cvm) ?? [];
    outcomes.set(step.by.cvm, list);
    list.push({ text: textOf(step), outcome: told(step, report.outcome) });
  }
  const states = new Map<string, string>();
  for (const { hash, bindings } of system.view().objects) {
    for (const binding of bindings)
      states.set(`${binding.cvm} ${nameOf(hash)}`, stateText(binding, files.get(hash)));
  }
  return { outcomes, states };
}

/** A step without what depends on which copy it is of, and on the numbers of steps. */
function textOf(step: Step): string {
  if (step.by === null || step.action.do === "place") return "place";
  return step.action.do === "call" ? step.action.call : stepText(step);
}

/** The number of an object is nobody's business: it is only told for those who compare. */
function told({ by, ...step }: Step, outcome: Outcome): Outcome {
  const isBind =
    by !== null && "action" in step && step.action.do === "call" && step.action.call === "sco_bind";
  if (!isBind || outcome.kind !== "returned") return outcome;
  return { kind: "returned", values: [outcome.values[0], 0n, outcome.values[2]] };
}

/** The bytes of a state but for capabilities, which say where things lie. */
function stateText({ size, data, tags }: BindingView, file: Uint8Array | undefined): string {
  const bytes = Buffer.alloc(size);
  for (const run of data) bytes.write(run.bytes, run.offset, "hex");
  const verdict = file === undefined ? null : fileVerdict(file);
  if (verdict !== null && !("reason" in verdict))
    for (const { place, size: length } of stateSlotsOf(verdict)) bytes.fill(0, place, place + length);
  for (const tag of tags) bytes.fill(0, tag, tag + SLOT);
  return `${createHash("sha256").update(bytes).digest("hex")} ${tags.join()}`;
}

function compare(cvm: string, way: Parting["way"], shared: Seen, apart: Seen): Parting | null {
  const [one, other] = [shared, apart].map(({ outcomes }) => outcomes.get(cvm) ?? []) as [
    { text: string; outcome: Outcome }[],
    { text: string; outcome: Outcome }[],
  ];
  for (const [at, step] of one.entries()) {
    const twin = other[at];
    if (twin !== undefined && isEqual(step.outcome, twin.outcome)) continue;
    const what = `its step ${at}: ${step.text}`;
    return { cvm, way, what, shared: spell(step.outcome), apart: spell(twin?.outcome) };
  }
  for (const [key, state] of shared.states) {
    if (!key.startsWith(`${cvm} `) || apart.states.get(key) === state) continue;
    return { cvm, way, what: "its state at the end", shared: state, apart: apart.states.get(key) ?? "none" };
  }
  return null;
}

function spell(value: unknown): string {
  return JSON.stringify(value, (_, one: unknown) =>
    typeof one === "bigint" ? `0x${one.toString(16)}` : one,
  );
}

/** The script with files that each client has for itself alone: their strings end with its name. */
export function withPrivateCopies(script: SystemScript): {
  readonly steps: readonly Step[];
  /** Hashes of the files that they were made from, by their own. */
  readonly originals: ReadonlyMap<string, string>;
} {
  const originals = new Map<string, string>();
  const steps = stepsOf(script).map((step): Step => {
    if (step.by === null) return step;
    const { action } = step;
    const { cvm } = step.by;
    if (action.do === "place" && action.bytes.startsWith(MAGIC)) {
      const bytes = Buffer.from(action.bytes, "hex");
      const copy = Buffer.concat([bytes, Buffer.from(cvm)]);
      copy.writeUInt32LE(copy.readUInt32LE(STRINGS_AT) + cvm.length, STRINGS_AT);
      const [from, to] = [bytes, copy].map((one) => createHash("sha256").update(one).digest("hex"));
      originals.set(to!, from!);
      return { ...step, action: { ...action, bytes: copy.toString("hex") } };
    }
    const length = action.do === "call" && action.call === "sco_create" ? action.args[1] : undefined;
    if (action.do !== "call" || length?.kind !== "number") return step;
    const longer: Value = { kind: "number", value: length.value + BigInt(cvm.length) };
    return { ...step, action: { ...action, args: [action.args[0]!, longer] } };
  });
  return { steps, originals };
}

/** The steps of one client, and the creations of all. */
export function alone(steps: readonly Step[], cvm: string): readonly Step[] {
  const numbers = new Map<number, number>();
  const kept: Step[] = [];
  const renumbered = (value: Value): Value =>
    value.kind === "result" ? { ...value, step: numbers.get(value.step) ?? 0 } : value;
  for (const [at, step] of steps.entries()) {
    if (step.by !== null && step.by.cvm !== cvm) continue;
    numbers.set(at, kept.length);
    if (step.by === null || step.action.do !== "call") kept.push(step);
    else kept.push({ ...step, action: { ...step.action, args: step.action.args.map(renumbered) } });
  }
  return kept;
}
