/** V: every step ends, soon, and no thread waits for ever for what has happened or cannot happen any more. */
import type { StepReport } from "../../../model/system-contract.ts";
import { stepText, threadText } from "../listing.ts";
import type { DeclaredEnd, DeclaredThread, DeclaredWait } from "./declared.ts";
import type { Docket } from "./docket.ts";
import type { Ledger } from "./ledger.ts";
import { entersObject } from "./ledger-inside.ts";
import { nextServed } from "./ledger-parts.ts";
import { countReady, isGoing, peerOf, placeAt, waitersAt } from "./ledger-streams.ts";
import type { SystemMoment, SystemOracle } from "./oracle.ts";
import { livenessRules as rules } from "./state-rules.ts";

/** Machine steps that any call may take, and what it may take more for each byte that it moves. */
const CALL_STEPS = 1024;
const STEPS_PER_BYTE = 16;
/** Machine steps that guest code of its own may take in a step. */
const OWN_CODE_STEPS = 8192;
/** And code of objects in a call, before it is given up. */
const OBJECT_STEPS = 270_336;

export class LivenessOracle implements SystemOracle {
  readonly name = "V";
  /** Whether a thread was waiting, or in a callee, before the step: only those can wake, and new ones. */
  readonly #slept = new Map<DeclaredThread, boolean>();

  begin(): void {
    this.#slept.clear();
  }

  judge(_moment: SystemMoment, ledger: Ledger): void {
    this.#slept.clear();
    for (const thread of ledger.living()) {
      // In a callee, or called back there by an object.
      const isInside = thread.frames.some(({ endpoint }) => endpoint !== null);
      this.#slept.set(thread, thread.state === "blocked" || isInside);
    }
  }

  check(moment: SystemMoment, ledger: Ledger, docket: Docket): void {
    const { outcome } = moment.report ?? { outcome: null };
    if (outcome?.kind === "refused" && outcome.why === "system stopped") {
      const [said] = moment.report!.devices.filter(({ device }) => device === "monitor");
      docket.broken(
        rules.ends,
        `${stepText(moment.step)}: the Intravisor gave up`,
        said === undefined ? "before" : said.data,
      );
      return;
    }
    docket.holds(rules.ends);
    this.#checkBudget(moment, docket);
    if (moment.report !== null) this.#checkOnce(moment.report, ledger, docket);
    for (const thread of ledger.living()) {
      if (thread.wait === null) continue;
      const { until } = thread.wait;
      const who = `${thread.cvm.name}.${thread.number}`;
      if (until !== null && until <= ledger.time)
        docket.broken(rules.timeouts, `${who} waits until ${until}, and it is ${ledger.time}`);
      else docket.holds(rules.timeouts);
      const why = overdue(thread, thread.wait, ledger);
      if (why === null) docket.holds(rules.wakeUps);
      else docket.broken(rules.wakeUps, `${who} waits in ${thread.wait.call}, but ${why}`);
    }
  }

  #checkBudget({ step, report, machineSteps }: SystemMoment, docket: Docket): void {
    // A slice takes as many as it is given.
    if (report === null) {
      docket.vacuous(rules.budget);
      return;
    }
    const woken = report.woken.length;
    const limit =
      (1 + woken) * CALL_STEPS + (step.by === null ? 0 : STEPS_PER_BYTE * bytesOf(step.action, report));
    if (machineSteps <= limit) docket.holds(rules.budget);
    else docket.broken(rules.budget, `${stepText(step)}: ${machineSteps} machine steps, at most ${limit}`);
  }

  #checkOnce({ woken }: StepReport, ledger: Ledger, docket: Docket): void {
    const names = new Set<string>();
    for (const { thread: name } of woken) {
      const thread = ledger.threadOf(name);
      const who = threadText(name);
      if (names.has(who)) docket.broken(rules.once, `${who} wakes twice`);
      else if (thread === null || this.#slept.get(thread) === false)
        docket.broken(rules.once, `${who} wakes, and did not wait`);
      else docket.holds(rules.once);
      names.add(who);
    }
  }
}

type ThreadAction = Extract<SystemMoment["step"], { action: unknown }>["action"];

/** Bytes that a step may move, at most; of guest code as many as its machine steps are worth. */
function bytesOf(action: ThreadAction, report: StepReport | null): number {
  if (action.do === "fill") return action.length;
  if (action.do === "body" || action.do === "go") return OWN_CODE_STEPS / STEPS_PER_BYTE;
  if (action.do === "call" && entersObject(action.call)) return OBJECT_STEPS / STEPS_PER_BYTE;
  const results = [report?.outcome, ...(report?.woken ?? [])].map((one) =>
    one !== undefined && "values" in one ? one.values[0]! : 0n,
  );
  return results.reduce((sum, moved) => sum + (moved < 1n << 40n ? Number(moved) : 0), 0);
}

/** Why a wait should be over; null if it should not. */
function overdue(thread: DeclaredThread, wait: DeclaredWait, ledger: Ledger): string | null {
  const { cvm } = thread.frames.at(-1)!;
  switch (wait.call) {
    case "cps_send":
      return wait.end === null ? null : whySent(wait.end, ledger);
    case "cps_recv":
      return wait.end === null ? null : whyReceived(wait.end, wait, ledger);
    case "cps_accept":
      if (wait.listener === null) return null;
      if (!ledger.listeners.has(wait.listener)) return "nobody listens any more";
      return wait.listener.backlog.length === 0 ? null : "somebody has connected";
    case "cps_poll":
      return countReady(ledger, cvm, wait.words ?? []) === 0 ? null : "something is ready";
    case "net_rx":
      return cvm.packets.length === 0 ? null : "there is a packet";
    case "thread_join":
      return wait.thread?.state === "dead" ? "that thread is dead" : null;
    case "cp_call_wait":
      return wait.ticket !== null && !ledger.tickets.has(wait.ticket) ? "the ticket is spent" : null;
    case "cp_call_serve":
      return nextServed(ledger, cvm) === null ? null : "there is a call to serve";
    case "cp_file_wait":
      if (wait.grant === null) return null;
      if (!wait.grant.isLive) return "the grant is over";
      return wait.grant.epoch === wait.args[1] ? null : "there was a notice";
    case "cp_call": {
      if (wait.request === null) return null;
      if (!wait.request.endpoint.isLive) return "the endpoint is gone";
      return ledger.roomIn(wait.request.endpoint) === null ? null : "there is room";
    }
    default:
      return null;
  }
}

/** Why nobody should wait to send from an end. */
function whySent(end: DeclaredEnd, ledger: Ledger): string | null {
  if (!end.isOpen) return "its own end is closed";
  if (!isGoing(end)) return "nobody receives any more";
  return placeAt(ledger, peerOf(end)) === null ? null : "there is a place for what it sends";
}

/** Why nobody should wait to receive at an end. */
function whyReceived(end: DeclaredEnd, { args }: DeclaredWait, ledger: Ledger): string | null {
  if (!end.isOpen) return "its own end is closed";
  if (end.posted?.got) return "something has come";
  if (!isGoing(peerOf(end))) return "nobody sends any more";
  const isSent = args[2]! > 0n && waitersAt(ledger, peerOf(end), "cps_send").length > 0;
  return isSent ? "somebody waits to send" : null;
}
