/**
 * Scripts of clients that use the same objects, one after the other in any order: what each does and gets can be compared
 * with what it would get alone. Nothing in them says where anything lies, or what else there is.
 */
import type { SystemScript, SystemUnderTest } from "../../model/system-contract.ts";
import type { Random } from "../generate/random.ts";
import { bindTo, create, invoke } from "../system/generate/object.ts";
import { bindingOf, fileOf, keepFile, shelfOf } from "../system/generate/object-shop.ts";
import { stranger, templates } from "../system/generate/object-templates.ts";
import { type Actor, type Held, Scene } from "../system/generate/scene.ts";
import { code, handle, number } from "../system/generate/value.ts";
import { scriptOf } from "../system/generate.ts";
import { buildObject } from "./writer.ts";

/** The stranger takes whatever has some number in its client's table, and which number an object has is nobody's business. */
const fitting = templates.filter((template) => template !== stranger);

const FILES = 4;
const NAMES = ["a", "b", "c", "d"] as const;
const QUOTAS = { threads: 2, handles: 16, grants: 1, endpoints: 1, timers: 1 };

/** A script of two to four clients that takes at least so many steps. */
export function clientScript(random: Random, model: SystemUnderTest, stepsMin: number): SystemScript {
  const scene = new Scene(random, model, () => {});
  const names = NAMES.slice(0, 2 + random.below(3));
  for (const name of names) {
    const cvm = { name, size: 0x14000, codeSize: 0x4000, image: "", parent: null, quotas: QUOTAS };
    scene.happen({ do: "create", cvm });
  }
  const size = Math.min(...names.map((name) => shelfOf(scene, name).size));
  while (scene.files.length < FILES) {
    const source = random.pick(fitting)(random);
    keepFile(scene, buildObject(source), source, size);
  }
  for (const name of names) {
    const actor = scene.actor(({ domain }) => domain === name);
    if (actor !== null && random.odds(1, 2)) scene.call(actor, "thread_create", code(0x1000), number(0));
  }
  while (scene.steps.length < stepsMin) {
    const actor = scene.actor();
    if (actor === null) break;
    act(scene, actor);
  }
  return scriptOf(scene.steps);
}

function act(scene: Scene, actor: Actor): void {
  const { random } = scene;
  const own = scene.handles("object", actor.domain);
  const bound = own.filter((held) => bindingOf(scene, held) !== undefined);
  const loose = own.filter((held) => bindingOf(scene, held) === undefined);
  if (own.length === 0 || random.odds(1, 12)) {
    const held = create(scene, actor, random.below(scene.files.length));
    const again = scene.again(actor);
    if (held !== null && again !== null && random.odds(7, 8)) bindTo(scene, again, held);
  } else if (loose.length > 0 && random.odds(1, 4)) bindTo(scene, actor, random.pick(loose));
  else if (actor.depth > 1 && random.odds(1, 2)) scene.call(actor, "sco_return", number(random.below(100)));
  else if (bound.length > 0) use(scene, actor, bound);
}

function use(scene: Scene, actor: Actor, bound: readonly Held[]): void {
  const { random } = scene;
  const held = random.pick(bound);
  if (fileOf(scene, held).imports > 0 && random.odds(1, 3)) {
    if (random.odds(1, 3)) scene.call(actor, "sco_callback", handle(held), number(0), code(0x1000));
    else scene.call(actor, "sco_import", handle(held), number(0), handle(random.pick(bound)), number(0));
  } else if (random.odds(1, 16)) scene.call(actor, "sco_unbind", handle(held));
  else if (random.odds(1, 32)) scene.call(actor, "sco_close", handle(held));
  else invoke(scene, actor, held);
}
