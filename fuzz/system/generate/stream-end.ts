/** CP_Stream: what is ready, how streams end, and what nobody should do with them. */
import { at, type Held, type Scene } from "./scene.ts";
import { dial, membersOf, someOf, somePair } from "./stream.ts";
import { collectBy, memberOf, postBy, receiveBy, sendBy } from "./stream-move.ts";
import { any, handle, length, number, own, patience, timeout } from "./value.ts";

const [IN, OUT] = [1n, 2n];
const WANTED = [IN, IN, OUT, IN | OUT, 0n, 0xffffn] as const;

/** A thread asks what of a few handles is ready; then something becomes so, or its time is up. */
export function watch(scene: Scene): void {
  const { random } = scene;
  const pair = somePair(scene);
  if (pair === null) return;
  const [held, other] = random.odds(1, 2) ? [pair.near, pair.far] : [pair.far, pair.near];
  const actor = memberOf(scene, held.domain);
  if (actor === null) return;
  const set = [held, ...others(scene, held)].slice(0, 1 + random.below(4));
  const wanted = random.pick(WANTED);
  for (const [index, one] of set.entries()) {
    scene.put(actor, at.set + 8 * index, number(one.number | (wanted << 32n)));
  }
  const place = random.odds(1, 16) ? any(scene) : own(at.set);
  const count = random.odds(1, 16) ? any(scene) : number(set.length);
  const wait = random.odds(1, 3) ? timeout(scene) : patience(scene);
  const { outcome } = scene.call(actor, "cps_poll", place, count, wait);
  // The set was written to: what is stored there is not known any more.
  for (const index of set.keys()) scene.forget(held.domain, at.set + 8 * index);
  if (outcome.kind === "blocked") stir(scene, other, held);
}

function others(scene: Scene, held: Held): Held[] {
  const { random } = scene;
  const mine = [...scene.handles("stream", held.domain), ...scene.handles("listener", held.domain)];
  if (random.odds(1, 8)) mine.push(...scene.held.slice(-1));
  return mine.filter((one) => one !== held).sort((one, other) => one.step - other.step);
}

/** Something happens at the other end of a stream that somebody watches. */
function stir(scene: Scene, other: Held, held: Held): void {
  switch (scene.random.below(6)) {
    case 0:
      postBy(scene, other, length(scene));
      return;
    case 1:
      receiveBy(scene, other, length(scene), false);
      return;
    case 2:
      closeBy(scene, scene.random.odds(1, 2) ? other : held);
      return;
    case 3:
      dial(scene);
      return;
    case 4:
      scene.happen({ do: "advance", ns: scene.random.pick([50n, 1000n]) });
      return;
    default:
      sendBy(scene, other, length(scene), false);
  }
}

/** One end is shut, one way or both, or closed, while there may be something on the way; both sides find out. */
export function hangUp(scene: Scene): void {
  const { random } = scene;
  const pair = somePair(scene);
  if (pair === null) return;
  const [held, other] = random.odds(1, 2) ? [pair.near, pair.far] : [pair.far, pair.near];
  if (random.odds(1, 2)) postBy(scene, other, length(scene));
  if (random.odds(1, 3)) receiveBy(scene, other, length(scene), false);
  if (random.odds(2, 3)) sendBy(scene, held, length(scene), random.odds(1, 4));
  if (random.odds(1, 3)) sendBy(scene, other, length(scene), false);
  const actor = memberOf(scene, held.domain);
  if (actor !== null && random.odds(1, 2)) {
    const how = random.odds(1, 12) ? any(scene) : number(random.below(3));
    scene.call(actor, "cps_shutdown", handle(held), how);
  } else closeBy(scene, random.odds(3, 4) ? held : other);
  collectBy(scene, other);
  if (random.odds(1, 2)) receiveBy(scene, random.odds(1, 2) ? other : held, length(scene), false);
  if (random.odds(1, 2)) sendBy(scene, random.odds(1, 2) ? other : held, length(scene), false);
  if (random.odds(1, 3)) postBy(scene, random.odds(1, 2) ? other : held, length(scene));
  if (random.odds(1, 3)) sendBy(scene, random.odds(1, 2) ? other : held, length(scene), false);
}

/** Only one way of a stream is left, and is used. */
export function halve(scene: Scene): void {
  const pair = somePair(scene);
  if (pair === null) return;
  const actor = memberOf(scene, pair.near.domain);
  if (actor === null) return;
  const isReader = scene.random.odds(1, 2);
  scene.call(actor, "cps_shutdown", handle(pair.near), number(isReader ? 1 : 0));
  const [from, to] = isReader ? [pair.far, pair.near] : [pair.near, pair.far];
  postBy(scene, to, length(scene));
  sendBy(scene, from, length(scene), false);
  collectBy(scene, to);
}

/** What a thread waits through is closed by another of the same cVM. */
export function cut(scene: Scene): void {
  const { random } = scene;
  const list = [...scene.handles("stream"), ...scene.handles("listener")];
  const held = someOf(
    scene,
    list.filter(({ domain }) => membersOf(scene, domain).length > 1),
  );
  if (held === null) return;
  const waiter = memberOf(scene, held.domain)!;
  if (held.kind === "listener") scene.call(waiter, "cps_accept", handle(held), patience(scene));
  else if (random.odds(1, 2)) sendBy(scene, held, length(scene), false, waiter);
  else receiveBy(scene, held, length(scene), false);
  closeBy(scene, held);
}

/** A cVM dies that somebody has a stream to, and waits for. */
export function die(scene: Scene): void {
  const { random } = scene;
  const pair = somePair(scene);
  if (pair === null) return;
  const [held, other] = random.odds(1, 2) ? [pair.near, pair.far] : [pair.far, pair.near];
  if (random.odds(1, 3)) postBy(scene, other, length(scene));
  if (random.odds(1, 2)) sendBy(scene, held, length(scene), false);
  if (random.odds(1, 2)) receiveBy(scene, other, length(scene), false);
  else sendBy(scene, other, length(scene), false);
  scene.happen({ do: "kill", cvm: random.odds(3, 4) ? held.domain : other.domain });
  collectBy(scene, other);
  receiveBy(scene, other, length(scene), false);
}

/** Closes a listener or an end. */
export function close(scene: Scene): void {
  const { random } = scene;
  const held = someOf(scene, scene.handles(random.odds(1, 3) ? "listener" : "stream"));
  if (held !== null) closeBy(scene, held);
}

function closeBy(scene: Scene, held: Held): void {
  const actor = memberOf(scene, held.domain);
  if (actor !== null) scene.call(actor, "cps_close", handle(held));
}
