/** Asynchronous CP_Call: tickets that are taken, served, asked for in any order, twice, and by others. */
import type { ThreadName } from "../../../model/system-contract.ts";
import { fillBlock, leave, offer, pick, work } from "./crossing.ts";
import { type Actor, at, KEYS, type Scene } from "./scene.ts";
import { any, code, FOREVER, handle, number, own, patience, timeout } from "./value.ts";

const TICKETS_MAX = 16;

type Ticket = Scene["outline"]["tickets"][number];

/** A few calls are made that nobody waits for; now and then more than there may be. */
export function order(scene: Scene): void {
  const { random } = scene;
  const isOwn = random.odds(1, 4);
  const held =
    pick(
      scene,
      scene.handles("endpoint").filter((one) => one.own === isOwn),
    ) ?? pick(scene, scene.handles("endpoint"));
  const caller = held && scene.actor(({ domain }) => domain === held.domain);
  if (held === null || caller === null) {
    offer(scene);
    return;
  }
  const isGreedy = random.odds(1, 8);
  const count = isGreedy ? TICKETS_MAX + 1 : 1 + random.below(4);
  for (let index = 0; index < count; index++) {
    if (isGreedy) plainBlock(scene, caller);
    else if (index === 0 || random.odds(1, 3)) {
      fillBlock(scene, caller, random.odds(1, 4) ? timeout(scene) : patience(scene));
    }
    const { outcome } = scene.call(caller, "cp_call_async", handle(held), own(at.block));
    if (outcome.kind !== "returned" || outcome.values[0] >= 1n << 63n) return;
  }
}

/** A block with no buffer, and all the time there is: nothing stands in the way of the call. */
function plainBlock(scene: Scene, caller: Actor): void {
  for (const word of [7, 8, 9]) scene.put(caller, at.block + 8 * word, number(word === 9 ? FOREVER : 0));
}

/** A thread of a callee takes up what has been asked for, does it, and returns or not; who asked finds out. */
export function serve(scene: Scene): void {
  const { random } = scene;
  if (queued(scene).length === 0) order(scene);
  const wanted = queued(scene);
  const keys = wanted.map(({ key }) => key);
  const owners = scene.outline.endpoints.filter(({ key }) => keys.includes(key)).map(({ owner }) => owner);
  const server = scene.actor(({ domain }) => owners.includes(domain));
  if (server === null) return;
  if (random.odds(1, 4)) collect(scene);
  const inside = scene.call(server, "cp_call_serve", timeout(scene)).outcome.kind === "entered";
  if (inside) finish(scene, server, wanted);
  if (random.odds(2, 3)) collect(scene);
}

function queued({ outline }: Scene): readonly Ticket[] {
  return outline.tickets.filter(({ state }) => state === "queued");
}

/** What happens while a ticket is served, and how that ends. */
function finish(scene: Scene, server: Actor, wanted: readonly Ticket[]): void {
  const { random } = scene;
  const served = scene.outline.tickets.find(({ state }) => state === "served");
  const owner = scene.actor(({ by, domain }) => domain === served?.owner && !isSame(by, server.by));
  const waits = served !== undefined && owner !== null && random.odds(2, 3);
  if (waits) {
    scene.call(owner, "cp_call_wait", number(served.number), number(FOREVER));
  }
  for (let count = random.below(3); count > 0; count--) work(scene, server);
  switch (waits && random.odds(3, 4) ? -1 : random.below(10)) {
    case 0:
      scene.happen({ do: "advance", ns: random.pick([50n, 1000n]) });
      work(scene, server);
      break;
    case 1:
    case 5:
      takeBack(scene, server, wanted);
      break;
    case 2:
      scene.happen({ do: "kill", cvm: pick(scene, wanted)?.owner ?? server.domain });
      break;
    case 3:
      scene.call(server, "cp_call_serve", timeout(scene));
      break;
    case 4:
      collect(scene);
      break;
    default:
  }
  if (waits || random.odds(3, 4)) leave(scene, server);
}

/** Another thread of the callee takes back the endpoints that were asked for, also the one that is being served. */
function takeBack(scene: Scene, server: Actor, wanted: readonly Ticket[]): void {
  const keys = wanted.map(({ key }) => key);
  const other = () => scene.actor(({ by, domain }) => domain === server.domain && !isSame(by, server.by));
  let actor = other();
  if (actor === null) {
    scene.call(server, "thread_create", code(0x1000), number(0));
    actor = other();
  }
  for (const held of scene.handles("endpoint", server.domain)) {
    if (actor !== null && held.own && keys.includes(KEYS[held.key]!)) {
      scene.call(actor, "cp_call_unregister", handle(held));
    }
  }
}

const isSame = (one: ThreadName, other: ThreadName): boolean =>
  one.cvm === other.cvm && one.thread === other.thread;

/** Results are asked for, in any order; some twice, some by others. */
export function collect(scene: Scene): void {
  const { random } = scene;
  for (let count = 1 + random.below(4); count > 0; count--) {
    const ticket = pick(scene, scene.outline.tickets);
    if (ticket === null) {
      if (random.odds(1, 4)) stray(scene, any(scene));
      return;
    }
    const actor = random.odds(1, 6) ? scene.actor() : scene.actor(({ domain }) => domain === ticket.owner);
    if (actor === null) continue;
    const { outcome } = ask(scene, actor, ticket.number);
    if (outcome.kind === "blocked" && random.odds(5, 6)) {
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

/** In and in again by serving what it has asked itself, until the trusted stack is full or there is no stack left. */
export function nest(scene: Scene): void {
  const reentrant = scene.outline.endpoints.filter(({ mode }) => mode === "reentrant").map(({ key }) => key);
  const held = pick(
    scene,
    scene.handles("endpoint").filter(({ own: isOwn, key }) => isOwn && reentrant.includes(KEYS[key]!)),
  );
  const actor = held && scene.actor(({ domain }) => domain === held.domain);
  if (held === null || actor === null) return;
  for (let count = 0; count < 8; count++) {
    plainBlock(scene, actor);
    scene.call(actor, "cp_call_async", handle(held), own(at.block));
    const { outcome } = scene.call(actor, "cp_call_serve", number(0));
    if (outcome.kind !== "entered") break;
  }
  for (let count = scene.random.below(8); count > 0; count--) leave(scene, actor);
}
