/** What two honest cVMs do with each other, and what they hear: the same, whatever a third one does (I-45, I-114). */
import type { StepReport } from "../model/system-contract.ts";
import { type Argument, meant, small, type Town } from "./system-town.ts";

export const ALICE = small("alice");
export const BOB = small("bob");
const A = { cvm: "alice", thread: 0 };
const A1 = { cvm: "alice", thread: 1 };
const B = { cvm: "bob", thread: 0 };
const at = { key: 0x40, acl: 0x80, block: 0x100, file: 0x200, packet: 0x300, iov: 0x400 } as const;
const KEY: readonly Argument[] = [{ own: at.key }, 8];
const FOR_BOB: readonly Argument[] = [{ own: at.acl }, 1];
const FOREVER = 2n ** 64n - 1n;
/** Where a call's block has its timeout. */
const TIMEOUT = 72;
const [ALICE_WORD, BOB_WORD] = [1n | (1n << 32n), 2n | (1n << 32n)];

/** One round of everything there is. What it tells is all that the two hear. */
export function work(town: Town): StepReport[] {
  const begun = town.heard.length;
  for (const by of [A, B]) town.put(by, at.key, 0x6b6579);
  town.put(A, at.acl, BOB_WORD);
  town.call(A, "console_write", { own: at.key }, 8);
  threads(town);
  files(town);
  calls(town);
  streams(town);
  devices(town);
  town.call(A, "exception_register", { code: 0x1000 });
  town.take({ by: A, action: { do: "load", address: meant(16), size: 8 } });
  town.call(A, "exception_return", { code: 0x1000 });
  const packets = mail(town);
  const mine = ({ cvm }: { readonly cvm: string }) => cvm === ALICE.name || cvm === BOB.name;
  const heard = town.heard.slice(begun).map((report) => ({
    ...report,
    woken: report.woken.filter(({ thread }) => mine(thread)),
    devices: report.devices.filter(mine),
  }));
  return [...heard, ...packets];
}

function threads(town: Town): void {
  town.call(A, "thread_create", { code: 0x1000 }, 1);
  town.ask(A1, "futex_wait", { own: 0 }, 0, FOREVER);
  town.call(A, "futex_wake", { own: 0 }, 1);
  town.call(A1, "thread_exit", 9);
  town.call(A, "thread_join", 1);
  town.call(A, "timer_arm", 10);
  town.ask(A, "sleep", 100);
  town.happen({ do: "advance", ns: 10n });
}

function files(town: Town): void {
  const mine = town.call(A, "cp_file_advertise", ...KEY, { own: at.file }, 64, 3, ...FOR_BOB);
  const theirs = town.call(B, "cp_file_probe", ...KEY, 3);
  town.call(B, "cp_file_pwrite", theirs, 0, { own: at.key }, 8);
  town.call(A, "cp_file_pread", mine, 0, { own: at.packet }, 8);
  town.ask(B, "cp_file_wait", theirs, 0, FOREVER);
  town.call(A, "cp_file_notify", mine);
  town.call(A, "cp_file_revoke", mine);
  town.call(A, "cp_file_close", mine);
  town.call(B, "cp_file_close", theirs);
}

function calls(town: Town): void {
  const mine = town.call(A, "cp_call_register", ...KEY, { code: 0x1000 }, 64, 0, ...FOR_BOB);
  const door = town.call(B, "cp_call_open", ...KEY);
  town.put(B, at.block + TIMEOUT, FOREVER);
  town.ask(B, "cp_call", door, { own: at.block });
  town.call(B, "cp_call_return", 77);
  const ticket = town.call(B, "cp_call_async", door, { own: at.block });
  town.ask(B, "cp_call_wait", ticket, 0);
  town.call(A, "cp_call_unregister", mine);
  town.ask(B, "cp_call_wait", ticket, 0);
  town.call(A, "cp_call_close", mine);
  town.call(B, "cp_call_close", door);
}

function streams(town: Town): void {
  const listener = town.call(A, "cps_listen", ...KEY, ...FOR_BOB);
  const theirs = town.call(B, "cps_connect", ...KEY);
  const mine = town.call(A, "cps_accept", listener, 0);
  town.call(A, "cps_post_recv", mine, { own: at.file }, 64);
  town.call(B, "cps_send", theirs, { own: at.key }, 8, 0);
  for (const handle of [mine, listener]) town.call(A, "cps_close", handle);
  town.call(B, "cps_close", theirs);
}

function devices(town: Town): void {
  town.put(A, at.iov, { own: at.file });
  town.put(A, at.iov + 8, 512);
  for (const direction of [1, 0]) town.call(A, "disk_rw", 0, 63, { own: at.iov }, 1, direction);
}

/** Each writes to the other. A stranger's packets may come in between; what is told is what comes of the friend's. */
function mail(town: Town): StepReport[] {
  const told: StepReport[] = [];
  const begun = town.heard.length;
  town.put(A, at.packet, BOB_WORD);
  town.call(A, "net_tx", 0, { own: at.packet }, 40);
  town.put(B, at.packet, ALICE_WORD);
  town.call(B, "net_tx", 0, { own: at.packet }, 50);
  told.push(...town.heard.slice(begun));
  for (const [by, friend] of [
    [A, BOB_WORD],
    [B, ALICE_WORD],
  ] as const) {
    for (let sender = 0n; sender !== friend; ) {
      town.call(by, "net_rx", 0, { own: at.packet }, 256, 0);
      const got = town.heard.at(-1)!;
      const address = meant({ own: at.packet });
      const { outcome } = town.take({ by, action: { do: "load", address, size: 8 } });
      sender = outcome.kind === "returned" ? outcome.values[0] : friend;
      if (sender === friend) told.push(got);
    }
  }
  town.heard.length = begun;
  return told;
}
