/** Files of objects in the hands of cVMs: what there is, who has which, who has bound what. */
import { createHash } from "node:crypto";
import type { BindingView, CvmName, ObjectView } from "../../../model/system-contract.ts";
import { buildObject, type ObjectSource } from "../../sco/writer.ts";
import { anything } from "./object-body.ts";
import { flawIn, mutated } from "./object-flaws.ts";
import { templates } from "./object-templates.ts";
import { type Actor, at, type Held, type MadeFile, type Scene } from "./scene.ts";

const PAGE = 4096;
/** Stacks at the top of a data part, at most. */
const STACKS = 4 * PAGE;
/** In a data part of this size an inner one ends before the place of files. */
const WIDE = 0x2_0000;

/** Where in its data part a cVM puts files, and how large they can be. */
export function shelfOf(scene: Scene, name: CvmName): { readonly offset: number; readonly size: number } {
  const cvm = scene.cvm(name);
  const size = cvm === undefined ? 0 : cvm.size - cvm.codeSize;
  const offset = size >= WIDE ? 0xc000 : at.files;
  return { offset, size: Math.min(0x8000, Math.max(0, size - STACKS - offset)) };
}

/** A file that is kept in mind: a new one, or one that somebody has had before. */
export function someFile(scene: Scene, sizeMax: number): number | null {
  const { random, files } = scene;
  if (files.length > 0 && random.odds(3, 5)) {
    const known = random.below(files.length);
    if (files[known]!.bytes.length <= sizeMax) return known;
  }
  const source = random.odds(1, 4) ? anything(random) : random.pick(templates)(random);
  return keepFile(scene, buildObject(source), source, sizeMax);
}

/** A file that is not quite well-formed, or no more. */
export function oddFile(scene: Scene, sizeMax: number): number | null {
  const { random } = scene;
  const source = random.pick(templates)(random);
  const bytes = random.odds(1, 3)
    ? mutated(buildObject(source), random)
    : flawIn(random).file(source, random);
  return keepFile(scene, bytes, source, sizeMax);
}

/** Keeps a file in mind, if it is not too large; the number of it. */
export function keepFile(
  { files }: Scene,
  bytes: Uint8Array,
  { exports, imports }: ObjectSource,
  sizeMax: number,
): number | null {
  if (bytes.length > sizeMax) return null;
  const hash = createHash("sha256").update(bytes).digest("hex");
  const known = files.findIndex((file) => file.hash === hash);
  if (known >= 0) return known;
  return files.push({ bytes, hash, exports: exports.length, imports: imports.length }) - 1;
}

export function fileOf({ files }: Scene, { key }: Held): MadeFile {
  return files[key]!;
}

/** The live object that a handle is to. */
export function objectOf(scene: Scene, held: Held): ObjectView | undefined {
  const { hash } = fileOf(scene, held);
  return scene.outline.objects.find((object) => object.hash === hash);
}

/** What the cVM that holds a handle has bound by it. */
export function bindingOf(scene: Scene, held: Held): BindingView | undefined {
  return objectOf(scene, held)?.bindings.find(({ cvm }) => cvm === held.domain);
}

/** A thread that can act, with a handle of its cVM to an object: bound or not. */
export function holder(
  scene: Scene,
  isBound: boolean,
  wanted: (held: Held) => boolean = () => true,
): { readonly actor: Actor; readonly held: Held } | null {
  const found = scene
    .handles("object")
    .filter((held) => (bindingOf(scene, held) !== undefined) === isBound && wanted(held));
  if (found.length === 0) return null;
  const held = scene.random.pick(found);
  const actor = scene.actor(({ domain }) => domain === held.domain);
  return actor === null ? null : { actor, held };
}
