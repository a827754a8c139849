/** CP_Call where there is less room than callers: they stand in line, and go in one after the other. */
import { enter, leave, offer, pick } from "./crossing.ts";
import { type Actor, type Held, KEYS, type Scene } from "./scene.ts";
import { code, number, patience } from "./value.ts";

const LINE_MAX = 4;

export function stand(scene: Scene): void {
  const { random } = scene;
  const endpointOf = ({ key }: Held) => scene.outline.endpoints.find((one) => one.key === KEYS[key]);
  const held = pick(
    scene,
    scene.handles("endpoint").filter((one) => (endpointOf(one)?.mode ?? "reentrant") !== "reentrant"),
  );
  if (held === null) {
    offer(scene);
    return;
  }
  const holders = scene.handles("endpoint").filter(({ key }) => key === held.key);
  const callers = (): (readonly [Actor, Held])[] =>
    holders.flatMap((one) =>
      scene
        .actors(({ domain, depth }) => domain === one.domain && depth === 1)
        .map((actor) => [actor, one] as const),
    );
  for (let missing = LINE_MAX - callers().length; missing > 0; missing--) {
    const [parent] = pick(scene, callers()) ?? [];
    if (parent !== undefined) scene.call(parent, "thread_create", code(0x1000), number(0));
  }
  for (const [caller, one] of callers().slice(0, LINE_MAX)) enter(scene, caller, one, patience(scene));
  const owner = endpointOf(held)?.owner;
  for (let count = 1 + random.below(LINE_MAX); count > 0; count--) {
    const inside = scene.actor(({ depth, domain }) => depth > 1 && domain === owner);
    if (inside !== null) leave(scene, inside);
  }
}
