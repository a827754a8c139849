/** Asynchronous CP_Call: tickets that are taken, served, asked for in any order, twice, and by others. */
import { fillBlock, leave, offer, pick, withdraw, work } from "./crossing.ts";
import { type Actor, at, type Scene } from "./scene.ts";
import { any, handle, number, own, patience, timeout } from "./value.ts";

const TICKETS_MAX = 16;

/** A few calls are made that nobody waits for; now and then more than there may be. */
export function order(scene: Scene): void {
  const { random } = scene;
  const held = pick(scene, scene.handles("endpoint"));
  const caller = held && scene.actor(({ domain }) => domain === held.domain);
  if (held === null || caller === null) {
    offer(scene);
    return;
  }
  const count = random.odds(1, 10) ? TICKETS_MAX + 1 : 1 + random.below(4);
  for (let index = 0; index < count; index++) {
    if (index === 0 || random.odds(1, 3)) fillBlock(scene, caller, timeout(scene));
    const { outcome } = scene.call(caller, "cp_call_async", handle(held), own(at.block));
    if (outcome.kind !== "returned" || outcome.values[0] >= 1n << 63n) return;
  }
}

/** A thread of a callee takes up what has been asked for, does it, and returns or not. */
export function serve(scene: Scene): void {
  const { random } = scene;
  const wanted = random.odds(4, 5) ? scene.outline.tickets.filter(({ state }) => state === "queued") : [];
  const keys = wanted.map(({ key }) => key);
  const owners = scene.outline.endpoints.filter(({ key }) => keys.includes(key)).map(({ owner }) => owner);
  const server = scene.actor(({ domain }) => owners.length === 0 || owners.includes(domain));
  if (server === null) return;
  const wait = owners.length === 0 && random.odds(1, 2) ? patience(scene) : timeout(scene);
  const { outcome } = scene.call(server, "cp_call_serve", wait);
  if (outcome.kind !== "entered") return;
  for (let count = random.below(3); count > 0; count--) work(scene, server);
  switch (random.below(10)) {
    case 0:
      scene.happen({ do: "advance", ns: random.pick([50n, 1000n]) });
      work(scene, server);
      break;
    case 1:
      withdraw(scene);
      break;
    case 2:
      scene.happen({ do: "kill", cvm: pick(scene, wanted)?.owner ?? server.domain });
      break;
    case 3:
      scene.call(server, "cp_call_serve", timeout(scene));
      break;
    default:
  }
  if (random.odds(3, 4)) leave(scene, server);
}

/** Results are asked for, in any order; some twice, some by others. */
export function collect(scene: Scene): void {
  const { random } = scene;
  for (let count = 1 + random.below(4); count > 0; count--) {
    const ticket = pick(scene, scene.outline.tickets);
    if (ticket === null) {
      stray(scene, any(scene));
      return;
    }
    const actor = random.odds(1, 6) ? scene.actor() : scene.actor(({ domain }) => domain === ticket.owner);
    if (actor === null) continue;
    const { outcome } = ask(scene, actor, ticket.number);
    if (outcome.kind === "blocked" && random.odds(1, 2)) {
      const other = scene.actor(({ domain }) => domain === ticket.owner);
      if (other !== null) ask(scene, other, ticket.number);
    }
    if (outcome.kind === "returned" && random.odds(1, 3)) ask(scene, actor, ticket.number);
  }
}

function ask(scene: Scene, actor: Actor, ticket: bigint) {
  const wait = scene.random.odds(1, 3) ? timeout(scene) : patience(scene);
  return scene.call(actor, "cp_call_wait", number(ticket), wait);
}

function stray(scene: Scene, ticket: ReturnType<typeof any>): void {
  const actor = scene.actor();
  if (actor !== null) scene.call(actor, "cp_call_wait", ticket, timeout(scene));
}

/** Servers wait for what is to come. */
export function stand(scene: Scene): void {
  const { random } = scene;
  const owner = pick(scene, scene.outline.endpoints)?.owner;
  const server = scene.actor(({ domain }) => domain === owner);
  if (server !== null) scene.call(server, "cp_call_serve", patience(scene));
  if (random.odds(1, 2)) order(scene);
}

/** In and in again by serving what it has asked itself, until the trusted stack is full. */
export function nest(scene: Scene): void {
  if (!scene.random.odds(1, 3)) return;
  const held = pick(
    scene,
    scene.handles("endpoint").filter(({ own: isOwn }) => isOwn),
  );
  const actor = held && scene.actor(({ domain }) => domain === held.domain);
  if (held === null || actor === null) return;
  for (let count = 0; count < 8; count++) {
    for (const word of [7, 8, 9]) scene.put(actor, at.block + 8 * word, number(word === 9 ? 1000 : 0));
    scene.call(actor, "cp_call_async", handle(held), own(at.block));
    const { outcome } = scene.call(actor, "cp_call_serve", number(0));
    if (outcome.kind !== "entered") break;
  }
  for (let count = scene.random.below(8); count > 0; count--) leave(scene, actor);
}
