/** Faults of guests in their own code, and what they do about them. */
import type { Value } from "../../../model/system-contract.ts";
import type { Actor, Scene } from "./scene.ts";
import { any, code, number } from "./value.ts";

/** An address that no cVM ever has. */
const NOWHERE: Value = number(0x10);

function entry({ random }: Scene): Value {
  return code(0x1000 + 2 * random.below(8));
}

/** A cVM names a handler, another one, or none. */
export function register(scene: Scene): void {
  const { random } = scene;
  const actor = scene.actor();
  if (actor === null) return;
  const odd = [number(0), code(0x1001), any(scene)];
  scene.call(actor, "exception_register", random.odds(1, 4) ? random.pick(odd) : entry(scene));
}

/** Whether a thread is in the handler of its cVM. */
export function isHandling(scene: Scene, { by }: Actor): boolean {
  return scene.cvm(by.cvm)?.threads[by.thread]?.handling === true;
}

/** Comes back from a handler; from none, now and then. */
export function recover(scene: Scene, from: Actor | null): void {
  const { random } = scene;
  const actor = from === null ? scene.actor() : scene.again(from);
  if (actor === null) return;
  scene.call(
    actor,
    "exception_return",
    random.odds(1, 8) ? random.pick([any(scene), code(0x1001)]) : entry(scene),
  );
}

/** Threads that are in a handler leave it. */
export function comeBack(scene: Scene): void {
  recover(
    scene,
    scene.actor((one) => isHandling(scene, one)),
  );
}

/** A thread faults; then it recovers, or faults again, or calls somebody from within the handler. */
export function stumble(scene: Scene): void {
  const { random } = scene;
  const actor = scene.actor(({ depth }) => depth === 1);
  if (actor === null) return;
  if (scene.cvm(actor.domain)?.handler === 0n && random.odds(7, 8)) {
    scene.call(actor, "exception_register", entry(scene));
  }
  scene.act(actor, { do: "load", address: NOWHERE, size: 1 });
  const again = scene.again(actor);
  if (again === null) return;
  switch (random.below(8)) {
    case 0:
      scene.act(again, { do: "store", address: NOWHERE, size: 8, value: any(scene) });
      return;
    case 1:
      scene.call(again, "exception_return", random.pick([number(0), code(0x1001), any(scene)]));
      return;
    case 2:
      return;
    default:
      recover(scene, again);
  }
}
