/** CP_Call: endpoints that others open and enter; what is done inside; ways back, and ends that come in between. */
import { acl, freeKey, guests } from "./file.ts";
import { type Actor, at, type Held, KEYS, type Scene } from "./scene.ts";
import {
  address,
  any,
  anyKey,
  buffer,
  code,
  FOREVER,
  foreign,
  handle,
  keyed,
  length,
  number,
  own,
  patience,
  timeout,
} from "./value.ts";

const SERIAL = 0n;
const REENTRANT = 2n;
const MODES = [SERIAL, SERIAL, REENTRANT, REENTRANT, REENTRANT, 0x101n, 0x201n] as const;
const MESSAGE_MAX = 2048n;
/** Frames that a thread can have. */
const DEPTH_MAX = 8;

/** An endpoint is registered, and others open it. */
export function offer(scene: Scene): void {
  const owner = scene.actor();
  if (owner !== null) offerBy(scene, owner);
}

export function offerBy(scene: Scene, owner: Actor, modes: readonly bigint[] = MODES): void {
  const { random } = scene;
  const key = freeKey(scene, "endpoint");
  const names = guests(scene, owner.domain);
  const entry = code(0x1000 + 2 * random.below(8));
  const max = number(random.odds(1, 6) ? 16n : MESSAGE_MAX);
  const args = [...keyed(key), entry, max, number(random.pick(modes)), ...acl(scene, owner, names)];
  if (scene.open(owner, "cp_call_register", args, { key }) === null) return;
  for (const name of names) if (random.odds(3, 4)) openFrom(scene, name, key);
}

function openFrom(scene: Scene, name: string, key: number): void {
  const actor = scene.actor(({ domain }) => domain === name);
  if (actor !== null) scene.open(actor, "cp_call_open", keyed(key), { key });
}

export function open(scene: Scene): void {
  const name = scene.actor()?.domain;
  if (name !== undefined) openFrom(scene, name, anyKey(scene));
}

/** A thread goes in, does something there, and comes back or not. */
export function visit(scene: Scene): void {
  const { random } = scene;
  const caller = scene.actor(({ domain }) => enterable(scene, domain).length > 0);
  const held = caller === null ? someEndpoint(scene) : pick(scene, enterable(scene, caller.domain));
  if (held === null || caller === null) return;
  const inside = enter(scene, caller, held, timeout(scene));
  if (inside === null) return;
  for (let count = random.below(5); count > 0; count--) work(scene, inside);
  if (random.odds(1, 3)) nest(scene, inside);
  if (random.odds(2, 3)) leave(scene, inside);
}

/** Fills the block of a call and makes it. The thread, if it is in the callee now. */
export function enter(
  scene: Scene,
  caller: Actor,
  held: Held,
  wait: ReturnType<typeof number>,
): Actor | null {
  fillBlock(scene, caller, wait);
  const where = scene.random.odds(1, 20) ? address(scene) : own(at.block);
  const { outcome } = scene.call(caller, "cp_call", handle(held), where);
  return outcome.kind === "entered" ? scene.again(caller) : null;
}

/** Two of the integers, the buffer and the timeout: i0 to i5, buffer, its length and rights, timeout. */
export function fillBlock(scene: Scene, caller: Actor, wait: ReturnType<typeof number>): void {
  const { random } = scene;
  const put = (word: number, value: ReturnType<typeof number>) =>
    scene.put(caller, at.block + 8 * word, value);
  if (random.odds(1, 2)) put(random.below(6), any(scene));
  if (random.odds(1, 3)) {
    put(7, number(0));
    put(8, number(random.odds(1, 8) ? 2 : 0));
  } else {
    const size = random.odds(1, 6) ? 4096n : length(scene);
    put(6, random.odds(1, 12) ? address(scene) : buffer(scene, size));
    put(7, random.odds(1, 16) ? any(scene) : number(size));
    put(8, number(random.odds(1, 16) ? 4 : 1 + random.below(3)));
  }
  put(9, wait);
}

/** Something that is done with the buffer of a call, or without one. */
export function work(scene: Scene, inside: Actor): void {
  const { random } = scene;
  const actor = scene.again(inside);
  if (actor === null) return;
  const size = random.odds(1, 10) ? 0n : length(scene);
  const offset = random.odds(1, 2) ? 0n : BigInt(random.edge(300));
  const name = random.odds(1, 2) ? "cp_buffer_read" : "cp_buffer_write";
  const local = random.odds(1, 10) ? address(scene) : buffer(scene, size, actor.domain);
  const n = random.odds(1, 5) ? (random.odds(1, 3) ? number(FOREVER) : any(scene)) : number(size);
  scene.call(actor, name, random.odds(1, 10) ? any(scene) : number(offset), local, n);
}

export function buffers(scene: Scene): void {
  const actor = scene.actor(({ depth }) => depth > 1) ?? scene.actor();
  if (actor !== null) work(scene, actor);
}

/** From inside a callee on to another, or back to where the thread came from. */
function nest(scene: Scene, inside: Actor): void {
  const actor = scene.again(inside);
  const held = actor && pick(scene, scene.handles("endpoint", actor.domain));
  if (!actor || held === null) return;
  const deeper = enter(scene, actor, held, timeout(scene));
  if (deeper === null) return;
  work(scene, deeper);
  if (scene.random.odds(1, 2)) leave(scene, deeper);
}

/** Comes back from a callee, if it can act. */
export function leave(scene: Scene, inside: Actor): void {
  const actor = scene.again(inside);
  if (actor !== null) scene.call(actor, "cp_call_return", any(scene));
}

/** Some thread comes back from where it is, or is not in a call at all. */
export function comeBack(scene: Scene): void {
  const actor = scene.actor(({ depth }) => depth > 1 || scene.random.odds(1, 20));
  if (actor !== null) leave(scene, actor);
}

