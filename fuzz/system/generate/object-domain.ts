/** What libraries do in the domain of their client, and what its client may have given up or put there before. */
import { buildObject } from "../../sco/writer.ts";
import { create, invoke } from "./object.ts";
import { resident } from "./object-library.ts";
import { bindingOf, fileOf, holder, keepFile, shelfOf } from "./object-shop.ts";
import type { Actor, Held, Scene } from "./scene.ts";
import { handle, number, own } from "./value.ts";

const LIBRARY = 1;

/** A library is there, and is called with places of its client's; in between the client goes on with its own. */
export function inhabit(scene: Scene): void {
  const { random } = scene;
  const actor = scene.actor();
  const held = actor === null ? null : settle(scene, actor);
  if (actor === null || held === null) return;
  for (let count = 2 + random.below(4); count > 0; count--) {
    const caller = scene.again(actor);
    if (caller === null) return;
    const which = number(random.below(fileOf(scene, held).exports));
    const place = own(8 * random.below(0x200));
    const none = [number(0), number(0), number(0), number(0)];
    scene.call(caller, "sco_call", handle(held), which, place, number(random.below(256)), ...none);
    const user = scene.again(actor);
    if (user !== null) scene.act(user, { do: "load", address: own(8 * random.below(0x200)), size: 8 });
  }
}

/** An object that uses what a library has, bound as one; null if there is no room for it. */
export function settle(scene: Scene, actor: Actor): Held | null {
  const source = resident(scene.random);
  const file = keepFile(scene, buildObject(source), source, shelfOf(scene, actor.domain).size);
  const held = file === null ? null : create(scene, actor, file);
  const again = scene.again(actor);
  if (held === null || again === null) return null;
  scene.call(again, "sco_bind", handle(held), number(LIBRARY));
  return bindingOf(scene, held) === undefined ? null : held;
}

/** A library is called by who has given up the authority that it would run with, or some of it. */
export function disarm(scene: Scene): void {
  const { random } = scene;
  const found = holder(scene, true, (held) => bindingOf(scene, held)?.mode === "library");
  if (found === null) return;
  const { actor, held } = found;
  const length = random.pick([0, 0, 8, 64, 0x1000]);
  scene.act(actor, { do: "narrow", address: own(random.pick([0, 0x40])), length: number(length) });
  for (let count = 1 + random.below(3); count > 0; count--) {
    const again = scene.again(actor);
    if (again !== null) invoke(scene, again, held);
  }
}
