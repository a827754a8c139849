/** What nobody should do with objects: other people's handles, files that change, names that mean something else by now. */
import { buildObject } from "../../sco/writer.ts";
import { layers } from "./life.ts";
import { create, crowd, invoke } from "./object.ts";
import { bindingOf, fileOf, holder, keepFile, shelfOf, someFile } from "./object-shop.ts";
import { counter } from "./object-templates.ts";
import type { Held, Scene } from "./scene.ts";
import { any, handle, number, own } from "./value.ts";

const LARGE = "large";

/** A handle of another cVM, or one that has been closed, is called as if it was one's own. */
export function swap(scene: Scene): void {
  const { random } = scene;
  const known = scene.held.filter(({ kind }) => kind === "object");
  if (known.length === 0) return;
  const held = random.pick(known);
  const actor = scene.actor(({ domain }) => domain !== held.domain) ?? scene.actor();
  if (actor === null) return;
  if (random.odds(1, 2)) invoke(scene, actor, held);
  else {
    const call = random.pick(["sco_bind", "sco_unbind", "sco_close", "sco_import", "sco_callback"]);
    scene.call(actor, call, handle(held), number(0), handle(random.pick(known)), number(0));
  }
}

/** Guesses: numbers of handles and exports that nobody was given. */
export function guess(scene: Scene): void {
  const { random } = scene;
  const actor = scene.actor();
  if (actor === null) return;
  const word = number(BigInt(random.below(16)) | (BigInt(1 + random.below(3)) << 16n));
  const which = random.odds(1, 3) ? any(scene) : number(random.below(4));
  scene.call(actor, "sco_call", random.odds(1, 3) ? any(scene) : word, which, any(scene), any(scene));
}

/** The loader rewrites its file as soon as there is an object of it: that is nothing to anybody. */
export function rewrite(scene: Scene): void {
  const { random } = scene;
  const actor = scene.actor();
  if (actor === null) return;
  const { offset, size } = shelfOf(scene, actor.domain);
  const file = someFile(scene, size);
  const held = file === null ? null : create(scene, actor, file);
  const again = scene.again(actor);
  if (held === null || again === null) return;
  const { length } = fileOf(scene, held).bytes;
  scene.act(again, { do: "fill", address: own(offset), length, seed: random.below(100) });
  const bound = scene.again(actor);
  if (bound === null) return;
  if (bindingOf(scene, held) === undefined) scene.call(bound, "sco_bind", handle(held));
  const caller = scene.again(actor);
  if (caller !== null) invoke(scene, caller, held);
}

/** A client dies, another comes in its place, binds what it had bound, and tries its handles. */
export function alias(scene: Scene): void {
  const { random } = scene;
  const found = holder(scene, true);
  if (found === null) return;
  const { held } = found;
  const victim = scene.cvm(held.domain);
  if (victim === undefined || scene.outline.cvms.length > 3) return;
  invoke(scene, found.actor, held);
  const { name, size, codeSize } = victim;
  scene.happen({ do: "kill", cvm: name });
  scene.happen({ do: "reclaim", cvm: name });
  const quotas = { threads: 2, handles: 8, grants: 1, endpoints: 1, timers: 1 };
  scene.happen({ do: "create", cvm: { name, size, codeSize, image: "", parent: null, quotas } });
  const actor = scene.actor(({ domain }) => domain === name);
  if (actor === null) return;
  if (random.odds(1, 3)) invoke(scene, actor, held);
  const again = scene.again(actor);
  const same = again === null ? null : create(scene, again, held.key);
  const bound = scene.again(actor);
  if (same === null || bound === null) return;
  scene.call(bound, "sco_bind", handle(same));
  for (let count = 2; count > 0; count--) {
    const caller = scene.again(actor);
    if (caller !== null) invoke(scene, caller, random.odds(1, 4) ? held : same);
  }
}

/** An object goes with its last reference; another has its number then, and its place. */
export function replace(scene: Scene): void {
  const found = holder(scene, true);
  if (found === null) return;
  const { actor, held } = found;
  const drop = (one: Held) => {
    const by = scene.actor(({ domain }) => domain === one.domain);
    if (by === null) return;
    if (bindingOf(scene, one) !== undefined) scene.call(by, "sco_unbind", handle(one));
    const again = scene.again(by);
    if (again !== null) scene.call(again, "sco_close", handle(one));
  };
  for (const one of scene.handles("object").filter(({ key }) => key === held.key)) drop(one);
  const again = scene.again(actor);
  if (again === null) return;
  const file = someFile(scene, shelfOf(scene, actor.domain).size);
  const other = file === null ? null : create(scene, again, file);
  const bound = scene.again(actor);
  if (other === null || bound === null) return;
  scene.call(bound, "sco_bind", handle(other));
  const last = scene.again(actor);
  if (last !== null) invoke(scene, last, scene.random.odds(1, 4) ? held : other);
}

/** A cVM and those within it have the same object: each has a state of its own, though the stack of one lies in the other. */
export function nest(scene: Scene): void {
  layers(scene);
  crowd(scene);
}

/** A file that is larger than any may be, from one that has room for it. */
export function overfill(scene: Scene): void {
  if (!scene.random.odds(1, 4) || scene.cvm(LARGE) !== undefined) return;
  const quotas = { threads: 1, handles: 1, grants: 1, endpoints: 1, timers: 1 };
  const cvm = { name: LARGE, size: 0x20_4000, codeSize: 0x4000, image: "", parent: null, quotas };
  scene.happen({ do: "create", cvm });
  const actor = scene.actor(({ domain }) => domain === LARGE);
  if (actor !== null) scene.call(actor, "sco_create", own(0), number((1 << 20) + 1));
  scene.happen({ do: "kill", cvm: LARGE });
  scene.happen({ do: "reclaim", cvm: LARGE });
}

/** More state than one cVM may have: objects that differ in nothing but a constant. */
export function hoard(scene: Scene): void {
  const { random } = scene;
  const actor = scene.actor();
  if (actor === null) return;
  const source = counter(random);
  for (let count = 3 + random.below(3); count > 0; count--) {
    const again = scene.again(actor);
    if (again === null) return;
    const large = { ...source, rodata: new Uint8Array(16).fill(count), bss: 65536 - source.init.length };
    const file = keepFile(scene, buildObject(large), large, shelfOf(scene, actor.domain).size);
    const held = file === null ? null : create(scene, again, file);
    const bound = scene.again(actor);
    if (held !== null && bound !== null) scene.call(bound, "sco_bind", handle(held));
  }
}