/** Endpoints that a cVM can enter at once. */
export function enterable(scene: Scene, domain: string): Held[] {
  return scene.handles("endpoint", domain).filter(({ key }) => {
    const there = scene.outline.endpoints.find((endpoint) => endpoint.key === KEYS[key]);
    return (
      there !== undefined && scene.hasRoom(there.owner) && (there.mode === "reentrant" || there.active === 0)
    );
  });
}

/** A thread inside does what it may not: the callee is over. */
export function crash(scene: Scene): void {
  const actor = scene.actor(({ depth }) => depth > 1);
  if (actor !== null) scene.act(actor, { do: "load", address: foreign(scene), size: 8 });
}

/** In and in and in again, until the trusted stack is full or there is no room; then out, or an end to some of it. */
export function deep(scene: Scene): void {
  const { random } = scene;
  const names = scene.running();
  for (const name of names) {
    const owner = scene.actor(({ domain }) => domain === name);
    const has = scene.handles("endpoint", name).some(({ own: mine }) => mine);
    if (owner !== null && !has) offerBy(scene, owner, [REENTRANT]);
  }
  let actor = scene.actor();
  for (let count = 0; actor !== null && count < 2 * DEPTH_MAX; count++) {
    const held = pick(scene, enterable(scene, actor.domain));
    if (held === null) break;
    // No buffer: nothing else is to stand in the way.
    for (const word of [7, 8, 9]) scene.put(actor, at.block + 8 * word, number(0));
    scene.call(actor, "cp_call", handle(held), own(at.block));
    actor = scene.again(actor);
  }
  if (actor === null) return;
  if (random.odds(1, 3)) scene.call(actor, "cp_call_serve", number(0));
  if (random.odds(1, 3)) scene.happen({ do: "kill", cvm: random.pick(scene.running()) });
  else for (let count = random.below(DEPTH_MAX); count > 0; count--) leave(scene, actor);
}

/** Many at one door: some enter, others wait; then they come out, or time passes, or the place is gone. */
export function crowd(scene: Scene): void {
  const { random } = scene;
  const held = someEndpoint(scene);
  if (held === null) return;
  for (const one of scene.handles("endpoint").filter(({ key }) => key === held.key)) {
    for (const caller of scene.actors(({ domain, depth }) => domain === one.domain && depth === 1)) {
      if (random.odds(3, 4)) enter(scene, caller, one, random.odds(1, 8) ? timeout(scene) : patience(scene));
    }
  }
  switch (random.below(6)) {
    case 0:
      scene.happen({ do: "advance", ns: random.pick([50n, 1000n]) });
      return;
    case 1:
      withdraw(scene, held.key);
      return;
    case 2:
      scene.happen({ do: "kill", cvm: random.pick(scene.running()) });
      return;
    default:
      for (const inside of scene.actors(({ depth }) => depth > 1)) leave(scene, inside);
  }
}

/** An endpoint is taken back, with whoever is inside; they, and those with a handle, find out. */
export function withdraw(scene: Scene, wanted?: number): void {
  const { random } = scene;
  const mine = scene.handles("endpoint").filter(({ own: isOwn, key }) => isOwn && (wanted ?? key) === key);
  const held = pick(scene, mine);
  const actor = held && scene.actor(({ domain }) => domain === held.domain);
  if (held === null || actor === null) return;
  scene.call(actor, "cp_call_unregister", handle(held));
  const left = scene.handles("endpoint").filter(({ key, own: isOwn }) => key === held.key && !isOwn);
  for (const other of left.slice(0, 2)) {
    const caller = scene.actor(({ domain }) => domain === other.domain);
    if (caller === null) continue;
    if (random.odds(1, 3)) scene.call(caller, "cp_call_unregister", handle(other));
    else enter(scene, caller, other, number(FOREVER));
  }
}

/** Closes a handle, or asks for the end of what may be another's or in use by the thread itself. */
export function close(scene: Scene): void {
  const held = someEndpoint(scene);
  const actor = held && scene.actor(({ domain }) => domain === held.domain);
  if (held === null || actor === null) return;
  scene.call(actor, scene.random.odds(1, 2) ? "cp_call_close" : "cp_call_unregister", handle(held));
}

/** A thread inside takes back the very endpoint that it came through. */
export function withdrawInside(scene: Scene): void {
  const actor = scene.actor(({ depth }) => depth > 1);
  const held =
    actor &&
    pick(
      scene,
      scene.handles("endpoint", actor.domain).filter(({ own: mine }) => mine),
    );
  if (actor && held) scene.call(actor, "cp_call_unregister", handle(held));
}

/** Registers, or opens, until there is no room. */
export function fill(scene: Scene): void {
  const actor = scene.actor();
  if (actor === null) return;
  const known = scene.handles("endpoint", actor.domain)[0];
  for (let count = 0; count < 10; count++) {
    const key = freeKey(scene, "endpoint");
    const made =
      known !== undefined && scene.random.odds(4, 5)
        ? scene.open(actor, "cp_call_open", keyed(known.key), { key: known.key })
        : scene.open(
            actor,
            "cp_call_register",
            [...keyed(key), code(0x1000), number(16), number(REENTRANT), own(at.acl), number(0)],
            { key },
          );
    if (made === null) return;
  }
}

function someEndpoint(scene: Scene): Held | null {
  const held = pick(scene, scene.handles("endpoint"));
  if (held === null) offer(scene);
  return held;
}

/** One of a list; null if there is none. */
export function pick<One>(scene: Scene, list: readonly One[]): One | null {
  return list.length === 0 ? null : scene.random.pick(list);
}
