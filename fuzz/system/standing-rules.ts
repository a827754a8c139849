/**
 * Which outcomes calls cannot have where their callers stand so, with the rule of the design that says so. Everything else
 * that a call is declared to answer can be met in every state, and is listed until it is.
 */
import { handleCalls } from "./named.ts";
import { type Role, roles } from "./standing.ts";

/** What cannot be, and why. Lists of outcomes name what cannot be met; `allBut` what alone can. */
export interface Impossible {
  readonly calls: readonly string[];
  readonly outcomes: readonly string[] | { readonly allBut: readonly string[] };
  readonly role: Role;
  readonly classes: readonly string[];
  readonly reason: string;
}

const HOME = ["at home", "in its handler"] as const;
const INSIDE = ["in a callee", "serving", "left alone"] as const;
const ONE_DOMAIN = [...HOME, "left alone"] as const;
const OVER = ["in quarantine", "gone"] as const;
const ENDS_WITH_OWNER = "I-54, I-69: what somebody offered is over when its owner is";
const ENDS_OF_CALLS = ["thread_exit", "cp_call_return", "exception_return", "sco_return"] as const;

function others(role: Role, classes: readonly string[]): readonly string[] {
  return roles[role].filter((one) => !classes.includes(one));
}

/** A call that ends something is refused wherever that is not what the thread is in, and nowhere else. */
function endsOnly(
  call: (typeof ENDS_OF_CALLS)[number],
  classes: readonly string[],
  reason: string,
): Impossible[] {
  const rule = { calls: [call], role: "caller", reason } as const;
  return [
    { ...rule, outcomes: ["EPERM"], classes },
    { ...rule, outcomes: { allBut: ["EPERM"] }, classes: others("caller", classes) },
  ];
}

export const impossible: readonly Impossible[] = [
  ...endsOnly("thread_exit", HOME, "I-31: a thread exits at home; a call ends by its own return"),
  ...endsOnly("cp_call_return", INSIDE, "I-31: only who was entered by a call can return from one"),
  ...endsOnly("exception_return", ["in its handler"], "3.9: only a handler returns from an exception"),
  ...endsOnly("sco_return", ["called back"], "I-30: only who was called back by an object returns to it"),
  {
    calls: ["cp_buffer_read", "cp_buffer_write"],
    outcomes: { allBut: ["EBADF"] },
    role: "caller",
    classes: [...HOME, "called back"],
    reason: "I-51: a buffer is there for who serves a call, while it does",
  },
  {
    calls: ["cp_call", "cp_call_serve"],
    outcomes: ["ELOOP"],
    role: "caller",
    classes: ONE_DOMAIN,
    reason: "I-33: one domain is not the eighth",
  },
  {
    calls: ["cp_call"],
    outcomes: ["EDEADLK"],
    role: "caller",
    classes: HOME,
    reason: "I-71: a thread at home is in no endpoint that it could wait for",
  },
  {
    calls: ["cp_call_unregister"],
    outcomes: ["EBUSY"],
    role: "caller",
    classes: HOME,
    reason: "I-72: a thread at home is in no endpoint",
  },
  {
    calls: ["cp_file_probe", "cp_call_open", "cps_connect"],
    outcomes: { allBut: ["ENOENT"] },
    role: "named",
    classes: [...OVER, "nobody"],
    reason: ENDS_WITH_OWNER,
  },
  {
    calls: ["cp_call_open", "cps_connect"],
    outcomes: ["EACCES"],
    role: "named",
    classes: ["itself"],
    reason: "I-52: an owner is always welcome to what is its own",
  },
  {
    calls: handleCalls,
    outcomes: { allBut: ["EBADF"] },
    role: "named",
    classes: ["nobody"],
    reason: "I-64: a handle that is not open is EBADF, whatever else is wrong",
  },
  {
    calls: ["cp_file_pread", "cp_file_pwrite", "cp_file_lseek", "cp_file_notify", "cp_file_wait"],
    outcomes: { allBut: ["ESTALE", "EBADF"] },
    role: "named",
    classes: OVER,
    reason: ENDS_WITH_OWNER,
  },
  {
    calls: ["cp_call", "cp_call_async"],
    outcomes: { allBut: ["ESTALE", "EBADF", "EFAULT"] },
    role: "named",
    classes: OVER,
    reason: ENDS_WITH_OWNER,
  },
  {
    calls: ["cp_file_revoke", "cp_call_unregister"],
    outcomes: { allBut: ["ENOENT", "EBADF"] },
    role: "named",
    classes: OVER,
    reason: ENDS_WITH_OWNER,
  },
  {
    calls: ["cp_file_revoke", "cp_call_unregister"],
    outcomes: ["ok", "EBUSY"],
    role: "named",
    classes: ["running"],
    reason: "I-54, I-72: only the owner takes back what it offers",
  },
  {
    calls: ["cp_file_revoke", "cp_call_unregister"],
    outcomes: ["EPERM"],
    role: "named",
    classes: ["itself"],
    reason: "I-54, I-72: the owner may take back what it offers",
  },
  {
    calls: ["cps_accept"],
    outcomes: { allBut: ["EBADF"] },
    role: "named",
    classes: ["running", ...OVER],
    reason: "I-76: nobody but its owner has a handle to a listener",
  },
  {
    calls: ["cps_send", "cps_recv"],
    outcomes: ["waits", "woken", "EAGAIN"],
    role: "named",
    classes: OVER,
    reason: "I-78: nobody waits for one who is dead",
  },
  {
    calls: ["kill", "reclaim"],
    outcomes: { allBut: ["ENOENT"] },
    role: "named",
    classes: ["gone", "nobody"],
    reason: "3.4: there is nothing to end",
  },
  {
    calls: ["kill", "reclaim"],
    outcomes: ["ENOENT"],
    role: "named",
    classes: ["running", "in quarantine"],
    reason: "3.4: it is there",
  },
  {
    calls: ["kill"],
    outcomes: ["EBUSY"],
    role: "named",
    classes: ["running"],
    reason: "3.4: it can be killed",
  },
  {
    calls: ["kill"],
    outcomes: ["ok"],
    role: "named",
    classes: ["in quarantine"],
    reason: "3.4: it is dead already",
  },
  {
    calls: ["reclaim"],
    outcomes: ["ok"],
    role: "named",
    classes: ["running"],
    reason: "3.4: what is not dead is not swept",
  },
  {
    calls: ["kill", "reclaim"],
    outcomes: { allBut: [] },
    role: "named",
    classes: ["itself"],
    reason: "events come from outside",
  },
];

/** Why a call cannot have an outcome where a caller stands so; null if it can. */
export function whyNot(call: string, outcome: string, role: Role, one: string): string | null {
  const found = impossible.find(
    ({ calls, outcomes, role: of, classes }) =>
      of === role &&
      calls.includes(call) &&
      classes.includes(one) &&
      ("allBut" in outcomes ? !outcomes.allBut.includes(outcome) : outcomes.includes(outcome)),
  );
  return found?.reason ?? null;
}
