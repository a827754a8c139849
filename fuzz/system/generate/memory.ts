/** Plain accesses, in and out of bounds, and the narrowing of one's own authority. */
import { isHandling, recover } from "./exception.ts";
import { at, type Scene } from "./scene.ts";
import { address, any, buffer, length, number, own } from "./value.ts";

const SIZES = [1, 2, 4, 8] as const;

export function fill(scene: Scene): void {
  const actor = scene.actor();
  if (actor === null) return;
  const size = Number(length(scene)) % 512;
  const where = scene.random.odds(1, 16) ? address(scene) : buffer(scene, BigInt(size));
  scene.act(actor, { do: "fill", address: where, length: size, seed: scene.random.below(100) });
}

export function access(scene: Scene): void {
  const { random } = scene;
  const actor = scene.actor();
  if (actor === null) return;
  const size = random.pick(SIZES);
  // Inside a callee or a handler an access beyond the bounds is the end of it: not too often.
  const isFragile = actor.depth > 1 || isHandling(scene, actor);
  const isWild = random.odds(1, isFragile ? 8 : 2);
  const where = isWild ? any(scene) : own(at.buffers + random.below(0x100));
  const { outcome } = random.odds(1, 2)
    ? scene.act(actor, { do: "load", address: where, size })
    : scene.act(actor, { do: "store", address: where, size, value: any(scene) });
  if (outcome.kind === "faulted" && random.odds(3, 4)) recover(scene, actor);
}

export function narrow(scene: Scene): void {
  const { random } = scene;
  const actor = scene.actor();
  if (actor === null) return;
  const [where, size] = random.odds(1, 2)
    ? [own(0), number(random.pick([0x4000, 0x6000, 0x4010]))]
    : [
        random.odds(1, 3) ? any(scene) : own(8 * random.below(64)),
        random.odds(1, 2) ? any(scene) : number(length(scene)),
      ];
  scene.act(actor, { do: "narrow", address: where, length: size });
}
