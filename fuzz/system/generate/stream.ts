/** CP_Stream: ends that come together, and what goes from one to the other; stream-end.ts has how that ends. */
import { acl, freeKey, guests } from "./file.ts";
import { type Actor, at, type Held, type Scene } from "./scene.ts";
import {
  collectBy,
  LARGE_SIZES,
  memberOf,
  NO_WAIT,
  postBy,
  receiveBy,
  roomIn,
  sendBy,
  sizeFor,
} from "./stream-move.ts";
import { address, anyKey, handle, keyed, length, number, own, patience, timeout } from "./value.ts";

/** Both ends of a stream. */
export interface Pair {
  readonly near: Held;
  readonly far: Held;
}

/** Somebody listens, and others may connect. */
export function listen(scene: Scene): Held | null {
  const owner = scene.actor();
  if (owner === null) return null;
  const key = freeKey(scene, "listener");
  const [list, count] = acl(scene, owner, guests(scene, owner.domain));
  return scene.open(owner, "cps_listen", [...keyed(key), almost(scene, list), count], { key });
}

/** Somebody connects, and most often the other side accepts; or it has waited for that. */
export function dial(scene: Scene): Pair | null {
  const { random } = scene;
  const listener = someOf(scene, scene.handles("listener")) ?? listen(scene);
  if (listener === null) return null;
  if (random.odds(1, 5)) {
    const waiter = memberOf(scene, listener.domain);
    if (waiter !== null) acceptBy(scene, waiter, listener, patience(scene));
  }
  const caller = scene.actor(({ domain }) => domain !== listener.domain || random.odds(1, 4));
  const there = scene.outline.listeners.find(({ owner }) => owner === listener.domain);
  if (caller === null) return null;
  const near = connectBy(scene, caller, listener.key);
  if (near === null) return null;
  const isFirst = there?.backlog === 0;
  const taken = scene.held.at(-1)!;
  if (taken !== near && taken.pair === near.pair) return { near, far: taken };
  const host = random.odds(7, 8) ? memberOf(scene, listener.domain) : null;
  if (host === null) return null;
  const far = acceptBy(
    scene,
    host,
    listener,
    random.odds(3, 4) ? number(0) : timeout(scene),
    isFirst ? near.pair : -1,
  );
  return far === null || !isFirst ? null : { near, far };
}

/** The address, or one where nothing of the caller's is, now and then. */
function almost(scene: Scene, where: ReturnType<typeof own>): ReturnType<typeof own> {
  return scene.random.odds(1, 24) ? address(scene) : where;
}

/** A stream that is connected; the one that waited for it may have it already. */
function connectBy(scene: Scene, caller: Actor, key: number): Held | null {
  const [where, length] = keyed(key);
  const near = scene.open(caller, "cps_connect", [almost(scene, where), length], { key });
  if (near === null) return null;
  for (const { thread, values } of scene.reports.at(-1)!.woken) {
    const cvm = scene.cvm(thread.cvm);
    const domain = cvm?.threads[thread.thread]?.domains.at(-1);
    const isStream = scene.cvm(domain ?? "")?.handles.some(({ handle: one }) => one === values[0]) === true;
    if (domain === undefined || !isStream) continue;
    const about = { kind: "stream", own: false, key, rights: 0n, length: 0n, pair: near.step } as const;
    scene.keep(domain, { step: -1, number: values[0], ...about });
  }
  return near;
}

function acceptBy(
  scene: Scene,
  host: Actor,
  listener: Held,
  wait: ReturnType<typeof number>,
  pair = -1,
): Held | null {
  return scene.open(host, "cps_accept", [handle(listener), wait], { key: listener.key, pair });
}

/** Somebody connects or accepts who may not, or where nobody is, or for too long. */
export function call(scene: Scene): void {
  const { random } = scene;
  const actor = scene.actor();
  if (actor === null) return;
  const mine = someOf(scene, scene.handles("listener", actor.domain));
  if (mine !== null && random.odds(1, 2)) acceptBy(scene, actor, mine, timeout(scene));
  else connectBy(scene, actor, anyKey(scene));
}

/** Connects, or listens, until there is no room. */
export function crowd(scene: Scene): void {
  const { random } = scene;
  const listener = someOf(scene, scene.handles("listener"));
  if (listener === null || random.odds(1, 4)) {
    for (let count = 0; count < 4; count++) if (listen(scene) === null) return;
    return;
  }
  for (let count = 0; count < 6; count++) {
    const caller = scene.actor();
    if (caller === null || connectBy(scene, caller, listener.key) === null) break;
  }
  for (let count = random.below(6); count > 0; count--) {
    const host = memberOf(scene, listener.domain);
    if (host === null || acceptBy(scene, host, listener, number(0)) === null) return;
  }
  const host = memberOf(scene, listener.domain);
  if (host !== null && random.odds(1, 2)) scene.call(host, "cps_close", handle(listener));
}

