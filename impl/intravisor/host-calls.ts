/** The table of host calls: by number, and the numbers of their names. */
import { objectCalls } from "../sco/calls.ts";
import { basicCalls, type Call } from "./basic-calls.ts";
import { crossingCalls } from "./crossing-calls.ts";
import { ticketCalls } from "./crossing-tickets.ts";
import { deviceCalls } from "./device-calls.ts";
import { exceptionCalls } from "./exception-calls.ts";
import { fileCalls } from "./file-calls.ts";
import { streamCalls } from "./stream-calls.ts";

export const hostCalls: ReadonlyMap<bigint, Call> = new Map(
  [
    ...basicCalls,
    ...deviceCalls,
    ...exceptionCalls,
    ...fileCalls,
    ...crossingCalls,
    ...ticketCalls,
    ...streamCalls,
    ...objectCalls,
  ].map(([number, call]) => [BigInt(number), call]),
);

const names: Readonly<Record<string, number>> = {
  console_write: 1,
  time: 2,
  sleep: 3,
  timer_arm: 4,
  thread_create: 5,
  thread_exit: 6,
  thread_join: 7,
  thread_self: 8,
  futex_wait: 9,
  futex_wake: 10,
  disk_rw: 11,
  disk_capacity: 12,
  net_tx: 13,
  net_rx: 14,
  net_poll: 15,
  exit: 16,
  exception_register: 17,
  exception_return: 18,
  cp_file_advertise: 20,
  cp_file_probe: 21,
  cp_file_lseek: 24,
  cp_file_notify: 25,
  cp_file_wait: 26,
  cp_file_close: 27,
  cp_file_revoke: 28,
  cp_call_register: 30,
  cp_call_open: 31,
  cp_call: 32,
  cp_call_serve: 29,
  cp_call_async: 33,
  cp_call_wait: 34,
  cp_call_return: 35,
  cp_call_unregister: 36,
  cp_call_close: 37,
  cps_listen: 40,
  cps_connect: 41,
  cps_accept: 42,
  cps_send: 43,
  cps_recv: 44,
  cps_post_recv: 45,
  cps_poll: 46,
  cps_shutdown: 47,
  cps_close: 48,
  sco_create: 50,
  sco_bind: 51,
  sco_unbind: 52,
  sco_close: 53,
  sco_import: 54,
  sco_lookup: 55,
  sco_callback: 56,
  sco_return: 57,
};

/** The number of a call; one that nothing has if there is no such call. */
export function numberOf(name: string): bigint {
  return BigInt(names[name] ?? 0);
}
