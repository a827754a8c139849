/** Values of steps: honest ones, and those of the adversary grammar (8.2): edges, wraps, and what was seen before. */
import type { Value } from "../../../model/system-contract.ts";
import { at, BUFFERS_SIZE, type Held, KEY_BYTES, KEYS, type Scene } from "./scene.ts";

export const FOREVER = (1n << 64n) - 1n;
const LENGTHS = [1, 7, 8, 15, 16, 17, 63, 64, 65, 100, 255, 256, 1000, 4095, 4096] as const;
const ODD_NUMBERS = [
  0n,
  1n,
  2n,
  3n,
  63n,
  64n,
  65n,
  0xffffn,
  0x1_0000n,
  1n << 31n,
  1n << 32n,
  1n << 47n,
  (1n << 47n) + 1n,
  (1n << 63n) - 1n,
  1n << 63n,
  (1n << 64n) - 8n,
  (1n << 64n) - 1n,
] as const;

export function number(value: bigint | number): Value {
  return { kind: "number", value: BigInt.asUintN(64, BigInt(value)) };
}

/** In the data part of the cVM that the thread is in. */
export function own(offset: number): Value {
  return { kind: "at", cvm: null, part: "data", offset: BigInt(offset) };
}

/** In its code part. */
export function code(offset: number): Value {
  return { kind: "at", cvm: null, part: "code", offset: BigInt(offset) };
}

export function handle({ step, number: told }: Pick<Held, "step" | "number">): Value {
  return step < 0 ? number(told) : { kind: "result", step, index: 0 };
}

/** A key, and its length: the arguments that every opening call begins with. */
export function keyed(key: number): [Value, Value] {
  return [own(at.keys + key * KEY_BYTES), number(KEY_BYTES)];
}

/** A key that is not there: the beginning of one that may be, or one with more behind it. */
export function misread({ random }: Scene, key: number): [Value, Value] {
  return [own(at.keys + key * KEY_BYTES), number(random.pick([0, 1, KEY_BYTES - 1, KEY_BYTES + 1]))];
}

export function anyKey({ random }: Scene): number {
  return random.below(KEYS.length);
}

/**
 * Where a buffer of so many bytes can be, among the buffers, most often at a whole word; now and then at the end of the
 * data part, or one byte beyond.
 */
export function buffer(scene: Scene, length: bigint, domain?: string): Value {
  const room = BUFFERS_SIZE - Number(length < 0x1000n ? length : 0x1000n);
  const cvm = domain === undefined ? undefined : scene.cvm(domain);
  if (cvm !== undefined && scene.random.odds(1, 12)) {
    const beyond = scene.random.odds(1, 4) ? 1n : 0n;
    return { kind: "at", cvm: null, part: "data", offset: BigInt(cvm.size - cvm.codeSize) - length + beyond };
  }
  const place = scene.random.edge(room);
  return own(at.buffers + (scene.random.odds(1, 2) ? place - (place % 8) : place));
}

export function length({ random }: Scene): bigint {
  return BigInt(random.odds(1, 4) ? random.below(300) : random.pick(LENGTHS));
}

/** Lengths of buffers that are shared: bounds can cover most of them exactly. */
export function sharedLength({ random }: Scene): bigint {
  return BigInt(random.odds(1, 8) ? random.pick(LENGTHS) : 1 + random.below(0x400));
}

export function timeout({ random }: Scene): Value {
  return number(random.pick([0n, 1n, 50n, 1000n, 1000n, FOREVER, FOREVER]));
}

/** A wait that is not over at once. */
export function patience({ random }: Scene): Value {
  return number(random.pick([50n, 1000n, FOREVER]));
}

/** Anything: an odd number, an address near an edge of something, a wrap, a value seen before. */
export function any(scene: Scene): Value {
  const { random } = scene;
  switch (random.below(5)) {
    case 0:
    case 1:
      return address(scene);
    case 2:
      return scene.seen.length === 0 ? odd(scene) : number(random.pick(scene.seen));
    default:
      return odd(scene);
  }
}

export function odd({ random }: Scene): Value {
  return number(random.odds(3, 4) ? random.pick(ODD_NUMBERS) : BigInt(random.next()));
}

/** An address near an edge of something, of one's own or of another. */
export function address(scene: Scene): Value {
  const { random, outline } = scene;
  const other = random.odds(1, 2) || outline.cvms.length === 0 ? null : random.pick(outline.cvms);
  const cvm = other ?? outline.cvms[0];
  const size = cvm === undefined ? 0 : cvm.size - cvm.codeSize;
  const edge = random.pick([0, 0, size, size, at.buffers, -(cvm?.codeSize ?? 0)]);
  const offset = BigInt(edge + random.pick([0, 0, 1, -1, 8, -8, -7, 15, 16, -16, -4096, 4096, 2 ** 32]));
  return { kind: "at", cvm: other?.name ?? null, part: random.odds(1, 8) ? "code" : "data", offset };
}

/** An address that lies in the data part of no cVM but the others', or of nobody. */
export function foreign(scene: Scene): Value {
  return scene.random.odds(1, 2) ? odd(scene) : address(scene);
}
