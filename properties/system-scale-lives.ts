/** Short lives of cVMs, each of which leaves something undone: what a dead cVM must take with it. */
import type { Argument, Town } from "./system-town.ts";
import { CODE_SIZE, small } from "./system-town.ts";

/** Lives on beside the others, and is called, written to and robbed by none of them. */
export const ROCK = { cvm: "rock", thread: 0 } as const;
const LIFE = { cvm: "life", thread: 0 } as const;
const INNER = { cvm: "inner", thread: 0 } as const;
const FOREVER = 2n ** 64n - 1n;
const at = { key: 0x40, acl: 0x80, block: 0x100, file: 0x200, iov: 0x400 } as const;
const KEY: readonly Argument[] = [{ own: at.key }, 8];
/** An access list with the rock on it. */
const FOR_ROCK: readonly Argument[] = [{ own: at.acl }, 1];

/** One kind of life: what it does before its end. The rock has the key and its own identity in its memory. */
export type Life = (town: Town) => void;

export const lives: readonly Life[] = [
  (town) => {
    offered(town, "cp_file_advertise", { own: at.file }, 64, 3);
    const file = town.call(ROCK, "cp_file_probe", ...KEY, 3);
    town.ask(ROCK, "cp_file_wait", file, 0, FOREVER);
    // The rock is woken by the end of the life, and closes what is stale only then.
    town.bury(LIFE.cvm);
    town.call(ROCK, "cp_file_close", file);
  },
  (town) => {
    offered(town, "cp_call_register", { code: 0x1000 }, 64, 0);
    const door = town.call(ROCK, "cp_call_open", ...KEY);
    town.ask(ROCK, "cp_call", door, { own: at.block });
    town.bury(LIFE.cvm);
    town.call(ROCK, "cp_call_close", door);
  },
  (town) => {
    offered(town, "cp_call_register", { code: 0x1000 }, 64, 2);
    const door = town.call(ROCK, "cp_call_open", ...KEY);
    const tickets = [1, 2, 3].map(() => town.call(ROCK, "cp_call_async", door, { own: at.block }));
    town.bury(LIFE.cvm);
    for (const ticket of tickets) town.call(ROCK, "cp_call_wait", ticket, 0);
    town.call(ROCK, "cp_call_close", door);
  },
  (town) => {
    offered(town, "cps_listen");
    const end = town.call(ROCK, "cps_connect", ...KEY);
    town.bury(LIFE.cvm);
    town.call(ROCK, "cps_close", end);
  },
  (town) => {
    offered(town, "cps_listen");
    const end = town.call(LIFE, "cps_connect", ...KEY);
    town.ask(LIFE, "cps_send", end, { own: at.file }, 100, 0);
  },
  (town) => {
    for (let count = 0; count < 3; count++) town.call(LIFE, "timer_arm", 100 + count);
    town.ask(LIFE, "sleep", 1000);
  },
  (town) => {
    town.put(LIFE, at.block, (1n << 32n) | 1n);
    for (let count = 0; count < 3; count++) town.call(LIFE, "net_tx", 0, { own: at.block }, 100 + count);
    town.ask(LIFE, "net_rx", 0, { own: at.file }, 256, FOREVER);
  },
  (town) => {
    town.put(LIFE, at.iov, { own: at.file });
    town.put(LIFE, at.iov + 8, 1024);
    town.call(LIFE, "disk_rw", 0, 3, { own: at.iov }, 1, 1);
    town.call(LIFE, "exception_register", { code: 0x1000 });
    town.take({ by: LIFE, action: { do: "load", address: { kind: "number", value: 16n }, size: 8 } });
  },
  (town) => {
    town.call(LIFE, "thread_create", { code: 0x1000 }, 7);
    town.ask({ cvm: LIFE.cvm, thread: 1 }, "futex_wait", { own: 0 }, 0, FOREVER);
    town.ask(LIFE, "thread_join", 1);
  },
  (town) => {
    const parent = { cvm: LIFE.cvm, at: 0x1000 };
    town.create(
      small(INNER.cvm, { parent, size: CODE_SIZE + 0x2000, quotas: { ...small("").quotas, threads: 1 } }),
    );
    town.call(INNER, "timer_arm", 5);
    town.happen({ do: "kill", cvm: LIFE.cvm });
    town.bury(INNER.cvm);
  },
  // It faults without a handler, and is its own end.
  (town) => {
    town.take({ by: LIFE, action: { do: "load", address: { kind: "number", value: 16n }, size: 8 } });
  },
  (town) => {
    town.ask(LIFE, "exit", 3);
  },
];

/** The life offers something under the key, to the rock too. */
function offered(town: Town, call: string, ...args: readonly Argument[]): void {
  town.put(LIFE, at.key, 0x6b6579);
  town.put(LIFE, at.acl, 1n << 32n);
  town.call(LIFE, call, ...KEY, ...args, ...FOR_ROCK);
}

/** The rock comes to be, in the first place. */
export function settle(town: Town): void {
  town.create(small(ROCK.cvm));
  town.put(ROCK, at.key, 0x6b6579);
  town.put(ROCK, at.block + 72, FOREVER);
  town.call(ROCK, "time");
}

/** A cVM is born, does something or nothing, dies and is swept away, whatever of that it did by itself. */
export function live(town: Town, life: Life = () => {}): void {
  town.create(small(LIFE.cvm));
  life(town);
  town.bury(LIFE.cvm);
}
