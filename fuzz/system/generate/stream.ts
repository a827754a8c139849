/** CP_Stream: ends that come together, and what goes from one to the other; stream-end.ts has how that ends. */
import { acl, freeKey, guests } from "./file.ts";
import { type Actor, at, BUFFERS_SIZE, type Held, type Scene } from "./scene.ts";
import {
  address,
  any,
  anyKey,
  buffer,
  handle,
  keyed,
  length,
  number,
  own,
  patience,
  timeout,
} from "./value.ts";

/** Both ends of a stream. */
export interface Pair {
  readonly near: Held;
  readonly far: Held;
}

const [NO_WAIT, MESSAGE] = [1, 2];
/** Where pieces lie that have no room among the buffers, and how large they are: bounds can cover them exactly. */
const LARGE_AT = 0x2000;
const LARGE_SIZES = [4096, 4104, 5000, 8192, 16_384, 0x8000, 0x1_0000, 69_888, 70_016] as const;
/** Bytes on both sides of the end of what is sent that are filled, so that too much of it shows. */
const EDGE = 64n;

/** Somebody listens, and others may connect. */
export function listen(scene: Scene): Held | null {
  const owner = scene.actor();
  if (owner === null) return null;
  const key = freeKey(scene, "listener");
  const list = acl(scene, owner, guests(scene, owner.domain));
  return scene.open(owner, "cps_listen", [...keyed(key), ...list], { key });
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

/** A stream that is connected; the one that waited for it may have it already. */
function connectBy(scene: Scene, caller: Actor, key: number): Held | null {
  const near = scene.open(caller, "cps_connect", keyed(key), { key });
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

/** A thread of a cVM that can act; others of it wait perhaps. */
export function memberOf(scene: Scene, name: string): Actor | null {
  return scene.actor(({ domain }) => domain === name);
}

function membersOf(scene: Scene, name: string): Actor[] {
  return scene.actors(({ domain }) => domain === name);
}

export function sendBy(
  scene: Scene,
  held: Held,
  size: bigint,
  isMessage: boolean,
  actor = memberOf(scene, held.domain),
): void {
  const { random } = scene;
  if (actor === null) return;
  const where = placeFor(scene, size, held.domain);
  if (random.odds(1, 2)) fillEnd(scene, actor, where, size);
  const flags = (random.odds(1, 6) ? NO_WAIT : 0) | (isMessage ? MESSAGE : 0);
  scene.call(actor, "cps_send", handle(held), ...almostSound(scene, where, size), flagsOf(scene, flags));
}

/** Fills the end of what is sent, and what lies behind it, so that too little or too much of it shows. */
function fillEnd(scene: Scene, actor: Actor, where: ReturnType<typeof own>, size: bigint): void {
  const cvm = scene.cvm(actor.domain);
  if (where.kind !== "at" || cvm === undefined || size === 0n) return;
  const end = where.offset + size;
  if (end > BigInt(cvm.size - cvm.codeSize)) return;
  const start = size > EDGE ? end - EDGE : where.offset;
  const behind = end + EDGE <= BigInt(at.buffers + BUFFERS_SIZE) ? EDGE : 0n;
  const place = { ...where, offset: start };
  scene.act(actor, {
    do: "fill",
    address: place,
    length: Number(end + behind - start),
    seed: scene.random.below(100),
  });
}

export function receiveBy(scene: Scene, held: Held, size: bigint, isMessage: boolean, more = 0): void {
  const { random } = scene;
  const actor = memberOf(scene, held.domain);
  if (actor === null) return;
  const flags = more | (random.odds(1, 6) ? NO_WAIT : 0) | (isMessage && random.odds(1, 2) ? MESSAGE : 0);
  const place = almostSound(scene, placeFor(scene, size, held.domain), size);
  scene.call(actor, "cps_recv", handle(held), ...place, flagsOf(scene, flags));
}

export function postBy(scene: Scene, held: Held, size: bigint): void {
  const actor = memberOf(scene, held.domain);
  if (actor === null) return;
  const place = almostSound(scene, placeFor(scene, size, held.domain), size);
  scene.call(actor, "cps_post_recv", handle(held), ...place);
}

/** Asks what has come to a posted buffer. */
export function collectBy(scene: Scene, held: Held): void {
  const actor = memberOf(scene, held.domain);
  if (actor === null) return;
  const flags = scene.random.odds(1, 4) ? 0 : NO_WAIT;
  scene.call(actor, "cps_recv", handle(held), number(0), number(0), number(flags));
}

function placeFor(scene: Scene, size: bigint, domain: string) {
  return size > 0x1000n ? own(LARGE_AT) : buffer(scene, size, domain);
}

/** A pointer and a length, one of which is anything now and then. */
function almostSound(
  scene: Scene,
  where: ReturnType<typeof own>,
  size: bigint,
): [typeof where, typeof where] {
  const { random } = scene;
  return [random.odds(1, 24) ? address(scene) : where, random.odds(1, 24) ? any(scene) : number(size)];
}

function flagsOf(scene: Scene, flags: number): ReturnType<typeof number> {
  return scene.random.odds(1, 24) ? any(scene) : number(flags);
}

/** A size for a piece; large ones only where there is room for them. */
function sizeFor(scene: Scene, domain: string): bigint {
  const { random } = scene;
  if (!random.odds(1, 8)) return random.odds(1, 12) ? 0n : length(scene);
  const cvm = scene.cvm(domain);
  const room = cvm === undefined ? 0 : cvm.size - cvm.codeSize - LARGE_AT;
  const sizes = LARGE_SIZES.filter((size) => size <= room);
  return BigInt(sizes.length === 0 ? 64 : random.pick(sizes));
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
