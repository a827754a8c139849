/**
 * O: what is allowed succeeds, exactly. Every step is foretold by the ledger as it was before: an error needs a reason, a
 * success must have none against it, and what comes back and what was moved is exactly what was asked for.
 */
import { callWithNumber } from "../../../model/intravisor/calls.ts";
import type { Action, Outcome, Value } from "../../../model/system-contract.ts";
import { errorOf, reportText, stepText } from "../listing.ts";
import { handleAt } from "./declarations.ts";
import { contains, type DeclaredThread, innermost, type Range } from "./declared.ts";
import type { Docket } from "./docket.ts";
import { forecasts } from "./exact-calls.ts";
import { judgeEvent } from "./exact-events.ts";
import { exactRules as rules } from "./exact-rules.ts";
import { judgeDevices, judgeHandler } from "./exact-shown.ts";
import { judgeWake, type Slept, sleepersOf } from "./exact-wakes.ts";
import { isExactRange } from "./exactness.ts";
import type { Expected } from "./forecast.ts";
import type { Ledger } from "./ledger.ts";
import type { Judged, SystemMoment, SystemOracle } from "./oracle.ts";
import type { TakenCall } from "./taken-call.ts";

/** Calls whose result a guest chose: it may look like an error. */
const FREE: readonly string[] = ["thread_join", "cp_call_return", "cp_call_wait"];
/** Bytes beside a copy that are looked at. */
const MARGIN = 32;

export class ExactOracle implements SystemOracle {
  readonly name = "O";
  /** What was copied to in the step: to be compared when the ledger has it too. */
  #copied: Range | null = null;
  #sleepers: ReadonlyMap<DeclaredThread, Slept> = new Map();

  begin(): void {
    this.#copied = null;
    this.#sleepers = new Map();
  }

  judge(moment: Judged, ledger: Ledger, docket: Docket): void {
    const { step, report } = moment;
    this.#copied = null;
    this.#sleepers = sleepersOf(ledger);
    judgeDevices(moment, ledger, docket);
    if (step.by === null) {
      judgeEvent(moment, ledger, docket);
      return;
    }
    const thread = ledger.threadOf(step.by);
    const canAct = thread !== null && thread.state === "ready";
    // Whether it gives up is not a matter of this oracle.
    if (report.outcome.kind === "refused" && report.outcome.why === "system stopped") return;
    if (canAct === (report.outcome.kind === "refused")) {
      docket.broken(
        canAct ? rules.errors : rules.successes,
        `${stepText(step)}: ${reportText(report)}`,
        `the thread is ${thread?.state ?? "none"}`,
      );
    } else if (canAct) this.#judgeAction(moment, step.action, thread, ledger, docket);
    else docket.holds(rules.errors);
  }

  #judgeAction(moment: Judged, action: Action, thread: DeclaredThread, ledger: Ledger, docket: Docket): void {
    const caller = innermost(thread);
    const meant = (value: Value) => ledger.meaning(value, caller, moment.reports);
    const reaches = (address: bigint, size: bigint) =>
      size === 0n || contains(caller.frame.ddc, address, size);
    switch (action.do) {
      case "call":
      case "call-number": {
        const name = action.do === "call" ? action.call : callWithNumber(action.number)?.name;
        const call = { ledger, ...caller, args: [...action.args.map(meant), ...NO_ARGUMENTS] };
        const forecast = name === undefined ? () => NO_SUCH_CALL : forecasts[name];
        if (forecast === undefined) docket.vacuous(rules.results);
        else judgeOutcome(moment, forecast(call), FREE.includes(name ?? ""), docket);
        this.#copied = copiedBy(name, call, moment.report.outcome);
        return;
      }
      case "load":
      case "store":
        judgeAccess(moment, reaches(meant(action.address), BigInt(action.size)), docket);
        if (action.do === "load")
          judgeLoaded(moment, ledger, Number(meant(action.address)), action.size, docket);
        return;
      case "fill":
        judgeAccess(moment, reaches(meant(action.address), BigInt(action.length)), docket);
        return;
      case "place":
        judgeAccess(moment, reaches(meant(action.address), BigInt(action.bytes.length / 2)), docket);
        return;
      case "narrow": {
        const [base, size] = [meant(action.address), meant(action.length)];
        const isExact = size < 1n << 48n && isExactRange({ base: Number(base), size: Number(size) });
        const isAllowed = isExact && contains(caller.frame.ddc, base, size);
        if (caller.frame.isOwnCode) docket.vacuous(rules.results);
        else judgeOutcome(moment, isAllowed ? DONE : NOT_EXACT, false, docket);
        return;
      }
      default:
        docket.vacuous(rules.results);
    }
  }

  check({ step, report, sight }: SystemMoment, ledger: Ledger, docket: Docket): void {
    if (report === null) return;
    for (const { thread: name, values } of report.woken) {
      const thread = ledger.threadOf(name);
      if (thread !== null) judgeWake(thread, this.#sleepers, values, ledger, docket);
    }
    judgeHandler({ step, report, sight }, ledger, docket);
    const copied = this.#copied === null ? null : withMargin(this.#copied, ledger);
    if (copied === null) return;
    const found = sight.probe.bytes(copied.base, copied.size);
    const expected = ledger.memory.read(copied.base, copied.size);
    if (Buffer.compare(found, expected) === 0) docket.holds(rules.copies);
    else {
      const at =
        copied.base + expected.findIndex((byte, index) => byte !== found[index]) - this.#copied!.base;
      docket.broken(
        rules.copies,
        `${stepText(step)}: byte ${at} of ${this.#copied!.size} is not as it should be`,
      );
    }
  }
}

