/** CP_Call that ends otherwise than by a return in time: callers that give up or die while their callee runs on. */
import { enter, enterable, leave, offer, work } from "./crossing.ts";
import * as life from "./life.ts";
import { type Actor, at, type Scene } from "./scene.ts";
import { any, handle, number, own } from "./value.ts";

/** A thread goes in, and further in; its time is up before it is back. */
export function giveUp(scene: Scene): void {
  const { random } = scene;
  const caller = scene.actor(({ domain }) => enterable(scene, domain).length > 0);
  if (caller === null) {
    offer(scene);
    return;
  }
  let inside = enter(scene, caller, random.pick(enterable(scene, caller.domain)), number(50));
  for (let count = random.below(3); inside !== null && count > 0; count--) {
    const next = enterable(scene, inside.domain);
    if (next.length === 0) break;
    inside = enter(scene, inside, random.pick(next), number(random.pick([50n, 80n, 1000n]))) ?? inside;
  }
  if (inside === null) return;
  if (random.odds(1, 3)) wait(scene, inside);
  scene.happen({ do: "advance", ns: random.pick([50n, 60n, 100n]) });
  // The caller has its buffer to itself again.
  const back = scene.again(caller);
  if (back !== null && random.odds(2, 3)) {
    scene.act(back, { do: "fill", address: own(at.buffers), length: 64, seed: random.below(256) });
  }
  linger(scene);
}

/** Inside a callee, a thread waits for something that may come or not. */
function wait(scene: Scene, inside: Actor): void {
  const actor = scene.again(inside);
  if (actor === null) return;
  const { random } = scene;
  const time = number(random.pick([20n, 50n, 100n, 1000n]));
  if (random.odds(1, 2)) scene.call(actor, "sleep", time);
  else scene.call(actor, "futex_wait", own(at.words), number(0), time);
}

/** Threads that have no caller any more do what they did, and return to nobody. */
export function linger(scene: Scene): void {
  const { random } = scene;
  for (const actor of workers(scene)) {
    const count = random.below(3);
    for (let index = 0; index < count; index++) work(scene, actor);
    if (random.odds(1, 5)) callOn(scene, actor);
    if (random.odds(1, 8)) scene.call(actor, "thread_exit", any(scene));
    if (random.odds(1, 4)) joinFrom(scene, actor);
    if (random.odds(1, 2)) leave(scene, actor);
  }
}

function workers(scene: Scene): Actor[] {
  return scene.actors(
    ({ by }) => scene.outline.cvms.find(({ name }) => name === by.cvm)?.threads[by.thread]?.worker === true,
  );
}

function callOn(scene: Scene, actor: Actor): void {
  const next = enterable(scene, actor.domain);
  if (next.length > 0) enter(scene, actor, scene.random.pick(next), number(1000));
}

/** Another thread of the callee waits for the worker's end. */
function joinFrom(scene: Scene, { by }: Actor): void {
  const other = scene.actor(
    (one) => one.domain === by.cvm && one.by.cvm === by.cvm && one.by.thread !== by.thread,
  );
  if (other !== null) scene.call(other, "thread_join", number(by.thread));
}

/** The caller dies while its callee runs, and its place is taken at once; the callee finds nothing of either. */
export function orphan(scene: Scene): void {
  const { random } = scene;
  const caller = scene.actor(
    ({ depth, by, domain }) => depth === 1 && by.cvm === domain && enterable(scene, domain).length > 0,
  );
  if (caller === null) {
    offer(scene);
    return;
  }
  const inside = enter(scene, caller, random.pick(enterable(scene, caller.domain)), number(1000));
  if (inside === null) return;
  if (random.odds(1, 3)) wait(scene, inside);
  if (random.odds(1, 3)) callOn(scene, inside);
  scene.happen({ do: "kill", cvm: caller.by.cvm });
  if (random.odds(1, 2)) linger(scene);
  if (random.odds(2, 3)) {
    scene.happen({ do: "reclaim", cvm: caller.by.cvm });
    life.birth(scene);
  }
  linger(scene);
}

/** The callee takes its endpoint back from under a call that nobody waits for. */
export function sweep(scene: Scene): void {
  const [worker] = workers(scene);
  if (worker === undefined) return;
  const mine = scene.handles("endpoint", worker.by.cvm).filter(({ own: isOwn }) => isOwn);
  const actor = scene.actor(({ domain, by }) => domain === worker.by.cvm && by.thread !== worker.by.thread);
  if (actor === null) return;
  for (const held of mine) scene.call(actor, "cp_call_unregister", handle(held));
}
