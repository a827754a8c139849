/** What wants to be interrupted: code that holds on to what it was given while somebody takes it away. */

import { assembleProgram } from "../../../model/isa/index.ts";
import type { Action } from "../../../model/system-contract.ts";
import { bodyWords } from "./body.ts";
import * as crossing from "./crossing.ts";
import * as file from "./file.ts";
import { invoke } from "./object.ts";
import { settle } from "./object-domain.ts";
import { type Actor, at, type Held, type Scene } from "./scene.ts";
import { code, handle, number, own } from "./value.ts";

const words = (text: string): readonly number[] => assembleProgram(text).words;

/** Leaves the record of a handle in c18. */
const record = (index: number) => `
  cspecialrw c7, pcc, c0
  cgetbase x5, c7
  cgetlen x6, c7
  add x5, x5, x6
  addi x5, x5, -2048
  addi x5, x5, ${32 * (index % 64)}
  csetaddr c7, c7, x5
  lc.cap c18, (c7)
`;

/** Ways to go on using what is in c18, or c27, with the right that they need. */
const uses: readonly (readonly ["r" | "w", string])[] = [
  ["w", "sb.cap x5, (c18)\njal x0, -4"],
  ["r", "lbu.cap x6, (c18)\njal x0, -4"],
  ["w", "cspecialrw c0, ddc, c18\ncgetbase x5, c18\nsb x6, 0(x5)\njal x0, -4"],
  [
    "r",
    "cspecialrw c0, ddc, c18\naddi x30, x0, 8\ncspecialrw c7, pcc, c0\ncgetbase x5, c7\njalr x1, 0(x5)\njal x0, -12",
  ],
  ["w", "cmove c27, c18\nsb.cap x5, (c27)\njal x0, -4"],
  [
    "r",
    "cspecialrw c0, ddc, c18\ncgetbase x10, c18\naddi x11, x0, 8\naddi x30, x0, 21\ncspecialrw c7, pcc, c0\ncgetbase x5, c7\njalr x1, 0(x5)",
  ],
];

/**
 * Lets a thread run code, in a cVM that most often survives if that faults: there is a handler, and the thread comes
 * back from it.
 */
function runs(scene: Scene, actor: Actor, action: Action, meanwhile: () => void = () => {}): void {
  const { random } = scene;
  const isGuarded = actor.depth === 1 && random.odds(7, 8);
  if (isGuarded && scene.cvm(actor.domain)?.handler === 0n)
    scene.call(actor, "exception_register", code(0x1000));
  scene.act(actor, action);
  meanwhile();
  const again = scene.again(actor);
  if (isGuarded && again !== null) scene.call(again, "exception_return", code(0x1000));
}

const rightOf = { r: 1n, w: 2n } as const;

/** A holder's code uses a grant, and its owner, or the holder, or death ends it. */
export function holdOn(scene: Scene): void {
  const { random } = scene;
  const held = heldOf(scene, () => true);
  if (held.length === 0) return;
  const grant = random.pick(held);
  const user = scene.actor(({ domain }) => domain === grant.domain);
  if (user === null) return;
  const index = Number(grant.number & 0xffffn);
  const fit = uses.filter(([right]) => (grant.rights & rightOf[right]) !== 0n);
  const [, use] = random.pick(fit.length > 0 && random.odds(9, 10) ? fit : uses);
  runs(scene, user, { do: "body", words: words(record(index) + use) }, () => end(scene, grant, user));
}

/**
 * A holder makes a grant its DDC and goes into a callee, which is its own cVM's: what is kept of it there has the grant,
 * and somebody ends that.
 */
export function leaveWith(scene: Scene): void {
  const held = heldOf(scene, () => true);
  if (held.length === 0) return;
  const grant = scene.random.pick(held);
  const user = scene.actor(({ domain, depth }) => domain === grant.domain && depth === 1);
  if (user === null) return;
  if (wayInto(scene, user) === null) crossing.offerBy(scene, user);
  const way = wayInto(scene, user);
  if (way === null) return;
  const { caller, endpoint } = way;
  // No buffer, and time enough: words 7 to 9 of the block.
  for (const [word, value] of [0, 0, 1000].entries())
    scene.put(caller, at.block + 8 * (7 + word), number(value));
  scene.call(caller, "cp_call_async", handle(endpoint), own(at.block));
  const index = Number(grant.number & 0xffffn);
  scene.act(user, { do: "body", words: words(`${record(index)}cspecialrw c0, ddc, c18\ncmove c18, c0`) });
  scene.call(user, "cp_call_serve", number(0));
  const by = revokerOf(scene, grant, user);
  if (by === null || scene.random.odds(1, 6)) {
    end(scene, grant, user);
    return;
  }
  // Under most schedules it is in there by then.
  for (let count = 0; count < FAR; count++) scene.call(by.actor, "time");
  scene.call(by.actor, "cp_file_revoke", handle(by.owner));
}

/** A client whose DDC is a grant calls a library, which is to run under its client's own data or not at all. */
export function disguise(scene: Scene): void {
  const held = heldOf(scene, ({ rights }) => rights === (rightOf.r | rightOf.w));
  if (held.length === 0) return;
  const grant = scene.random.pick(held);
  const user = scene.actor(({ domain, depth }) => domain === grant.domain && depth === 1);
  if (user === null) return;
  const library = settle(scene, user);
  const again = scene.again(user);
  if (library === null || again === null) return;
  const index = Number(grant.number & 0xffffn);
  scene.act(again, { do: "body", words: words(`${record(index)}cspecialrw c0, ddc, c18\ncmove c18, c0`) });
  const caller = scene.again(user);
  if (caller !== null) invoke(scene, caller, library);
}

