import { describe, expect, test } from "vitest";
import { fromMemory } from "../fuzz/oracle/exact/capability.ts";
import type { ProbedSystem } from "../impl/intravisor/intravisor.ts";
import { eachTagged } from "../impl/intravisor/probe.ts";
import { createSystemModel } from "../model/intravisor/system.ts";
import { assemble, newSystem, small, Town } from "./system-town.ts";

const A = { cvm: "a", thread: 0 };
const B = { cvm: "b", thread: 0 };
const at = { key: 0x40, acl: 0x80, block: 0x100, file: 0x200 } as const;
const KEY = [{ own: at.key }, 8] as const;
const EBADF = -9n;
const ENOSPC = -28n;
/** Places in the table of cVMs, and the last generation of each. */
const PLACES = 256;
const LAST = 2 ** 32 - 1;
const LAST_OF_HANDLES = 2 ** 47 - 1;

const both = (used: { places: number; handles: number }) =>
  new Town(createSystemModel(used), newSystem(used));

describe("generations that come to their end", () => {
  test("a place whose last generation is over stays empty, and creation fails when all are", () => {
    const town = both({ places: LAST - 1, handles: 0 });
    for (let place = 0; place < PLACES; place++) {
      expect(town.create(small("a"))).toBe(0n);
      const { outcome } = town.take({ by: A, action: { do: "call", call: "thread_self", args: [] } });
      expect(outcome).toMatchObject({ values: [0n, BigInt(place) | (BigInt(LAST) << 32n), 0n] });
      town.bury("a");
    }
    expect(town.create(small("a"))).toBe(ENOSPC);
    expect(town.disagreements("view")).toEqual([]);
  });

  test("an index whose last generation is over is not handed out, and old handles mean nothing", () => {
    const town = both({ places: 0, handles: LAST_OF_HANDLES - 2 });
    town.create(small("a", { quotas: { ...small("a").quotas, handles: 2 } }));
    town.put(A, at.key, 1);
    const old: bigint[] = [];
    for (let count = 0; count < 4; count++) {
      const handle = town.call(A, "cp_file_advertise", ...KEY, { own: at.file }, 64, 3, { own: at.acl }, 0);
      expect(handle).toBeGreaterThan(0n);
      for (const one of old) expect(town.call(A, "cp_file_lseek", one, 0, 0)).toBe(EBADF);
      for (const one of old) expect(town.call(A, "cp_file_pread", one, 0, { own: at.file }, 8)).toBe(EBADF);
      expect(town.call(A, "cp_file_pread", handle, 0, { own: at.file }, 8)).toBe(8n);
      town.call(A, "cp_file_revoke", handle);
      town.call(A, "cp_file_close", handle);
      old.push(handle);
    }
    expect(new Set(old).size).toBe(4);
    expect(town.call(A, "cp_file_advertise", ...KEY, { own: at.file }, 64, 3, { own: at.acl }, 0)).toBe(
      ENOSPC,
    );
    expect(town.disagreements("view")).toEqual([]);
  });
});

/** Leaves both halves of the gate pair of the domain that the thread is in, as its code may load them, in c18 and c19. */
const TAKE_PAIR = `
  cspecialrw c7, pcc, c0
  cgetbase x5, c7
  cgetlen x6, c7
  add x5, x5, x6
  lui x6, 1048575
  add x5, x5, x6
  slli x6, x4, 5
  add x5, x5, x6
  csetaddr c7, c7, x5
  lc.cap c18, (c7)
  cincoffsetimm c7, c7, 16
  lc.cap c19, (c7)
`;
const SENTRIES_FROM = 0x3fff0;

/** How many capabilities there are with each object type: in memory and in registers. */
function sealed({ probe }: ProbedSystem): Map<number, number> {
  const counts = new Map<number, number>();
  const count = (otype: number) => {
    if (otype < SENTRIES_FROM) counts.set(otype, (counts.get(otype) ?? 0) + 1);
  };
  const { ramBase, arenaTop } = probe.places;
  for (const offset of probe.tagged(ramBase, arenaTop - ramBase)) {
    const bytes = probe.bytes(ramBase + offset, 16);
    const [address, high] = new BigUint64Array(bytes.slice().buffer) as unknown as [bigint, bigint];
    count(Number(fromMemory(true, address, high).otype));
  }
  for (const { context } of probe.threads()) {
    eachTagged(context, (_register, { high }) => count(Number((high >> 27n) & 0x3ffffn)));
  }
  return counts;
}

describe("object types", () => {
  test("come back with the place they belong to, when nothing sealed with them is left", () => {
    const system = newSystem();
    const town = new Town(system);
    town.create(small("a"));
    const before = sealed(system);
    const types = new Set<number>();
    for (let life = 0; life < 20; life++) {
      town.create(small("b"));
      const mine = [...sealed(system).keys()].filter((otype) => !before.has(otype));
      expect(mine.length).toBe(1);
      types.add(mine[0]!);
      // A thread of the other's takes both halves, in the domain that is about to end, and keeps them where it can.
      town.put(B, at.key, life);
      town.put(B, at.acl, 1n << 32n);
      town.put(A, at.key, life);
      town.call(B, "cp_call_register", ...KEY, { code: 0x1000 }, 64, 0, { own: at.acl }, 1);
      const door = town.call(A, "cp_call_open", ...KEY);
      expect(town.ask(A, "cp_call", door, { own: at.block }).kind).toBe("entered");
      town.take({ by: A, action: { do: "body", words: [...assemble(TAKE_PAIR, false)] } });
      town.take({ by: B, action: { do: "body", words: [...assemble(TAKE_PAIR, false)] } });
      // Two halves of each of two pairs in the store, and of one in the registers of each thread.
      expect(sealed(system).get(mine[0]!)).toBe(8);
      town.bury("b");
      expect(sealed(system)).toEqual(before);
      town.call(A, "cp_call_close", door);
    }
    expect(types.size).toBe(1);
  });

  test("are one for each place, far fewer than there are", () => {
    const system = newSystem();
    const town = new Town(system);
    for (let place = 0; place < PLACES; place++) expect(town.create(small(`c${place}`))).toBe(0n);
    expect(town.create(small("one-more"))).toBe(ENOSPC);
    expect(sealed(system).size).toBe(PLACES);
    for (let place = 0; place < PLACES; place++) town.bury(`c${place}`);
    expect(sealed(system).size).toBe(0);
  });
});
