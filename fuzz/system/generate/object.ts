/** Objects that cVMs make, bind, call and leave: the loader is guest code, and anybody may be one. */
import type { StepReport, Value } from "../../../model/system-contract.ts";
import { bindingOf, fileOf, holder, oddFile, shelfOf, someFile } from "./object-shop.ts";
import { type Actor, at, type Held, type Scene } from "./scene.ts";
import { any, buffer, handle, number, own } from "./value.ts";

const SMALL = [0, 1, 2, 3, 5, 7, 8, 15, 16, 62, 63, 64, 255, 510, 511, 512, 599, 600] as const;

const TOO_LONG = (1 << 20) + 1;

/** Puts a file where the cVM keeps files, and makes an object of it; null if there is none. */
export function create(scene: Scene, actor: Actor, file: number): Held | null {
  const { offset } = shelfOf(scene, actor.domain);
  const { bytes } = scene.files[file]!;
  const report = scene.act(actor, {
    do: "place",
    address: own(offset),
    bytes: Buffer.from(bytes).toString("hex"),
  });
  const again = scene.again(actor);
  if (report.outcome.kind === "faulted" || again === null) return null;
  return scene.open(again, "sco_create", [own(offset), number(bytes.length)], { key: file });
}

/** Binds an object: as a compartment, or as a library; there is no other way. */
export function bindTo(scene: Scene, actor: Actor, held: Held): void {
  const { random } = scene;
  const mode = random.odds(1, 24) ? any(scene) : number(random.odds(1, 4) ? 1 : 0);
  scene.call(actor, "sco_bind", handle(held), mode);
}

/** Somebody makes an object, of a file that others have too or of a new one, and binds it. */
export function publish(scene: Scene): void {
  const actor = scene.actor();
  if (actor === null) return;
  const file = someFile(scene, shelfOf(scene, actor.domain).size);
  const held = file === null ? null : create(scene, actor, file);
  const again = scene.again(actor);
  if (held === null || again === null || scene.random.odds(1, 6)) return;
  bindTo(scene, again, held);
  useSome(scene, again, held);
}

/** A file in which something is wrong. */
export function spoil(scene: Scene): void {
  const actor = scene.actor();
  if (actor === null) return;
  const file = oddFile(scene, shelfOf(scene, actor.domain).size);
  const held = file === null ? null : create(scene, actor, file);
  const again = scene.again(actor);
  if (held === null || again === null) return;
  bindTo(scene, again, held);
  useSome(scene, again, held);
}

/** A file that is not all there, too long, or nowhere. */
export function mistake(scene: Scene): void {
  const { random } = scene;
  const actor = scene.actor();
  if (actor === null) return;
  const { offset } = shelfOf(scene, actor.domain);
  const length = random.pick([
    number(0),
    number(47),
    number(1 << 20),
    number(TOO_LONG),
    number(TOO_LONG),
    any(scene),
  ]);
  scene.call(actor, "sco_create", random.odds(1, 2) ? own(offset) : any(scene), length);
}

/** An object is found by its hash, there or not. */
export function lookup(scene: Scene): void {
  const { random, files } = scene;
  const actor = scene.actor();
  if (actor === null || files.length === 0) return;
  const key = random.below(files.length);
  const hash = Buffer.from(files[key]!.hash, "hex");
  if (random.odds(1, 6)) hash[random.below(32)]! ^= 1;
  scene.act(actor, { do: "place", address: own(at.hash), bytes: hash.toString("hex") });
  const again = scene.again(actor);
  if (again === null) return;
  const where = random.odds(1, 12) ? any(scene) : own(at.hash);
  const held = scene.open(again, "sco_lookup", [where], { key });
  const bound = scene.again(actor);
  if (held !== null && bound !== null && random.odds(2, 3)) bindTo(scene, bound, held);
}

export function bind(scene: Scene): void {
  const found = holder(scene, scene.random.odds(1, 8));
  if (found === null) return;
  bindTo(scene, found.actor, found.held);
  const again = scene.again(found.actor);
  if (again !== null) useSome(scene, again, found.held);
}

