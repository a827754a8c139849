/** The host calls: number in t5, arguments in a0 to a7, results in a0 to a2. What a call may answer stands beside it. */
import * as object from "../sco/calls.ts";
import * as imports from "../sco/imports.ts";
import * as objects from "../sco/objects.ts";
import type { ErrorName } from "../system-contract.ts";
import type { Caller, Change } from "./change.ts";
import { consoleWrite } from "./console.ts";
import * as crossing from "./cp-call.ts";
import * as ticket from "./cp-call-ticket.ts";
import * as file from "./cp-file.ts";
import * as stream from "./cp-stream.ts";
import { poll } from "./cp-stream-poll.ts";
import * as transfer from "./cp-stream-transfer.ts";
import * as devices from "./devices.ts";
import * as exceptions from "./exceptions.ts";
import { exit } from "./lifecycle.ts";
import type { System } from "./state.ts";
import * as threads from "./threads.ts";
import * as clock from "./time.ts";

export interface HostCall {
  readonly number: bigint;
  readonly name: string;
  /** Names of the arguments, in order. */
  readonly args: readonly string[];
  readonly errors: readonly ErrorName[];
  readonly perform: (system: System, caller: Caller, args: readonly bigint[]) => Change;
}

function row(
  number: number,
  name: string,
  args: string,
  errors: string,
  perform: HostCall["perform"],
): HostCall {
  const list = (text: string) => text.split(" ").filter((word) => word !== "");
  return { number: BigInt(number), name, args: list(args), errors: list(errors) as ErrorName[], perform };
}

