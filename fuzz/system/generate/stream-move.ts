/** CP_Stream: one side sends, or receives, or posts a buffer; soundly, but for an argument now and then. */
import { type Actor, at, BUFFERS_SIZE, type Held, type Scene } from "./scene.ts";
import { address, any, buffer, handle, length, number, own } from "./value.ts";

export const NO_WAIT = 1;
const MESSAGE = 2;
/** Where pieces lie that have no room among the buffers, and how large they are: bounds can cover them exactly. */
const LARGE_AT = 0x2000;
export const LARGE_SIZES = [4096, 4104, 5000, 8192, 16_384, 0x8000, 0x1_0000, 69_888, 70_016] as const;
/** Bytes on both sides of the end of what is sent that are filled, so that too much of it shows. */
const EDGE = 64n;

/** A thread of a cVM that can act; others of it wait perhaps. */
export function memberOf(scene: Scene, name: string): Actor | null {
  return scene.actor(({ domain }) => domain === name);
}

export function sendBy(
  scene: Scene,
  held: Held,
  size: bigint,
  isMessage: boolean,
  actor = memberOf(scene, held.domain),
): void {
  const { random } = scene;
  if (actor === null) return;
  const where = placeFor(scene, size, held.domain);
  if (random.odds(1, 2)) fillEnd(scene, actor, where, size);
  const flags = (random.odds(1, 6) ? NO_WAIT : 0) | (isMessage ? MESSAGE : 0);
  scene.call(actor, "cps_send", handle(held), ...almostSound(scene, where, size), flagsOf(scene, flags));
}

/** Fills the end of what is sent, and what lies behind it, so that too little or too much of it shows. */
function fillEnd(scene: Scene, actor: Actor, where: ReturnType<typeof own>, size: bigint): void {
  const cvm = scene.cvm(actor.domain);
  if (where.kind !== "at" || cvm === undefined || size === 0n) return;
  const end = where.offset + size;
  if (end > BigInt(cvm.size - cvm.codeSize)) return;
  const start = size > EDGE ? end - EDGE : where.offset;
  const behind = end + EDGE <= BigInt(at.buffers + BUFFERS_SIZE) ? EDGE : 0n;
  const place = { ...where, offset: start };
  scene.act(actor, {
    do: "fill",
    address: place,
    length: Number(end + behind - start),
    seed: scene.random.below(100),
  });
}

export function receiveBy(scene: Scene, held: Held, size: bigint, isMessage: boolean, more = 0): void {
  const { random } = scene;
  const actor = memberOf(scene, held.domain);
  if (actor === null) return;
  const flags = more | (random.odds(1, 6) ? NO_WAIT : 0) | (isMessage && random.odds(1, 2) ? MESSAGE : 0);
  const place = almostSound(scene, placeFor(scene, size, held.domain), size);
  scene.call(actor, "cps_recv", handle(held), ...place, flagsOf(scene, flags));
}

export function postBy(scene: Scene, held: Held, size: bigint): void {
  const actor = memberOf(scene, held.domain);
  if (actor === null) return;
  const place = almostSound(scene, placeFor(scene, size, held.domain), size);
  scene.call(actor, "cps_post_recv", handle(held), ...place);
}

/** Asks what has come to a posted buffer. */
export function collectBy(scene: Scene, held: Held): void {
  const actor = memberOf(scene, held.domain);
  if (actor === null) return;
  const flags = scene.random.odds(1, 4) ? 0 : NO_WAIT;
  scene.call(actor, "cps_recv", handle(held), number(0), number(0), number(flags));
}

function placeFor(scene: Scene, size: bigint, domain: string) {
  return size > 0x1000n ? own(LARGE_AT) : buffer(scene, size, domain);
}

/** A pointer and a length, one of which is anything now and then. */
function almostSound(
  scene: Scene,
  where: ReturnType<typeof own>,
  size: bigint,
): [typeof where, typeof where] {
  const { random } = scene;
  return [random.odds(1, 24) ? address(scene) : where, random.odds(1, 24) ? any(scene) : number(size)];
}

function flagsOf(scene: Scene, flags: number): ReturnType<typeof number> {
  return scene.random.odds(1, 24) ? any(scene) : number(flags);
}

/** A size for a piece; large ones only where there is room for them. */
export function sizeFor(scene: Scene, domain: string): bigint {
  const { random } = scene;
  if (!random.odds(1, 8)) return random.odds(1, 12) ? 0n : length(scene);
  const sizes = LARGE_SIZES.filter((size) => size <= roomIn(scene, { domain }));
  return BigInt(sizes.length === 0 ? 64 : random.pick(sizes));
}

/** Bytes that a cVM has for large pieces. */
export function roomIn(scene: Scene, { domain }: Pick<Held, "domain">): number {
  const cvm = scene.cvm(domain);
  return cvm === undefined ? 0 : cvm.size - cvm.codeSize - LARGE_AT;
}