export function unbind(scene: Scene): void {
  const found = holder(scene, scene.random.odds(5, 6));
  if (found === null) return;
  const { actor, held } = found;
  scene.call(actor, "sco_unbind", handle(held));
  const again = scene.again(actor);
  if (again === null || !scene.random.odds(1, 2)) return;
  // What comes next begins anew; or there is nothing any more to take back.
  if (scene.random.odds(2, 3)) bindTo(scene, again, held);
  else scene.call(again, "sco_unbind", handle(held));
  const bound = scene.again(actor);
  if (bound !== null) invoke(scene, bound, held);
}

export function close(scene: Scene): void {
  const found = holder(scene, scene.random.odds(1, 3));
  if (found === null) return;
  const { actor, held } = found;
  scene.call(actor, "sco_close", handle(held));
  const again = scene.again(actor);
  if (again !== null && scene.random.odds(1, 3)) invoke(scene, again, held);
}

/** One call into an object. */
export function invoke(scene: Scene, actor: Actor, held: Held): StepReport {
  const { random } = scene;
  const { exports } = fileOf(scene, held);
  const reach = bindingOf(scene, held)?.mode === "library" ? 2 : 6;
  const which = random.odds(1, 24)
    ? any(scene)
    : number(random.below(random.odds(1, 16) ? exports + 2 : exports));
  const values = Array.from({ length: 4 }, (): Value => {
    if (random.odds(1, 12)) return any(scene);
    // Somewhere in its own data, of which a library has more than the address.
    if (random.odds(1, reach)) return own(8 * random.below(0x400));
    return number(random.odds(1, 3) ? random.next() : random.pick(SMALL));
  });
  return scene.call(actor, "sco_call", handle(held), which, ...values, ...loan(scene, actor));
}

/** A buffer for the object: most often none, or one that bounds cover. */
function loan(scene: Scene, { domain }: Actor): readonly [Value, Value] {
  const { random } = scene;
  if (random.odds(1, 2)) return [number(0), number(0)];
  if (random.odds(1, 12)) return [any(scene), any(scene)];
  const length = BigInt(random.pick([1, 8, 15, 16, 16, 24, 64, 64, 100, 0x1001]));
  return [buffer(scene, length, domain), number(length)];
}

/** A few calls in a row. */
function useSome(scene: Scene, actor: Actor, held: Held): void {
  let again: Actor | null = actor;
  for (let count = 1 + scene.random.below(4); again !== null && count > 0; count--) {
    if (bindingOf(scene, held) === undefined) return;
    invoke(scene, again, held);
    again = scene.again(actor);
  }
}

export function use(scene: Scene): void {
  const found = holder(scene, true);
  if (found !== null) useSome(scene, found.actor, found.held);
}

/** Everybody has the same object, and all call it in turn. */
export function crowd(scene: Scene): void {
  const { random } = scene;
  const size = Math.min(...scene.running().map((name) => shelfOf(scene, name).size));
  const file = someFile(scene, Number.isFinite(size) ? size : 0);
  if (file === null) return;
  const members: { actor: Actor; held: Held }[] = [];
  for (const name of scene.running()) {
    const actor = scene.actor(({ domain }) => domain === name);
    if (actor === null) continue;
    const known = scene.handles("object", name).find(({ key }) => key === file);
    const held = known ?? create(scene, actor, file);
    const again = scene.again(actor);
    if (held === null || again === null) continue;
    if (bindingOf(scene, held) === undefined) bindTo(scene, again, held);
    members.push({ actor: again, held });
  }
  for (let count = 3 + random.below(9); count > 0 && members.length > 0; count--) {
    const { actor, held } = random.pick(members);
    const threads = scene.actors(({ domain }) => domain === actor.domain);
    if (threads.length > 0) invoke(scene, random.pick(threads), held);
  }
}
