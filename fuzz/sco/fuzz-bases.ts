/** Well-formed object files that byte fuzzing starts from. */
import type { Random } from "../generate/random.ts";
import { exactUnit } from "./link.ts";
import { buildObject, KIND, type ObjectSource, type Relocation, SEGMENT, SIZE } from "./writer.ts";

/** One base in so many is large: at the sizes where bounds begin to be rounded. */
const LARGE_ODDS = 16;
/** One in so many has as many entries as the format allows. */
const FULL_ODDS = 64;

const NOP = 0x13;
const CLS_REGISTER = 26;
/** An instruction of `cls` without its registers and its immediate. */
const WORDS = { lc: 0x200f, move: 0x105b, bound: 0x205b } as const;
const ALPHABET = "ABCdef019_.$-";

/** A file that both verifiers accept. */
export function baseObject(random: Random): Uint8Array {
  const isLarge = random.odds(1, LARGE_ODDS);
  const isFull = random.odds(1, FULL_ODDS);
  const size = (small: number, large: number) =>
    SIZE.slot * (isLarge ? random.below(large) : random.below(small));
  const text = exactSize(SIZE.slot + size(24, 1100));
  const rodata = exactSize(isFull ? 16_384 : size(12, 1100));
  const init = size(10, 600);
  const bss = size(10, 600);
  const source = new Base(random, { text, rodata, init, bss });
  const imports = isFull ? 16 : random.below(4);
  source.fill(isFull ? 1024 : random.below(10), imports);
  return buildObject(source.finish(isFull ? 64 : 1 + random.below(4), imports));
}

interface Sizes {
  readonly text: number;
  readonly rodata: number;
  readonly init: number;
  readonly bss: number;
}

class Base {
  readonly #random: Random;
  readonly #sizes: Sizes;
  readonly #text: DataView;
  readonly #relocations: Relocation[] = [];
  /** How far each segment is taken. */
  readonly #used = [0, 0, 0];

  constructor(random: Random, sizes: Sizes) {
    this.#random = random;
    this.#sizes = sizes;
    this.#text = new DataView(new ArrayBuffer(sizes.text));
    for (let at = 0; at < sizes.text; at += 4) this.#text.setUint32(at, NOP, true);
  }

  /** Up to so many relocations, each behind those before it, as long as there is room. */
  fill(count: number, imports: number): void {
    const random = this.#random;
    let slots = 0;
    for (let left = count; left > 0; left--) {
      const kind = 1 + random.below(6);
      if (kind === KIND.import && slots < imports) this.#add(SEGMENT.state, kind, 32, slots++, 32, 0);
      else if (kind === KIND.cls) this.#cls();
      else if (kind === KIND.code)
        this.#add(random.below(2), kind, SIZE.slot, 2 * random.below(this.#sizes.text / 2), 0, 0);
      else if (kind !== KIND.import) this.#pointer(kind);
    }
  }

  #pointer(kind: number): void {
    const { rodata, init, bss } = this.#sizes;
    const random = this.#random;
    const whole = kind === KIND.clsInit ? init + bss : rodata;
    let size = random.odds(1, 4) ? whole : random.below(Math.min(whole, 4095) + 1);
    let target = random.below(whole - size + 1);
    if (size >= 4096) {
      size -= size % exactUnit(size);
      target -= target % exactUnit(size);
    }
    const addend = random.odds(1, 4) ? size : random.below(size + 1);
    const segment = kind === KIND.ro ? random.below(2) : SEGMENT.state;
    this.#add(segment, kind, SIZE.slot, target, size, addend);
  }

  #cls(): void {
    const { init, bss } = this.#sizes;
    if (init + bss === 0) return;
    const random = this.#random;
    const target = random.below(Math.min(2048, init + bss));
    const size = 1 + random.below(Math.min(4095, init + bss - target));
    const at = this.#add(SEGMENT.text, KIND.cls, SIZE.clsSequence, target, size, 0);
    if (at === null) return;
    const register = 1 + random.below(25);
    const same = (register << 15) | (register << 7);
    const lc = (random.below(4096) << 20) | (CLS_REGISTER << 15) | (register << 7) | WORDS.lc;
    for (const [index, word] of [
      lc,
      (target << 20) | same | WORDS.move,
      (size << 20) | same | WORDS.bound,
    ].entries())
      this.#text.setUint32(at + 4 * index, word >>> 0, true);
  }

  /** The place of the relocation; null if its segment has no room for it. */
  #add(
    segment: number,
    kind: number,
    width: number,
    target: number,
    size: number,
    addend: number,
  ): number | null {
    const { text, rodata, init, bss } = this.#sizes;
    const unit = kind === KIND.cls ? 4 : SIZE.slot;
    const place = Math.ceil(this.#used[segment]! / unit) * unit + (this.#random.odds(1, 3) ? unit : 0);
    if (place + width > [text, rodata, init + bss][segment]!) return null;
    this.#used[segment] = place + width;
    this.#relocations.push({ kind, segment, place, target, size, addend });
    return place;
  }

  finish(exports: number, imports: number): ObjectSource {
    const { text, rodata, init, bss } = this.#sizes;
    const bytes = (size: number) => Uint8Array.from({ length: size }, () => this.#random.below(256));
    return {
      text: new Uint8Array(this.#text.buffer),
      rodata: bytes(rodata),
      init: bytes(init),
      bss,
      exports: Array.from({ length: exports }, () => ({
        name: this.#name(),
        offset: 2 * this.#random.below(text / 2),
      })),
      imports: Array.from({ length: imports }, () => this.#name()),
      // In any order: nothing says that they are sorted.
      relocations: this.#random.odds(1, 2) ? this.#relocations : this.#relocations.toReversed(),
    };
  }

  #name(): string {
    const length = this.#random.odds(1, 8) ? 31 : 1 + this.#random.below(6);
    return Array.from({ length }, () => this.#random.pick(ALPHABET)).join("");
  }
}

function exactSize(size: number): number {
  return size - (size % exactUnit(size));
}