const NO_ARGUMENTS: readonly bigint[] = new Array<bigint>(8).fill(0n);
const NO_SUCH_CALL: Expected = { kind: "refused", errors: ["ENOSYS"] };
const NOT_EXACT: Expected = { kind: "refused", errors: ["EINVAL"] };
const DONE: Expected = { kind: "returned", values: [0n, 0n, 0n] };

function judgeOutcome({ step, report }: Judged, expected: Expected, isFree: boolean, docket: Docket): void {
  const { outcome } = report;
  const error = outcome.kind === "returned" ? errorOf(outcome.values[0]) : null;
  const told = () => `${stepText(step)}: ${reportText(report)}`;
  if (expected.kind === "free") docket.vacuous(rules.results);
  else if (expected.kind === "refused") {
    if (error !== null && expected.errors.includes(error)) {
      docket.holds(rules.errors);
      docket.holds(rules.successes);
    } else if (error !== null)
      docket.broken(rules.errors, told(), `reasons there are: ${expected.errors.join(", ")}`);
    else docket.broken(rules.successes, told(), `reasons against it: ${expected.errors.join(", ")}`);
  } else if (expected.kind === "blocked") {
    if (outcome.kind === "blocked") docket.holds(rules.results);
    else docket.broken(error === null ? rules.results : rules.errors, told(), "it should wait");
  } else if (expected.kind === "entered") {
    if (outcome.kind === "entered" && outcome.cvm === expected.cvm && areAll(outcome.values, expected.values))
      docket.holds(rules.entries);
    else if (error !== null) docket.broken(rules.errors, told(), "there is no reason to refuse it");
    else
      docket.broken(rules.entries, told(), `it should enter ${expected.cvm} with ${spell(expected.values)}`);
  } else if (outcome.kind === "returned" && areAll(outcome.values, expected.values))
    docket.holds(rules.results);
  else if (error !== null && !isFree) docket.broken(rules.errors, told(), "there is no reason to refuse it");
  else docket.broken(rules.results, told(), `it should return ${spell(expected.values)}`);
}

function areAll(found: readonly bigint[], expected: readonly (bigint | null)[]): boolean {
  return expected.every((value, at) => value === null || value === found[at]);
}

function spell(values: readonly (bigint | null)[]): string {
  return values.map((value) => (value === null ? "anything" : `0x${value.toString(16)}`)).join(", ");
}

/** A plain access: a fault, or none, as its bytes lie in DDC. */
function judgeAccess({ step, report }: Judged, isInside: boolean, docket: Docket): void {
  const { kind } = report.outcome;
  if (kind === (isInside ? "returned" : "faulted")) docket.holds(rules.accesses);
  else
    docket.broken(
      rules.accesses,
      `${stepText(step)}: ${kind}, and its bytes lie ${isInside ? "in" : "out of"} DDC`,
    );
}

function judgeLoaded(
  { step, report }: Judged,
  ledger: Ledger,
  address: number,
  size: number,
  docket: Docket,
): void {
  if (report.outcome.kind !== "returned") return;
  let expected = 0n;
  for (const byte of ledger.memory.read(address, size).reverse()) expected = (expected << 8n) | BigInt(byte);
  const [found] = report.outcome.values;
  if (found === expected) docket.holds(rules.results);
  else
    docket.broken(
      rules.results,
      `${stepText(step)}: 0x${found.toString(16)}`,
      `0x${expected.toString(16)} was stored`,
    );
}

/** Where a call has copied to, if it is one that copies. */
function copiedBy(name: string | undefined, call: TakenCall, outcome: Outcome): Range | null {
  if (outcome.kind !== "returned" || errorOf(outcome.values[0]) !== null) return null;
  const size = Number(outcome.values[0]);
  const { args, cvm, frame } = call;
  const shared = (range: Range | undefined | null) =>
    range == null ? null : { base: range.base + Number(args[name === "cp_file_pwrite" ? 1 : 0]), size };
  switch (name) {
    case "cp_file_pread":
      return { base: Number(args[2]), size };
    case "cp_buffer_read":
      return { base: Number(args[1]), size };
    case "cp_file_pwrite": {
      const handle = handleAt(cvm, args[0]!);
      return handle?.kind === "grant" ? shared(handle.grant.range) : null;
    }
    case "cp_buffer_write":
      return shared(frame.buffer);
    case "cps_recv":
      return { base: Number(outcome.values[2]), size };
    default:
      return null;
  }
}

/** With some bytes before and behind, within the data part that it lies in. */
function withMargin({ base, size }: Range, ledger: Ledger): Range | null {
  if (size === 0) return null;
  for (const { data } of ledger.cvms.values()) {
    if (base < data.base || base + size > data.base + data.size) continue;
    const from = Math.max(data.base, base - MARGIN);
    return { base: from, size: Math.min(data.base + data.size, base + size + MARGIN) - from };
  }
  return null;
}