export const hostCalls: readonly HostCall[] = [
  row(1, "console_write", "ptr n", "EFAULT EINVAL", consoleWrite),
  row(2, "time", "", "", clock.time),
  row(3, "sleep", "ns", "EINVAL EINTR", clock.sleep),
  row(4, "timer_arm", "ns", "EINVAL EAGAIN", clock.timerArm),
  row(5, "thread_create", "entry arg", "EAGAIN EFAULT EINVAL", threads.threadCreate),
  row(6, "thread_exit", "value", "EPERM", threads.threadExit),
  row(7, "thread_join", "thread", "ESRCH EDEADLK", threads.threadJoin),
  row(8, "thread_self", "", "", threads.threadSelf),
  row(9, "futex_wait", "address value timeout", "EAGAIN EFAULT EINVAL ETIMEDOUT", threads.futexWait),
  row(10, "futex_wake", "address count", "EFAULT EINVAL", threads.futexWake),
  row(11, "disk_rw", "device sector iov count direction", "ENODEV EINVAL EFAULT EIO", devices.diskRw),
  row(12, "disk_capacity", "device", "ENODEV", devices.diskCapacity),
  row(13, "net_tx", "device ptr n", "ENODEV EINVAL E2BIG EFAULT EAGAIN", devices.netTx),
  row(14, "net_rx", "device ptr n timeout", "ENODEV EINVAL EFAULT EAGAIN ETIMEDOUT", devices.netRx),
  row(15, "net_poll", "device", "ENODEV", devices.netPoll),
  row(16, "exit", "status", "", (system, { cvm }) => exit(system, cvm)),
  row(17, "exception_register", "entry", "EFAULT EINVAL", exceptions.register),
  row(18, "exception_return", "pc", "EPERM EFAULT EINVAL", exceptions.exceptionReturn),
  row(
    20,
    "cp_file_advertise",
    "key n ptr len rights acl count",
    "EINVAL EFAULT EEXIST ENOSPC E2BIG",
    file.advertise,
  ),
  row(21, "cp_file_probe", "key n rights", "EINVAL EFAULT ENOENT EACCES ENOSPC ENODEV", file.probe),
  row(22, "cp_file_pread", "handle offset ptr n", "EBADF EACCES EFAULT ESTALE EINVAL", file.pread),
  row(23, "cp_file_pwrite", "handle offset ptr n", "EBADF EACCES EFAULT ESTALE EINVAL ENOSPC", file.pwrite),
  row(24, "cp_file_lseek", "handle offset whence", "EBADF ESTALE EINVAL", file.lseek),
  row(25, "cp_file_notify", "handle", "EBADF ESTALE", file.notify),
  row(26, "cp_file_wait", "handle epoch timeout", "EBADF ESTALE ETIMEDOUT", file.waitForNotice),
  row(27, "cp_file_close", "handle", "EBADF", file.close),
  row(28, "cp_file_revoke", "handle", "EBADF ENOENT EPERM", file.revoke),
  row(
    30,
    "cp_call_register",
    "key n entry max mode acl count",
    "EINVAL EFAULT EEXIST ENOSPC E2BIG",
    crossing.register,
  ),
  row(31, "cp_call_open", "key n", "EINVAL EFAULT ENOENT EACCES ENOSPC", crossing.open),
  row(
    32,
    "cp_call",
    "handle block",
    "EBADF EFAULT ESTALE EINVAL E2BIG ELOOP EDEADLK EAGAIN ETIMEDOUT ECONNRESET",
    crossing.call,
  ),
  row(33, "cp_call_async", "handle block", "EBADF EFAULT ESTALE EINVAL E2BIG EAGAIN", ticket.callAsync),
  row(34, "cp_call_wait", "ticket timeout", "ENOENT ETIMEDOUT ECONNRESET", ticket.waitForTicket),
  row(29, "cp_call_serve", "timeout", "ELOOP EAGAIN ETIMEDOUT ECONNRESET", ticket.serve),
  row(38, "cp_buffer_read", "offset ptr n", "EBADF EACCES EFAULT EINVAL", file.bufferRead),
  row(39, "cp_buffer_write", "offset ptr n", "EBADF EACCES EFAULT EINVAL ENOSPC", file.bufferWrite),
  row(35, "cp_call_return", "value", "EPERM", crossing.callReturn),
  row(36, "cp_call_unregister", "handle", "EBADF ENOENT EPERM EBUSY", crossing.unregister),
  row(37, "cp_call_close", "handle", "EBADF", crossing.close),
  row(40, "cps_listen", "key n acl count", "EINVAL EFAULT E2BIG EEXIST ENOSPC", stream.listen),
  row(41, "cps_connect", "key n", "EINVAL EFAULT ENOENT EACCES EAGAIN ENOSPC", stream.connect),
  row(42, "cps_accept", "handle timeout", "EBADF ENOSPC EAGAIN ETIMEDOUT", stream.accept),
  row(43, "cps_send", "handle ptr n flags", "EBADF EINVAL EFAULT EPIPE EAGAIN", transfer.send),
  row(44, "cps_recv", "handle ptr n flags", "EBADF EINVAL EFAULT EBUSY EAGAIN", transfer.receive),
  row(45, "cps_post_recv", "handle ptr n", "EBADF EINVAL EFAULT EBUSY EPIPE", transfer.postReceive),
  row(46, "cps_poll", "set count timeout", "E2BIG EFAULT", poll),
  row(47, "cps_shutdown", "handle how", "EBADF EINVAL", stream.shutdown),
  row(48, "cps_close", "handle", "EBADF", stream.close),
  row(50, "sco_create", "ptr n", "EFAULT E2BIG ENOEXEC ENOSPC", objects.create),
  row(51, "sco_bind", "handle mode", "EBADF EINVAL EEXIST ENOMEM ENOSPC", objects.bind),
  row(52, "sco_unbind", "handle", "EBADF ENOENT EBUSY", objects.unbind),
  row(53, "sco_close", "handle", "EBADF", objects.close),
  row(54, "sco_import", "handle import other export", "EBADF ENOENT EINVAL", imports.importObject),
  row(55, "sco_lookup", "ptr", "EFAULT ENOENT ENOSPC", objects.lookup),
  row(56, "sco_callback", "handle import entry", "EBADF ENOENT EINVAL", imports.importClient),
  row(57, "sco_return", "value", "EPERM EFAULT ETIMEDOUT", object.returnToObject),
  row(
    58,
    "sco_call",
    "handle export x0 x1 x2 x3 ptr n",
    "EBADF EINVAL EFAULT ELOOP EPERM ETIMEDOUT",
    object.call,
  ),
];

/** Numbers of what is no host call at all: the guest's own code does it, through what it was granted. */
const LOCAL: readonly bigint[] = [22n, 23n, 38n, 39n, 58n];

const byNumber = new Map(
  hostCalls.filter(({ number }) => !LOCAL.includes(number)).map((call) => [call.number, call]),
);
const byName = new Map(hostCalls.map((call) => [call.name, call]));

export function callWithNumber(number: bigint): HostCall | undefined {
  return byNumber.get(number);
}

export function callNamed(name: string): HostCall | undefined {
  return byName.get(name);
}
