/** CP_Call where there is less room than callers: they stand in line, and go in one after the other. */
import { enter, leave, offerBy, pick } from "./crossing.ts";
import { type Actor, type Held, KEYS, type Scene } from "./scene.ts";
import { code, number, patience } from "./value.ts";

const LINE_MAX = 4;
/** The mode of endpoints that one thread at a time is in. */
const SERIAL = 0n;

export function stand(scene: Scene): void {
  const { random } = scene;
  const endpointOf = ({ key }: Held) => scene.outline.endpoints.find((one) => one.key === KEYS[key]);
  const isNarrow = (one: Held) => (endpointOf(one)?.mode ?? "reentrant") !== "reentrant";
  const owner = scene.actor();
  if (owner !== null && !scene.handles("endpoint").some(isNarrow)) offerBy(scene, owner, [SERIAL]);
  const held = pick(scene, scene.handles("endpoint").filter(isNarrow));
  if (held === null) return;
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
  const callee = endpointOf(held)?.owner;
  for (let count = 1 + random.below(LINE_MAX); count > 0; count--) {
    const inside = scene.actor(({ depth, domain }) => depth > 1 && domain === callee);
    if (inside !== null) leave(scene, inside);
  }
}
