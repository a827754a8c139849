/** CP_File: buffers that are advertised, opened by those on the list, read and written, waited for, and taken back. */
import { type Actor, at, type Held, KEYS, type Scene } from "./scene.ts";
import {
  address,
  any,
  anyKey,
  buffer,
  handle,
  keyed,
  length,
  misread,
  number,
  own,
  patience,
  sharedLength,
  timeout,
} from "./value.ts";

/** The first length that is none (4.5). */
const LENGTH_TOO_LONG = (1n << 47n) + 1n;

/** Writes an access list with these cVMs on it: address and count, which is too much now and then. */
export function acl(
  scene: Scene,
  actor: Actor,
  names: readonly string[],
): [ReturnType<typeof own>, ReturnType<typeof own>] {
  for (const [index, name] of names.entries()) {
    scene.put(actor, at.acl + 8 * index, number(scene.identity(name)));
  }
  return [own(at.acl), number(scene.random.odds(1, 32) ? 65 : names.length)];
}

/** Those who are to be on a list: most often everybody else. */
export function guests(scene: Scene, domain: string): string[] {
  const others = scene.running().filter((name) => name !== domain);
  return scene.random.odds(3, 4) ? others : others.filter(() => scene.random.odds(1, 2));
}

/** A buffer is advertised, and others open it. */
export function share(scene: Scene): void {
  const { random } = scene;
  const owner = scene.actor();
  if (owner === null) return;
  const key = freeKey(scene, "grant");
  const rights = BigInt(random.pick([1, 2, 3, 3]));
  const size = sharedLength(scene);
  const names = guests(scene, owner.domain);
  const args = [
    ...keyed(key),
    random.odds(1, 12) ? address(scene) : buffer(scene, size),
    number(size),
    number(rights),
    ...acl(scene, owner, names),
  ];
  const made = scene.open(owner, "cp_file_advertise", args, { key, rights, length: size });
  if (made !== null) for (const name of names) if (random.odds(3, 4)) openFrom(scene, name, key, rights);
}

function openFrom(scene: Scene, name: string, key: number, rights: bigint): Held | null {
  const actor = scene.actor(({ domain }) => domain === name);
  if (actor === null) return null;
  const wanted = scene.random.odds(1, 8) ? BigInt(1 + scene.random.below(3)) : rights;
  return scene.open(actor, "cp_file_probe", [...keyed(key), number(wanted)], { key, rights: wanted });
}

/** Somebody opens what may or may not be there, and may or may not be allowed. */
export function probe(scene: Scene): void {
  const name = scene.actor()?.domain;
  if (name !== undefined) openFrom(scene, name, anyKey(scene), BigInt(1 + scene.random.below(3)));
}

/** Asks for what has another key. */
export function mistake(scene: Scene): void {
  const actor = scene.actor();
  if (actor === null) return;
  const key = misread(scene, anyKey(scene));
  const name = scene.random.pick(["cp_file_probe", "cp_file_probe", "cp_call_open", "cps_connect"]);
  scene.call(actor, name, ...key, number(1 + scene.random.below(3)));
}

/** The same opened and closed again and again: what the first handle meant it does not mean any more. */
export function reopen(scene: Scene): void {
  const { random } = scene;
  const held = someHandle(scene);
  if (held === null) return;
  let last = held;
  for (let count = 0; count < 5; count++) {
    const actor = scene.actor(({ domain }) => domain === held.domain);
    if (actor === null) return;
    scene.call(actor, "cp_file_close", handle(last));
    const again = openFrom(scene, held.domain, held.key, held.rights);
    if (again === null) return;
    last = again;
    if (random.odds(1, 2)) late(scene, actor, held);
  }
}

/** A few reads and writes in a row through one handle. */
export function transfer(scene: Scene): void {
  const { random } = scene;
  const held = someHandle(scene);
  if (held === null) return;
  for (let count = 1 + random.below(6); count > 0; count--) {
    const actor = scene.actor(({ domain }) => domain === held.domain);
    if (actor === null) return;
    const size = random.odds(1, 10) ? 0n : random.odds(1, 4) ? held.length : length(scene);
    const offset = random.odds(1, 2) ? 0n : BigInt(random.edge(Number(held.length) + 2));
    const name = random.odds(1, 2) ? "cp_file_pread" : "cp_file_pwrite";
    const local = random.odds(1, 10) ? address(scene) : buffer(scene, size, held.domain);
    const n = random.odds(1, 16) ? any(scene) : number(random.odds(1, 24) ? LENGTH_TOO_LONG : size);
    // Now and then an index that no table has.
    const through = random.odds(1, 40) ? number(random.pick([63, 64, 65])) : handle(held);
    scene.call(actor, name, through, random.odds(1, 16) ? any(scene) : number(offset), local, n);
  }
}

/** A cVM copies between its own buffer and a place that overlaps it. */
export function overlap(scene: Scene): void {
  const { random } = scene;
  const owners = scene.handles("grant").filter(({ own: mine }) => mine);
  if (owners.length === 0) return;
  const held = random.pick(owners);
  const actor = scene.actor(({ domain }) => domain === held.domain);
  const made = scene.steps[held.step]!;
  if (actor === null || made.by === null || made.action.do !== "call") return;
  const where = made.action.args[2]!;
  if (where.kind !== "at") return;
  const shift = BigInt(random.below(33) - 16);
  const local = { ...where, cvm: null, offset: where.offset + shift };
  const name = random.odds(1, 2) ? "cp_file_pread" : "cp_file_pwrite";
  scene.call(actor, name, handle(held), number(random.below(9)), local, number(length(scene)));
}

