/** Ends of waits: an error needs a reason here too. */
import type { ErrorName } from "../../../model/system-contract.ts";
import { errorOf } from "../listing.ts";
import type { DeclaredThread, DeclaredWait } from "./declared.ts";
import type { Docket } from "./docket.ts";
import { exactRules as rules } from "./exact-rules.ts";
import type { Ledger } from "./ledger.ts";
import { isGoing } from "./ledger-streams.ts";

/** What a thread was about before a step: its wait, and the domains it was in. */
export interface Slept {
  readonly wait: DeclaredWait | null;
  readonly depth: number;
}

/** An error that ends a wait needs a reason too. */
export function judgeWake(
  thread: DeclaredThread,
  { wait, depth }: Slept,
  value: bigint,
  ledger: Ledger,
  docket: Docket,
): void {
  const error = errorOf(value);
  if (error === null || wait === null) {
    docket.vacuous(rules.wakes);
    return;
  }
  // It is told of the call that it was in, and not of what it waited for there.
  const isCutShort = thread.frames.length < depth && (error === "ECONNRESET" || error === "ETIMEDOUT");
  const isExplained = isCutShort || (explanations[error]?.(wait, ledger, thread) ?? false);
  // What a callee is called with, or a thread exits with, may look like an error.
  const isFree =
    wait.request !== null || ["thread_join", "cp_call_wait", "cp_call_serve"].includes(wait.call);
  if (isExplained) docket.holds(rules.wakes);
  else if (isFree) docket.vacuous(rules.wakes);
  else
    docket.broken(
      rules.wakes,
      `${thread.cvm.name}.${thread.number}: ${wait.call} ends with ${error}, for no reason`,
    );
}

type Explanation = (wait: DeclaredWait, ledger: Ledger, thread: DeclaredThread) => boolean;

/** What explains that a wait ended with an error, as things are after it. */
const explanations: Partial<Record<ErrorName, Explanation>> = {
  ETIMEDOUT: ({ until }, { time }) => until !== null && until <= time,
  EINTR: ({ call }) => call === "sleep",
  ESTALE: ({ request, grant }) => request?.endpoint.isLive === false || grant?.isLive === false,
  EPIPE: ({ end }) => end !== null && !isGoing(end),
  EBADF: ({ end, listener }, { listeners }) =>
    (end !== null && !end.isOpen) || (listener !== null && !listeners.has(listener)),
  ENOSPC: ({ call }) => call === "cps_accept",
  ENOENT: ({ ticket }, { tickets }) => ticket !== null && !tickets.has(ticket),
};
