/** What a cVM may do to use up whatever there is to be used up. All of it is done by one, under keys of its own. */
import type { Town } from "./system-town.ts";
import { meant, small } from "./system-town.ts";

export const EVE = small("eve", {
  size: 0x4000 + 0x8000,
  quotas: { threads: 4, handles: 8, grants: 3, endpoints: 3, timers: 3 },
});
const E = { cvm: "eve", thread: 0 };
const at = { key: 0x40, acl: 0x80, block: 0x100, file: 0x200, iov: 0x400, big: 0x1000 } as const;
const FOREVER = 2n ** 64n - 1n;
/** Where a call's block has its timeout. */
const TIMEOUT = 72;
const TIMES = 24;
/** Places of those who are attacked. */
export const VICTIMS = [1n, 2n] as const;

export type Attack = (town: Town) => void;

export const attacks: Readonly<Record<string, Attack>> = {
  threads: (town) => {
    repeat(TIMES, () => town.ask(E, "thread_create", { code: 0x1000 }, 1));
    for (let thread = 1; thread < EVE.quotas.threads; thread++) {
      town.ask({ cvm: "eve", thread }, "futex_wait", { own: 0 }, 0, FOREVER);
    }
  },
  grants: (town) =>
    repeat(TIMES, (index) => offer(town, index, "cp_file_advertise", { own: at.file }, 64, 3)),
  handles: (town) => {
    offer(town, 0, "cp_file_advertise", { own: at.file }, 64, 3);
    repeat(TIMES, () => town.ask(E, "cp_file_probe", { own: at.key }, 8, 3));
  },
  endpoints: (town) =>
    repeat(TIMES, (index) => offer(town, index, "cp_call_register", { code: 0x1000 }, 64, 2)),
  streams: (town) => {
    repeat(TIMES, (index) => offer(town, index, "cps_listen"));
    repeat(TIMES, () => town.ask(E, "cps_connect", { own: at.key }, 8));
  },
  tickets: (town) => {
    town.put(E, at.block + TIMEOUT, FOREVER);
    offer(town, 0, "cp_call_register", { code: 0x1000 }, 64, 0);
    for (const handle of handlesOf())
      repeat(TIMES, () => town.ask(E, "cp_call_async", handle, { own: at.block }));
  },
  depth: (town) => {
    offer(town, 0, "cp_call_register", { code: 0x1000 }, 64, 2);
    for (const handle of handlesOf()) repeat(10, () => town.ask(E, "cp_call", handle, { own: at.block }));
  },
  timers: (town) => repeat(TIMES, (index) => town.ask(E, "timer_arm", FOREVER / 4n + BigInt(index))),
  packets: (town) => {
    for (const victim of VICTIMS) {
      town.put(E, at.file, victim | (1n << 32n));
      repeat(TIMES, () => town.ask(E, "net_tx", 0, { own: at.file }, 256));
    }
  },
  disk: (town) => {
    town.put(E, at.iov, { own: at.big });
    town.put(E, at.iov + 8, 0x2000);
    for (let sector = 0; sector < 80; sector += 8) town.ask(E, "disk_rw", 0, sector, { own: at.iov }, 1, 1);
  },
  console: (town) => repeat(TIMES, () => town.ask(E, "console_write", { own: at.big }, 4096)),
  faults: (town) => {
    town.ask(E, "exception_register", { code: 0x1000 });
    repeat(TIMES, () => {
      town.take({ by: E, action: { do: "load", address: meant(16), size: 8 } });
      town.ask(E, "exception_return", { code: 0x1000 });
    });
  },
  "handles of others": (town) => {
    for (const call of [
      "cp_file_revoke",
      "cp_file_close",
      "cp_call_unregister",
      "cp_call_close",
      "cps_close",
    ]) {
      for (const handle of handlesOf()) town.ask(E, call, handle);
    }
    repeat(8, (ticket) => town.ask(E, "cp_call_wait", ticket, 0));
    repeat(8, (thread) => thread > 0 && town.ask(E, "futex_wake", { own: 8 * thread }, 100));
  },
};

/** Numbers that handles of the first generations have. */
function handlesOf(): bigint[] {
  return [0, 1, 2, 3, 4].flatMap((index) =>
    [1, 2, 3].map((generation) => BigInt(index) | (BigInt(generation) << 16n)),
  );
}

function offer(town: Town, index: number, call: string, ...args: Parameters<Town["ask"]>[2][]): void {
  town.put(E, at.key, 0xe0e0_0000 + index);
  town.ask(E, call, { own: at.key }, 8, ...args, { own: at.acl }, 0);
}

function repeat(times: number, act: (index: number) => unknown): void {
  for (let index = 0; index < times; index++) act(index);
}