/** Threads wait for news of a buffer; then it is told, revoked, or its owner dies, or time passes. */
export function notice(scene: Scene): void {
  const { random } = scene;
  const held = someHandle(scene);
  if (held === null) return;
  const epoch =
    scene.outline.grants.find(({ owner, key }) => owner !== "" && keyOf(held) === key)?.epoch ?? 0n;
  for (const other of scene.handles("grant").filter(({ key }) => key === held.key)) {
    const waiter = scene.actor(({ domain }) => domain === other.domain);
    if (waiter === null || random.odds(1, 4)) continue;
    const seen = random.odds(1, 8) ? BigInt(random.below(4)) : epoch;
    const wait = random.odds(1, 6) ? timeout(scene) : patience(scene);
    scene.call(waiter, "cp_file_wait", handle(other), number(seen), wait);
  }
  const last = scene.actor(({ domain }) => domain === held.domain) ?? scene.actor();
  if (last === null) return;
  switch (random.below(6)) {
    case 0:
      scene.happen({ do: "advance", ns: random.pick([49n, 50n, 1000n]) });
      return;
    case 1: {
      scene.happen({ do: "kill", cvm: held.domain });
      return;
    }
    case 2:
      end(scene, held.key);
      return;
    default:
      scene.call(last, "cp_file_notify", handle(held));
  }
}

function keyOf({ key }: Held): string {
  return KEYS[key]!;
}

/** The owner takes a buffer back, while others have it open; they find out. */
export function end(scene: Scene, wanted?: number): void {
  const { random } = scene;
  const owners = scene.handles("grant").filter(({ own: mine, key }) => mine && (wanted ?? key) === key);
  if (owners.length === 0) return;
  const held = random.pick(owners);
  const actor = scene.actor(({ domain }) => domain === held.domain);
  if (actor === null) return;
  scene.call(actor, "cp_file_revoke", handle(held));
  for (const other of scene.handles("grant").filter(({ key, own: mine }) => key === held.key && !mine)) {
    const holder = scene.actor(({ domain }) => domain === other.domain);
    if (holder !== null && random.odds(2, 3)) late(scene, holder, other);
  }
}

/** One more use of what is no longer there. */
function late(scene: Scene, holder: Actor, held: Held): void {
  const { random } = scene;
  const local = buffer(scene, 16n);
  switch (random.below(6)) {
    case 0:
      scene.call(holder, "cp_file_pread", handle(held), number(0), local, number(16));
      return;
    case 1:
      scene.call(holder, "cp_file_pwrite", handle(held), number(0), local, number(16));
      return;
    case 2:
      scene.call(holder, "cp_file_wait", handle(held), number(0), patience(scene));
      return;
    case 3:
      scene.call(holder, "cp_file_lseek", handle(held), number(0), number(0));
      return;
    case 4:
      scene.call(holder, "cp_file_notify", handle(held));
      return;
    default:
      scene.call(holder, "cp_file_revoke", handle(held));
  }
}

export function seek(scene: Scene): void {
  const held = someHandle(scene);
  const actor = held && scene.actor(({ domain }) => domain === held.domain);
  if (held === null || actor === null) return;
  const offset = scene.random.odds(1, 3) ? any(scene) : number(scene.random.below(2000) - 1000);
  scene.call(actor, "cp_file_lseek", handle(held), offset, number(scene.random.below(4)));
}

/** Closes, or asks for the end of what is another's. */
export function close(scene: Scene): void {
  const held = someHandle(scene);
  const actor = held && scene.actor(({ domain }) => domain === held.domain);
  if (held === null || actor === null) return;
  scene.call(actor, scene.random.odds(1, 3) ? "cp_file_revoke" : "cp_file_close", handle(held));
}

/** Advertises, or opens, until there is no room. */
export function fill(scene: Scene): void {
  const { random } = scene;
  const actor = scene.actor();
  if (actor === null) return;
  const opens = scene.handles("grant", actor.domain)[0];
  for (let count = 0; count < 10; count++) {
    if (opens !== undefined && random.odds(4, 5)) {
      if (openFrom(scene, actor.domain, opens.key, opens.rights) === null) return;
      continue;
    }
    const key = freeKey(scene, "grant");
    const args = [...keyed(key), own(at.buffers + 64 * count), number(64), number(3), own(at.acl), number(0)];
    if (scene.open(actor, "cp_file_advertise", args, { key, rights: 3n, length: 64n }) === null) return;
  }
}

/** A key under which nothing is offered, most often. */
export function freeKey(scene: Scene, kind: Held["kind"]): number {
  const free = KEYS.map((_, key) => key).filter((key) => !scene.isTaken(kind, key));
  return free.length === 0 || scene.random.odds(1, 12) ? anyKey(scene) : scene.random.pick(free);
}

function someHandle(scene: Scene): Held | null {
  const open = scene.handles("grant");
  if (open.length > 0) return scene.random.pick(open);
  share(scene);
  return null;
}