/** One side sends and the other receives, a few times, in any order. */
export function talk(scene: Scene): void {
  const { random } = scene;
  const pair = somePair(scene);
  if (pair === null) return;
  const [from, to] = random.odds(1, 2) ? [pair.near, pair.far] : [pair.far, pair.near];
  for (let count = 1 + random.below(6); count > 0; count--) {
    const size = sizeFor(scene, to.domain);
    const isMessage = random.odds(1, 4);
    const isSenderFirst = random.odds(1, 3);
    if (isSenderFirst) sendBy(scene, from, differing(scene, size), isMessage);
    if (random.odds(1, 3)) postBy(scene, to, size);
    else if (random.odds(7, 8)) receiveBy(scene, to, size, isMessage);
    if (!isSenderFirst) sendBy(scene, from, differing(scene, size), isMessage);
    if (random.odds(1, 2)) collectBy(scene, to);
  }
}

/** A large piece goes over at once. */
export function bulk(scene: Scene): void {
  const pair = somePair(scene);
  if (pair === null) return;
  const sizes = LARGE_SIZES.filter(
    (size) => size <= roomIn(scene, pair.near) && size <= roomIn(scene, pair.far),
  );
  const size = BigInt(sizes.at(-1 - scene.random.below(2)) ?? 1);
  postBy(scene, pair.far, size);
  sendBy(scene, pair.near, size, false);
  collectBy(scene, pair.far);
}

/** Many send where nobody receives; then somebody takes one after the other, or not. */
export function press(scene: Scene): void {
  const { random } = scene;
  const pair = somePair(scene);
  if (pair === null) return;
  const [from, to] = random.odds(1, 2) ? [pair.near, pair.far] : [pair.far, pair.near];
  for (const sender of membersOf(scene, from.domain)) {
    if (sender.domain !== to.domain || membersOf(scene, to.domain).length > 1) {
      sendBy(scene, from, length(scene), random.odds(1, 4), sender);
    }
  }
  for (let count = random.below(6); count > 0; count--) {
    if (random.odds(1, 3)) postBy(scene, to, length(scene));
    else receiveBy(scene, to, length(scene), random.odds(1, 4), NO_WAIT);
    collectBy(scene, to);
  }
}

/** The receiver's bound: what is sent is about as long as what is posted. */
export function overrun(scene: Scene): void {
  const { random } = scene;
  const pair = somePair(scene);
  if (pair === null) return;
  const [from, to] = random.odds(1, 2) ? [pair.near, pair.far] : [pair.far, pair.near];
  const size = random.pick([1n, 7n, 15n, 16n, 17n, 100n, 2040n]);
  postBy(scene, to, size);
  const sent = random.pick([0n, 15n, 16n, 17n, size - 1n, size, size + 1n, 2n * size, 1n << 40n]);
  sendBy(scene, from, sent, random.odds(1, 2));
  if (random.odds(3, 4)) collectBy(scene, to);
}

/** Sends to itself: both ends in one cVM, pieces that overlap. */
export function echo(scene: Scene): void {
  const { random } = scene;
  const listener = someOf(scene, scene.handles("listener"));
  const actor = listener && memberOf(scene, listener.domain);
  if (listener === null || actor === null) return;
  const near = connectBy(scene, actor, listener.key);
  const far = near && acceptBy(scene, actor, listener, number(0), near.pair);
  if (near === null || far === null) return;
  const size = 1 + random.below(300);
  const start = at.buffers + 64 + random.below(300);
  scene.act(actor, { do: "fill", address: own(start), length: size, seed: random.below(100) });
  scene.call(actor, "cps_post_recv", handle(far), own(start + random.below(65) - 32), number(size));
  scene.call(actor, "cps_send", handle(near), own(start), number(size), number(0));
  collectBy(scene, far);
}

export function membersOf(scene: Scene, name: string): Actor[] {
  return scene.actors(({ domain }) => domain === name);
}

function differing({ random }: Scene, size: bigint): bigint {
  return random.odds(1, 2) || size === 0n ? size : random.pick([size - 1n, size + 1n, 2n * size, size / 2n]);
}

/** A stream both ends of which are known and open; a new one if there is none. */
export function somePair(scene: Scene): Pair | null {
  const held = scene.handles("stream");
  const pairs = held.flatMap((near): Pair[] => {
    const far = held.find((one) => one !== near && near.own && near.pair >= 0 && one.pair === near.pair);
    return far === undefined ? [] : [{ near, far }];
  });
  return pairs.length === 0 || scene.random.odds(1, 6) ? dial(scene) : scene.random.pick(pairs);
}

export function someOf(scene: Scene, list: readonly Held[]): Held | null {
  return list.length === 0 ? null : scene.random.pick(list);
}
