/** What a step shows outside of memory: lines of devices, and a handler of faults what it begins with. */

import { integerOf } from "../../../impl/intravisor/probe.ts";
import { callWithNumber } from "../../../model/intravisor/calls.ts";
import { errorOf, reportText, stepText } from "../listing.ts";
import { innermost } from "./declared.ts";
import type { Docket } from "./docket.ts";
import { exactRules as rules } from "./exact-rules.ts";
import type { Ledger } from "./ledger.ts";
import { shownAt } from "./ledger-devices.ts";
import type { Judged } from "./oracle.ts";

/** Every line is its caller's; what a call writes to the console is what lay there when it was made. */
export function judgeDevices({ step, report, reports }: Judged, ledger: Ledger, docket: Docket): void {
  const { outcome, devices } = report;
  const lines = devices.filter(({ device }) => device !== "monitor");
  const thread = step.by === null ? null : ledger.threadOf(step.by);
  const caller = thread === null || thread.state !== "ready" ? null : innermost(thread);
  const stranger = lines.find(({ cvm }) => cvm !== caller?.cvm.name);
  if (stranger !== undefined) {
    docket.broken(rules.devices, `${stepText(step)}: a line of ${stranger.cvm} on its ${stranger.device}`);
    return;
  }
  if (step.by === null || caller === null || !("call" in step.action || "number" in step.action)) return;
  const { action } = step;
  const name = action.do === "call" ? action.call : callWithNumber(action.number)?.name;
  const isDone = outcome.kind === "returned" && errorOf(outcome.values[0]) === null;
  const written = lines.flatMap(({ device, data }) => (device === "console" ? [data] : []));
  const [pointer, length] = action.args.slice(0, 2).map((value) => ledger.meaning(value, caller, reports));
  const moved = name === "console_write" && isDone && length! > 0n ? outcome.values[0] : 0n;
  const bytes = moved === 0n ? null : ledger.fetch(caller, pointer!, moved);
  const expected = bytes === null ? [] : [Buffer.from(bytes).toString("hex")];
  if (written.join() !== expected.join())
    docket.broken(
      rules.devices,
      `${stepText(step)}: console ${written.join()}`,
      `there lies ${expected.join()}`,
    );
  else if (expected.length > 0) docket.holds(rules.devices);
}

function isBy({ by }: Judged["step"], cvm: string, thread: number): boolean {
  return by !== null && by.cvm === cvm && by.thread === thread;
}

/** Registers in which a handler is told something: sp, tp, a0 to a3. */
const TOLD: readonly number[] = [2, 4, 10, 11, 12, 13];
const [SP, A0, A1, A3] = [2, 10, 11, 13];

/** The thread of a fault is at its handler, unless there is none: then its cVM is over. */
export function judgeHandler(
  { step, report, sight }: Pick<Judged, "step" | "report" | "sight">,
  ledger: Ledger,
  docket: Docket,
): void {
  const { outcome } = report;
  const thread = step.by === null ? null : ledger.threadOf(step.by);
  if (outcome.kind !== "faulted" || thread === null || thread.state === "dead" || !thread.isHandling) return;
  // Who faults in a callee comes back to its caller, be that a handler or not.
  if (report.woken.some(({ thread: { cvm, thread: number } }) => isBy(step, cvm, number))) return;
  const { frame, cvm } = innermost(thread);
  const shown = shownAt(cvm, frame.stack);
  const probed = sight.threads.find(
    ({ slot, number }) => slot === thread.cvm.slot && number === thread.number,
  );
  if (probed === undefined) return;
  const { context } = probed;
  const frameAt = BigInt(shown.base);
  const isTold =
    integerOf(context, A0) === outcome.cause &&
    integerOf(context, A1) === outcome.value &&
    integerOf(context, A3) === frameAt &&
    integerOf(context, SP) <= frameAt;
  let isElse = false;
  for (let register = 1; register < 32; register++) {
    if (!TOLD.includes(register) && integerOf(context, register) !== 0n) isElse = true;
  }
  if (isTold && !isElse) docket.holds(rules.handlers);
  else {
    const spelt = [SP, A0, A1, A3].map(
      (register) => `x${register} 0x${integerOf(context, register).toString(16)}`,
    );
    const at = `its frame lies at 0x${shown.base.toString(16)}`;
    docket.broken(rules.handlers, `${stepText(step)}: ${reportText(report)}`, spelt.join(", "), at);
  }
}
