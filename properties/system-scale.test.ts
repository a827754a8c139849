import { describe, expect, test } from "vitest";
import { createSystemModel } from "../model/intravisor/system.ts";
import type { ThreadName } from "../model/system-contract.ts";
import { live, lives, settle } from "./system-scale-lives.ts";
import { newSystem, small, Town } from "./system-town.ts";

const CVMS = 100;
/** Where each cVM keeps things. */
const at = {
  key: 0x40,
  acl: 0x80,
  block: 0x100,
  file: 0x200,
  packet: 0x300,
  iov: 0x400,
  sector: 0x800,
} as const;
const FOREVER = 2n ** 64n - 1n;
/** The third handle that a cVM opens. */
const LISTENER = 2n | (1n << 16n);

const nameOf = (index: number): string => `c${index % CVMS}`;
const first = (index: number): ThreadName => ({ cvm: nameOf(index), thread: 0 });
const identity = (index: number): bigint => BigInt(index % CVMS) | (1n << 32n);

/** What the cVM of this number offers to the next one: a file, an endpoint, a listener. */
function offer(town: Town, index: number): void {
  const by = first(index);
  town.put(by, at.key, 0x1000 + index);
  town.put(by, at.acl, identity(index + 1));
  town.put(by, at.file, 7 * index);
  const rest = [{ own: at.acl }, 1] as const;
  expect(
    town.call(by, "cp_file_advertise", { own: at.key }, 8, { own: at.file }, 64, 3, ...rest),
  ).toBeGreaterThan(0n);
  expect(
    town.call(by, "cp_call_register", { own: at.key }, 8, { code: 0x1000 }, 64, 2, ...rest),
  ).toBeGreaterThan(0n);
  expect(town.call(by, "cps_listen", { own: at.key }, 8, ...rest)).toBeGreaterThan(0n);
}

/** What it does with what the one before it offers. */
function use(town: Town, index: number): void {
  const by = first(index);
  town.put(by, at.key + 8, 0x1000 + ((index + CVMS - 1) % CVMS));
  const key = [{ own: at.key + 8 }, 8] as const;
  const file = town.call(by, "cp_file_probe", ...key, 3);
  expect(town.call(by, "cp_file_pread", file, 0, { own: at.packet }, 8)).toBe(8n);
  expect(town.call(by, "cp_file_pwrite", file, 8, { own: at.file }, 8)).toBe(8n);
  const endpoint = town.call(by, "cp_call_open", ...key);
  town.put(by, at.block, index);
  expect(town.ask(by, "cp_call", endpoint, { own: at.block }).kind).toBe("entered");
  expect(town.call(by, "cp_call_return", index)).toBe(BigInt(index));
  const mine = town.call(by, "cps_connect", ...key);
  const owner = first(index + CVMS - 1);
  const theirs = town.call(owner, "cps_accept", LISTENER, 0);
  expect(town.call(owner, "cps_post_recv", theirs, { own: at.sector }, 64)).toBe(0n);
  expect(town.call(by, "cps_send", mine, { own: at.file }, 16, 0)).toBe(16n);
  town.put(by, at.packet, identity(index + 50));
  expect(town.call(by, "net_tx", 0, { own: at.packet }, 8 + (index % 249))).toBe(BigInt(8 + (index % 249)));
  town.put(by, at.iov, { own: at.file });
  town.put(by, at.iov + 8, 512);
  expect(town.call(by, "disk_rw", 0, index % 64, { own: at.iov }, 1, 1)).toBe(512n);
}

describe("a hundred cVMs at once", () => {
  test("all talk to each other, and the two sides agree on what they say and hold", () => {
    const town = new Town(createSystemModel(), newSystem());
    for (let index = 0; index < CVMS; index++) expect(town.create(small(nameOf(index)))).toBe(0n);
    for (let index = 0; index < CVMS; index++) offer(town, index);
    expect(town.disagreements("outline")).toEqual([]);
    for (let index = 0; index < CVMS; index++) use(town, index);
    // Everybody waits for a packet but has one already, from the one fifty places away.
    for (let index = 0; index < CVMS; index++) {
      expect(town.call(first(index), "net_rx", 0, { own: at.packet }, 256, FOREVER)).toBe(
        BigInt(8 + (((index + 50) % CVMS) % 249)),
      );
    }
    expect(town.disagreements("view")).toEqual([]);
    // Every other one dies while the next is a customer of it.
    for (let index = 0; index < CVMS; index += 2) town.bury(nameOf(index));
    for (let index = 1; index < CVMS; index += 2) expect(town.call(first(index), "time")).toBe(0n);
    expect(town.disagreements("view")).toEqual([]);
  });
});

/** What memory holds that is not the rock's own: nothing; and how many granules are tagged anywhere. */
function marksOf({ probe }: ReturnType<typeof newSystem>) {
  const { ramBase, arenaTop, arenaBase, blocksBase, blocksSize, blocksPerCvm, blockBytes } = probe.places;
  const rock = small("rock").size;
  const isZero = (from: number, to: number) => probe.bytes(from, to - from).every((byte) => byte === 0);
  return {
    tagged: probe.tagged(ramBase, arenaTop - ramBase).length,
    isArenaZero: isZero(arenaBase + rock, arenaTop),
    areBlocksZero: isZero(blocksBase + blocksPerCvm * blockBytes, blocksBase + blocksSize),
  };
}

describe("lives of cVMs", () => {
  test("ten thousand leave nothing in any table, and no byte and no tag in memory", () => {
    const system = newSystem();
    const town = new Town(system);
    settle(town);
    const before = { census: system.probe.census(), memory: marksOf(system) };
    for (let index = 0; index < 10_000; index++) {
      if (index % 5 === 0) live(town, lives[(index / 5) % lives.length]);
      else live(town);
      town.heard.length = 0;
    }
    expect({ census: system.probe.census(), memory: marksOf(system) }).toEqual(before);
  });

  test("each kind leaves nothing in the reference either, and the two sides agree all the while", () => {
    const town = new Town(createSystemModel(), newSystem());
    settle(town);
    for (let index = 0; index < 20 * lives.length; index++) {
      live(town, lives[index % lives.length]);
      if (index % lives.length === 0) expect(town.disagreements("view")).toEqual([]);
    }
  });
});
