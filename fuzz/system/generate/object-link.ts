/** Objects that call objects, chains and circles of them, and clients that are called back. */

import { buildObject } from "../../sco/writer.ts";
import { create, invoke } from "./object.ts";
import { bindingOf, fileOf, holder, keepFile, shelfOf } from "./object-shop.ts";
import { caller, waiter } from "./object-templates.ts";
import type { Actor, Held, Scene } from "./scene.ts";
import { any, code, handle, number } from "./value.ts";

/** More than a thread may be in. */
const DEEP = 9;

const imports = (scene: Scene) => (held: Held) => fileOf(scene, held).imports > 0;

/** A cVM that has bound an object with imports; it binds one if there is none. */
function linker(scene: Scene): { readonly actor: Actor; readonly held: Held } | null {
  const found = holder(scene, !scene.random.odds(1, 12), imports(scene));
  if (found !== null && !scene.random.odds(1, 4)) return found;
  const actor = scene.actor();
  if (actor === null) return null;
  const source = scene.random.odds(1, 6) ? waiter(scene.random) : caller(scene.random);
  const file = keepFile(scene, buildObject(source), source, shelfOf(scene, actor.domain).size);
  const held = file === null ? null : create(scene, actor, file);
  const again = scene.again(actor);
  if (held === null || again === null) return null;
  if (!scene.random.odds(1, 12)) scene.call(again, "sco_bind", handle(held));
  const bound = scene.again(actor);
  return bound === null ? null : { actor: bound, held };
}

/** An object is given another one of the same cVM, or itself: then what it does with it. */
export function link(scene: Scene): void {
  const { random } = scene;
  const found = linker(scene);
  if (found === null) return;
  const { held } = found;
  for (let which = 0; which < fileOf(scene, held).imports; which++) {
    const actor = scene.again(found.actor);
    const others = scene.handles("object", held.domain);
    if (actor === null || others.length === 0) return;
    const bound = others.filter((other) => bindingOf(scene, other) !== undefined);
    const other = random.pick(bound.length > 0 && random.odds(7, 8) ? bound : others);
    const { exports } = fileOf(scene, other);
    const wanted = random.odds(1, 12)
      ? any(scene)
      : number(random.below(exports + (random.odds(1, 8) ? 1 : 0)));
    const slot = random.odds(1, 12) ? any(scene) : number(which);
    scene.call(actor, "sco_import", handle(held), slot, handle(other), wanted);
  }
  for (let count = 1 + random.below(3); count > 0; count--) {
    const actor = scene.again(found.actor);
    if (actor !== null) invoke(scene, actor, held);
  }
}

/** A circle or a chain of objects that call each other, longer than there may be frames. */
export function chain(scene: Scene): void {
  const first = linker(scene);
  if (first === null) return;
  const { held } = first;
  const members = scene
    .handles("object", held.domain)
    .filter((one) => imports(scene)(one) && bindingOf(scene, one) !== undefined);
  for (const [index, one] of members.entries()) {
    const actor = scene.again(first.actor);
    const next = members[(index + 1) % members.length]!;
    if (actor !== null) scene.call(actor, "sco_import", handle(one), number(0), handle(next), number(0));
  }
  const actor = scene.again(first.actor);
  if (actor !== null) scene.call(actor, "sco_call", handle(held), number(0), number(1));
}

/** An object calls its client back: what it does there, and whether it returns. */
export function callBack(scene: Scene): void {
  const { random } = scene;
  const found = linker(scene);
  if (found === null) return;
  const { actor, held } = found;
  const entry = random.odds(1, 8)
    ? random.pick([code(0x1001), any(scene)])
    : code(0x1000 + 2 * random.below(8));
  for (let which = 0; which < fileOf(scene, held).imports; which++) {
    const by = scene.again(actor);
    if (by === null) return;
    scene.call(by, "sco_callback", handle(held), number(random.odds(1, 8) ? 17 : which), entry);
  }
  const again = scene.again(actor);
  if (again === null) return;
  const { outcome } = scene.call(again, "sco_call", handle(held), number(0), number(random.below(64)));
  if (outcome.kind === "entered") inside(scene, again, held);
}

/** Client and object call each other until one of them may not any more; most often they come back again. */
export function deep(scene: Scene): void {
  const found = linker(scene);
  if (found === null) return;
  const { actor, held } = found;
  scene.call(actor, "sco_callback", handle(held), number(0), code(0x1000));
  let depth = 0;
  for (let again = scene.again(actor); again !== null && depth < DEEP; depth++) {
    const { outcome } = scene.call(again, "sco_call", handle(held), number(0), number(depth));
    if (outcome.kind !== "entered") break;
    again = scene.again(actor);
  }
  if (scene.random.odds(3, 4)) for (; depth > 0; depth--) comeBackBy(scene, actor);
}

/** In the client, with the object below: it calls it again, tries to get rid of it, dies, or just returns. */
function inside(scene: Scene, actor: Actor, held: Held): void {
  const { random } = scene;
  const again = scene.again(actor);
  if (again === null) return;
  switch (random.below(9)) {
    case 0:
      scene.call(again, "sco_unbind", handle(held));
      break;
    case 1:
      scene.call(again, "sco_close", handle(held));
      break;
    case 2:
      scene.happen({ do: "kill", cvm: actor.domain });
      return;
    case 3:
      scene.call(again, "thread_exit", number(1));
      break;
    case 4:
    case 5:
      invoke(scene, again, held);
      break;
    case 6:
      scene.call(again, "exit", number(0));
      return;
    default:
  }
  // Whoever does not come back now may do so later.
  for (let depth = random.pick([0, 1, 1, 1, 2]); depth > 0; depth--) comeBackBy(scene, actor);
}

function comeBackBy(scene: Scene, actor: Actor): void {
  const again = scene.again(actor);
  if (again !== null) scene.call(again, "sco_return", number(scene.random.below(1000)));
}

/** Threads return from callbacks; or from none. */
export function comeBack(scene: Scene): void {
  const called = scene.actors(({ by, domain, depth }) => depth > 1 && domain === by.cvm);
  const actor = called.length === 0 ? scene.actor() : scene.random.pick(called);
  if (actor !== null) scene.call(actor, "sco_return", number(scene.random.below(1000)));
}
