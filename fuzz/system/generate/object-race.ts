/**
 * Two things at a time that have to do with one object, for scripts in slices: one thread calls it, another binds, leaves,
 * closes, links or kills; one loads a file, another rewrites it. What each step finds then is for the schedule to say.
 */

import type { Random } from "../../generate/random.ts";
import { buildObject, type ObjectSource } from "../../sco/writer.ts";
import { create, invoke } from "./object.ts";
import { objectCode } from "./object-code.ts";
import { bindingOf, fileOf, keepFile, shelfOf } from "./object-shop.ts";
import { caller, counter } from "./object-templates.ts";
import type { Actor, Held, Scene } from "./scene.ts";
import { buffer, code, handle, number, own } from "./value.ts";

/** Counts in its state as often as it is told to, up to 63 times, and in what it was lent: long enough to be met there. */
function slow(random: Random): ObjectSource {
  const { text, relocations, labels } = objectCode(
    `work:
andi x6, x10, 63
addi x10, x0, 0
again:
cls c8, 0, 8
ld x5, 0(c8)
addi x5, x5, 1
sd x5, 0(c8)
add x10, x10, x5
addi x6, x6, -1
blt x0, x6, again
cgettag x5, c27
beq x5, x0, out
sb x10, 0(c27)
out:
cjalr c0, 0(c1)`,
    [],
  );
  const init = new Uint8Array(16).fill(random.below(4));
  const exports = [{ name: "work", offset: labels.get("work")! }];
  return { text, rodata: new Uint8Array(), init, bss: 0, exports, imports: [], relocations };
}

/** Two threads of a cVM; the second is made if there is none. */
function pair(scene: Scene): readonly [Actor, Actor] | null {
  const actor = scene.actor(({ depth }) => depth === 1) ?? scene.actor();
  if (actor === null) return null;
  const siblings = () => scene.actors(({ domain, by }) => domain === actor.domain && !isSame({ by }, actor));
  if (siblings().length === 0) scene.call(actor, "thread_create", code(0x1000), number(0));
  const others = siblings();
  return others.length === 0 ? null : [actor, scene.random.pick(others)];
}

const isSame = ({ by }: Pick<Actor, "by">, other: Actor): boolean =>
  by.cvm === other.by.cvm && by.thread === other.by.thread;

/** An object that a cVM has bound: one that takes its time, a counter, or one that calls others. */
function bound(scene: Scene, actor: Actor): Held | null {
  const { random } = scene;
  const source = random.pick([slow, slow, slow, counter, caller, caller])(random);
  const file = keepFile(scene, buildObject(source), source, shelfOf(scene, actor.domain).size);
  if (file === null) return null;
  const known = scene.handles("object", actor.domain).find(({ key }) => key === file);
  const held = known ?? create(scene, actor, file);
  const again = scene.again(actor);
  if (held === null || again === null) return null;
  if (bindingOf(scene, held) === undefined) scene.call(again, "sco_bind", handle(held), number(0));
  return held;
}

/** A call that takes its time, with or without something lent. */
function calls(scene: Scene, actor: Actor, held: Held): void {
  const again = scene.again(actor);
  if (again === null) return;
  const lent = scene.random.odds(1, 2) ? buffer(scene, 16n, actor.domain) : null;
  const size = number(lent === null ? 0 : 16);
  const args = [
    number(20 + scene.random.below(44)),
    number(0),
    number(0),
    number(0),
    lent ?? number(0),
    size,
  ];
  scene.call(again, "sco_call", handle(held), number(0), ...args);
}

function asks(scene: Scene, actor: Actor, call: string, ...args: Parameters<typeof handle>): void {
  const again = scene.again(actor);
  if (again !== null) scene.call(again, call, handle(...args), number(0), handle(...args), number(0));
}

/** One is in an object, or on its way; another thread of its cVM does something about it, then both go on. */
export function meddle(scene: Scene): void {
  const both = pair(scene);
  const held = both === null ? null : bound(scene, both[0]);
  if (both === null || held === null) return;
  const [one, other] = both;
  calls(scene, one, held);
  const isLinked = fileOf(scene, held).imports > 0;
  switch (isLinked && scene.random.odds(1, 2) ? 3 : scene.random.below(6)) {
    case 0:
    case 1:
      asks(scene, other, "sco_unbind", held);
      if (scene.random.odds(1, 2)) asks(scene, other, "sco_bind", held);
      break;
    case 2:
      asks(scene, other, "sco_close", held);
      break;
    case 3:
      asks(scene, other, "sco_import", held);
      break;
    default:
      calls(scene, other, held);
  }
  const again = scene.again(one);
  if (again !== null && scene.isOpen(held)) invoke(scene, again, held);
}

/** A loader asks for an object, and another thread of its cVM has the file changed meanwhile: by a byte, or all of it. */
export function rewrite(scene: Scene): void {
  const both = pair(scene);
  if (both === null) return;
  const [one, other] = both;
  const { random } = scene;
  const source = counter(random);
  const { offset, size } = shelfOf(scene, one.domain);
  const bytes = buildObject(source);
  const file = keepFile(scene, bytes, source, size);
  const held = file === null ? null : create(scene, one, file);
  const changes = scene.again(other);
  if (held === null || changes === null) return;
  const place = offset + random.pick([4, 8, 48, 52, 48 + random.below(source.text.length), bytes.length - 1]);
  if (random.odds(1, 2))
    scene.act(changes, { do: "store", address: own(place), size: 1, value: number(random.below(256)) });
  else scene.act(changes, { do: "fill", address: own(offset), length: bytes.length, seed: random.below(9) });
  const again = scene.again(one);
  if (again === null) return;
  scene.call(again, "sco_bind", handle(held), number(0));
  const last = scene.again(one);
  if (last !== null && bindingOf(scene, held) !== undefined) invoke(scene, last, held);
}

/** Two cVMs are in one object, and one of them dies there. */
export function die(scene: Scene): void {
  const one = scene.actor();
  const other = scene.actor(({ domain, by }) => domain !== one?.domain && by.cvm !== one?.by.cvm);
  if (one === null || other === null) return;
  const held = bound(scene, one);
  if (held === null) return;
  const again = scene.again(other);
  const theirs = again === null ? null : create(scene, again, held.key);
  if (theirs === null) return;
  if (bindingOf(scene, theirs) === undefined) asks(scene, other, "sco_bind", theirs);
  calls(scene, one, held);
  calls(scene, other, theirs);
  scene.happen({ do: "kill", cvm: one.domain });
  calls(scene, other, theirs);
}

/** The last one to have an object lets it go while another asks for it. */
export function last(scene: Scene): void {
  const one = scene.actor();
  const other = scene.actor(({ domain }) => domain !== one?.domain);
  if (one === null || other === null) return;
  const held = bound(scene, one);
  if (held === null) return;
  const { offset } = shelfOf(scene, other.domain);
  const bytes = Buffer.from(fileOf(scene, held).bytes);
  scene.act(other, { do: "place", address: own(offset), bytes: bytes.toString("hex") });
  asks(scene, one, "sco_unbind", held);
  asks(scene, one, "sco_close", held);
  const again = scene.again(other);
  if (again === null) return;
  const theirs = scene.open(again, "sco_create", [own(offset), number(bytes.length)], { key: held.key });
  if (theirs === null) return;
  asks(scene, other, "sco_bind", theirs);
  calls(scene, other, theirs);
}
