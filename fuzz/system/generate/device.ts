/** Disks and the net: whole sectors from pieces of memory, and packets to those who are there, or were, or never. */
import type { Value } from "../../../model/system-contract.ts";
import { type Actor, at, BUFFERS_SIZE, type Scene } from "./scene.ts";
import { address, any, buffer, length, number, own, patience, timeout } from "./value.ts";

const SECTOR = 512;
const SECTORS = 64;
/** The only device of its kind, most often. */
const device = ({ random }: Scene): Value => number(random.odds(1, 24) ? 1 : 0);

/** A few requests in a row to one disk. */
export function disk(scene: Scene): void {
  const { random } = scene;
  let actor = scene.actor();
  for (let count = 1 + random.below(3); actor !== null && count > 0; count--) {
    request(scene, actor);
    actor = scene.again(actor);
  }
}

function request(scene: Scene, actor: Actor): void {
  const { random } = scene;
  const total = random.odds(1, 12) ? 0 : SECTOR * (1 + random.below(3)) + (random.odds(1, 12) ? 8 : 0);
  const pieces = cut(scene, total);
  for (const [index, size] of pieces.entries()) {
    const where = random.odds(1, 16) ? address(scene) : own(at.buffers + random.below(BUFFERS_SIZE - size));
    scene.put(actor, at.iov + 16 * index, where);
    scene.put(actor, at.iov + 16 * index + 8, random.odds(1, 32) ? any(scene) : number(size));
  }
  const late = SECTORS - random.below(4);
  const sector = random.odds(1, 12) ? any(scene) : number(random.odds(1, 3) ? late : random.below(4));
  const iov = random.odds(1, 20) ? address(scene) : own(at.iov);
  const count = random.odds(1, 20) ? random.pick([0, 9]) : pieces.length;
  const direction = number(random.odds(1, 20) ? 2 : random.below(2));
  scene.call(actor, "disk_rw", device(scene), sector, iov, number(count), direction);
}

/** Sizes that make so many bytes together, some of them 0. */
function cut({ random }: Scene, total: number): number[] {
  const sizes: number[] = [];
  let left = total;
  for (let count = random.below(4); count > 0; count--) {
    const size = random.odds(1, 6) ? 0 : random.below(left + 1);
    sizes.push(size);
    left -= size;
  }
  return [...sizes, left];
}

/** What is asked without moving anything. */
export function ask(scene: Scene): void {
  const actor = scene.actor();
  if (actor !== null)
    scene.call(actor, scene.random.odds(1, 2) ? "disk_capacity" : "net_poll", device(scene));
}

/** Somebody's identity: of one that runs, or has been, or is nobody's. */
function receiver(scene: Scene): Value {
  const { random, outline, held } = scene;
  if (random.odds(1, 12)) return any(scene);
  if (random.odds(1, 12) && held.length > 0) return number(random.pick(held).identity);
  return outline.cvms.length === 0 ? number(0) : number(scene.identity(random.pick(outline.cvms).name));
}

function sendTo(scene: Scene, actor: Actor, to: Value): void {
  const { random } = scene;
  const size = random.odds(1, 12) ? BigInt(random.pick([0, 7, 257])) : 8n + (length(scene) % 249n);
  const offset = at.buffers + 8 * random.below(64);
  scene.put(actor, offset, to);
  const where = random.odds(1, 20) ? address(scene) : own(offset);
  scene.call(actor, "net_tx", device(scene), where, random.odds(1, 20) ? any(scene) : number(size));
}

function receiveBy(scene: Scene, actor: Actor, wait: Value): void {
  const { random } = scene;
  const room = random.odds(1, 3) ? BigInt(random.below(40)) : 256n;
  const where = random.odds(1, 12) ? address(scene) : buffer(scene, room, actor.domain);
  const n = random.odds(1, 16) ? any(scene) : number(room);
  scene.call(actor, "net_rx", device(scene), where, n, wait);
}

export function send(scene: Scene): void {
  const actor = scene.actor();
  if (actor !== null) sendTo(scene, actor, receiver(scene));
}

export function receive(scene: Scene): void {
  const { outline } = scene;
  const names = outline.cvms.filter(({ packets }) => packets.length > 0).map(({ name }) => name);
  const actor = scene.actor(({ domain }) => names.includes(domain)) ?? scene.actor();
  if (actor !== null) receiveBy(scene, actor, timeout(scene));
}

/** Some wait for packets; then there are some, or time passes, or somebody dies. */
export function expect(scene: Scene): void {
  const { random } = scene;
  const domain = scene.actor()?.domain;
  if (domain === undefined) return;
  for (const waiter of scene.actors((one) => one.domain === domain).slice(random.below(2))) {
    receiveBy(scene, waiter, patience(scene));
  }
  for (let count = 1 + random.below(3); count > 0; count--) {
    const sender = scene.actor();
    if (sender !== null) sendTo(scene, sender, number(scene.identity(domain)));
  }
  if (random.odds(1, 3)) scene.happen({ do: "advance", ns: random.pick([50n, 1000n]) });
  else if (random.odds(1, 12)) scene.happen({ do: "kill", cvm: domain });
}

/** One fills a queue, and others want to be heard too. */
export function flood(scene: Scene): void {
  const { random } = scene;
  const to = scene.actor()?.domain;
  const greedy = scene.actor(({ domain }) => domain !== to);
  if (to === undefined || greedy === null) return;
  const word = number(scene.identity(to));
  const sendMany = (actor: Actor, count: number) => {
    for (let index = 0; index < count; index++) {
      const again = scene.again(actor);
      if (again !== null) sendTo(scene, again, word);
    }
  };
  sendMany(greedy, 10);
  const other = scene.actor(({ domain }) => domain !== greedy.domain);
  if (other !== null) sendMany(other, 1 + random.below(4));
}
