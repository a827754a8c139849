/** What can come of each call, and of what is no call: declared, so that what was never met is known. */
import type { HostCall } from "../../model/intravisor/calls.ts";

/** Calls that may wait, and how the wait ends when it does not end with an error. */
export const waits: Readonly<Record<string, string>> = {
  sleep: "woken",
  thread_join: "woken",
  futex_wait: "woken",
  cp_file_wait: "woken",
  net_rx: "woken",
  cp_call: "woken inside",
  cp_call_serve: "woken inside",
  cp_call_wait: "woken",
  cps_accept: "woken",
  cps_send: "woken",
  cps_recv: "woken",
  cps_poll: "woken",
};
/** How calls end well that do not simply return. */
const goods: Readonly<Record<string, readonly string[]>> = {
  cp_call: ["entered"],
  cp_call_serve: ["entered"],
  sco_call: ["ok", "entered"],
  sco_return: ["ok", "entered"],
  futex_wait: [],
};
/** Calls that give back what guests choose: their values say nothing. */
export const freeValued: readonly string[] = [
  "cp_call_return",
  "cp_call_wait",
  "thread_join",
  "sco_call",
  "sco_return",
];
/** What cannot be met while steps are atomic. */
const unreachable: Readonly<Record<string, readonly string[]>> = {
  // The grants of a cVM that dies are gone before anybody can ask for them.
  cp_file_probe: ["ENODEV"],
  // One cVM may not have so much state that there is no room for it.
  sco_bind: ["ENOSPC"],
  // The stub that calls belongs to the cVM that the thread is in.
  sco_call: ["EPERM"],
};

/** Outcomes of what is no host call. */
export const others: Readonly<Record<string, readonly string[]>> = {
  "no such call": ["ENOSYS"],
  load: ["ok", "faulted"],
  store: ["ok", "faulted"],
  fill: ["ok", "faulted"],
  place: ["ok", "faulted"],
  narrow: ["ok", "EINVAL"],
  create: ["ok", "EINVAL", "E2BIG", "EEXIST", "ENOENT", "ELOOP", "ENOMEM"],
  kill: ["ok", "ENOENT", "EBUSY"],
  reclaim: ["ok", "ENOENT", "EBUSY"],
  advance: ["ok"],
  "a thread that cannot act": ["blocked", "no such thread"],
};

export function declaredOf({ name, errors }: HostCall): readonly string[] {
  const wait = waits[name];
  const good = goods[name] ?? ["ok"];
  const never = unreachable[name] ?? [];
  return [
    ...good,
    ...(wait === undefined ? [] : ["waits", wait]),
    ...errors.filter((error) => !never.includes(error)),
  ];
}