/** Somebody else who can call into the cVM of a thread, and by which handle. */
function wayInto(scene: Scene, { by, domain }: Actor): { caller: Actor; endpoint: Held } | null {
  const endpoints = scene.handles("endpoint");
  const own = endpoints.filter((one) => one.own && one.domain === domain).map(({ key }) => key);
  for (const endpoint of endpoints.filter(({ key }) => own.includes(key))) {
    const isOther = (one: Actor) => one.by.cvm !== by.cvm || one.by.thread !== by.thread;
    const caller = scene.actor((one) => one.domain === endpoint.domain && isOther(one));
    if (caller !== null) return { caller, endpoint };
  }
  return null;
}

/** A holder copies, and somebody ends the grant. */
export function copy(scene: Scene): void {
  const { random } = scene;
  const held = heldOf(scene, ({ length }) => length >= 256n);
  if (held.length === 0) return;
  const grant = random.pick(held);
  const user = scene.actor(({ domain }) => domain === grant.domain);
  if (user === null) return;
  const call = random.pick(["cp_file_pread", "cp_file_pwrite"]);
  scene.call(
    user,
    call,
    handle(grant),
    number(random.below(8)),
    own(at.buffers + random.below(8)),
    number(1 << 11),
  );
  end(scene, grant, user);
}

/** Grants that somebody has opened, others' rather than one's own. */
function heldOf(scene: Scene, isWanted: (held: Held) => boolean): Held[] {
  const isOthers = (held: Held) => !held.own && isWanted(held);
  if (!scene.handles("grant").some(isOthers)) {
    file.share(scene);
    file.probe(scene);
  }
  const held = scene.handles("grant");
  const others = held.filter(isOthers);
  return others.length > 0 ? others : held;
}

/** Steps after which a schedule has let everything before them happen. */
const FAR = 6;

/** Who could revoke a grant while somebody else uses it, and by which handle. */
function revokerOf(scene: Scene, { key }: Held, user: Actor): { actor: Actor; owner: Held } | null {
  const owner = scene.handles("grant").find((one) => one.own && one.key === key);
  const isOther = ({ by }: Actor) => by.cvm !== user.by.cvm || by.thread !== user.by.thread;
  const actor = owner && scene.actor((one) => one.domain === owner.domain && isOther(one));
  return owner === undefined || !actor ? null : { actor, owner };
}

/** Somebody else than who uses it ends a grant. */
function end(scene: Scene, { key, domain }: Held, user: Actor): void {
  const { random } = scene;
  const isOther = ({ by }: Actor) => by.cvm !== user.by.cvm || by.thread !== user.by.thread;
  const owner = scene.handles("grant").find((one) => one.own && one.key === key);
  const by = owner === undefined ? null : scene.actor((one) => one.domain === owner.domain && isOther(one));
  const mine = scene.handles("grant", domain).find((one) => one.key === key);
  const sibling = scene.actor((one) => one.domain === domain && isOther(one));
  if (owner !== undefined && by !== null && random.odds(3, 5))
    scene.call(by, "cp_file_revoke", handle(owner));
  else if (mine !== undefined && sibling !== null && random.odds(1, 2))
    scene.call(sibling, "cp_file_close", handle(mine));
  else if (owner !== undefined && random.odds(1, 4)) scene.happen({ do: "kill", cvm: owner.domain });
}

/** Code that comes to the gate with what the store has for another thread, or for a caller. */
export function impersonate(scene: Scene): void {
  const { random } = scene;
  const crowded = scene
    .actors()
    .filter(({ domain }) => scene.actors((one) => one.domain === domain).length > 1);
  const actor: Actor | null = crowded.length === 0 ? scene.actor() : random.pick(crowded);
  if (actor === null) return;
  const text = `addi x4, x0, ${random.below(4)}\naddi x30, x0, ${random.pick([2, 8, 8, 35])}\ncspecialrw c7, pcc, c0\ncgetbase x5, c7\njalr x1, 0(x5)\njal x0, -20`;
  runs(scene, actor, { do: "body", words: words(text) });
  const other = scene.actor(({ domain, by }) => domain === actor.domain && by.thread !== actor.by.thread);
  if (other !== null) scene.call(other, random.pick(["thread_self", "time"]));
}

/** Code that makes a call by hand, with the block that the last one left. */
export function callByHand(scene: Scene): void {
  const { random } = scene;
  const endpoints = scene.handles("endpoint");
  if (endpoints.length === 0) return;
  const endpoint = random.pick(endpoints);
  const actor = scene.actor(({ domain }) => domain === endpoint.domain);
  if (actor === null) return;
  const block = scene.cvm(actor.domain)!.dataBase + BigInt(at.block);
  const text = `${constant(10, endpoint.number)}${constant(11, block)}addi x30, x0, 32
    cspecialrw c7, pcc, c0\ncgetbase x5, c7\njalr x1, 0(x5)\naddi x10, x0, 1`;
  scene.act(actor, { do: "body", words: words(text) });
}

/** Puts a number of 32 bits, and not more than 0xfffff7ff, into a register. */
function constant(register: number, value: bigint): string {
  const low = BigInt.asIntN(12, value);
  const high = ((value - low) >> 12n) & 0xfffffn;
  const x = `x${register}`;
  return `lui ${x}, ${high}\naddi ${x}, ${x}, ${low}\nslli ${x}, ${x}, 32\nsrli ${x}, ${x}, 32\n`;
}

/** Any code at all, in a callee too. */
export function anything(scene: Scene): void {
  const actor = scene.actor();
  if (actor !== null) runs(scene, actor, { do: "body", words: bodyWords(scene.random) });
}

/** A thread's own program, which is whatever lies there. */
export function program(scene: Scene): void {
  const actor = scene.actor();
  if (actor !== null) runs(scene, actor, { do: "go" });
}
