/** Object files with something wrong in them: whole fields, whole entries, single bits. */
import type { Random } from "../generate/random.ts";
import { KIND, SIZE } from "./writer.ts";

/** Larger than every base with everything that is added to it. */
const SCRATCH_BYTES = 1 << 18;
const HEADER_FIELDS = 8;
/** Numbers that fields are set to, beside those that the file itself has. */
const EDGES = [
  0, 1, 2, 3, 4, 6, 12, 15, 16, 17, 20, 24, 31, 32, 48, 63, 64, 65, 2047, 2048, 4095, 4096, 4097, 4112, 8208,
  65_536, 65_552, 262_144, 262_160, 0x7fff_ffff, 0x8000_0000, 0xffff_fff0, 0xffff_ffff,
];
const STEPS = [1, 2, 4, 8, 12, 16, 20, 32];

/** Names of what can be done to a file. */
export const mutations = [
  "header",
  "export",
  "import",
  "relocation",
  "overlap",
  "sequence",
  "name",
  "length",
  "bits",
  "entry",
  "noise",
] as const;
export type Mutation = (typeof mutations)[number];

/** Where the tables of a well-formed file are. */
interface Tables {
  readonly exports: number;
  readonly imports: number;
  readonly relocations: number;
  readonly strings: number;
  readonly exportCount: number;
  readonly importCount: number;
  readonly relocationCount: number;
}

/** Changes copies of well-formed files. The bytes that it gives are its own, and others at the next call. */
export class Mutator {
  readonly #random: Random;
  readonly #bytes = new Uint8Array(SCRATCH_BYTES);
  readonly #view = new DataView(this.#bytes.buffer);
  #length = 0;
  #tables: Tables = noTables;
  /** How often each was made. */
  readonly made: Record<Mutation, number> = {
    header: 0,
    export: 0,
    import: 0,
    relocation: 0,
    overlap: 0,
    sequence: 0,
    name: 0,
    length: 0,
    bits: 0,
    entry: 0,
    noise: 0,
  };

  constructor(random: Random) {
    this.#random = random;
  }

  /** The file with none to three changes. */
  mutate(base: Uint8Array): Uint8Array {
    this.#bytes.set(base);
    this.#length = base.length;
    this.#tables = tablesOf(this.#view);
    for (let left = this.#random.below(8); left > 4; left--) this.#change();
    if (this.#random.odds(3, 4)) this.#change();
    return this.#bytes.subarray(0, this.#length);
  }

  #change(): void {
    const mutation = this.#random.pick(mutations);
    this.made[mutation]++;
    const { exports, imports, relocations, exportCount, importCount, relocationCount } = this.#tables;
    const random = this.#random;
    switch (mutation) {
      case "header":
        this.#set(8 + 4 * random.below(HEADER_FIELDS));
        return;
      case "export":
        this.#set(exports + SIZE.export * random.below(exportCount) + 4 * random.below(4));
        return;
      case "import":
        if (importCount > 0)
          this.#set(imports + SIZE.import * random.below(importCount) + 4 * random.below(2));
        return;
      case "relocation":
        if (relocationCount > 0)
          this.#relocation(relocations + SIZE.relocation * random.below(relocationCount));
        return;
      case "overlap":
        if (relocationCount > 1) this.#overlap();
        return;
      case "sequence":
        this.#sequence();
        return;
      case "name":
        this.#name();
        return;
      case "length":
        this.#length = Math.max(0, this.#length + random.pick(STEPS) * (random.odds(1, 2) ? 1 : -1));
        return;
      case "bits":
        for (let left = 1 + random.below(4); left > 0; left--)
          this.#flip(random.below(Math.max(1, this.#length)));
        return;
      case "entry":
        this.#entry();
        return;
      case "noise":
        for (let at = random.below(this.#length + 1); at < this.#length; at++)
          this.#bytes[at] = random.below(256);
    }
  }

  /** A field of 32 bits gets an edge, a step up or down, or the value of another field. */
  #set(at: number): void {
    const random = this.#random;
    const old = this.#view.getUint32(at, true);
    const step = random.pick(STEPS) * (random.odds(1, 2) ? 1 : -1);
    const other = 8 + 4 * random.below(HEADER_FIELDS);
    const values = [
      random.pick(EDGES),
      old + step,
      this.#view.getUint32(other, true) + (random.odds(1, 2) ? step : 0),
    ];
    this.#view.setUint32(at, random.pick(values) >>> 0, true);
  }

  #relocation(at: number): void {
    const field = this.#random.below(7);
    if (field === 0) this.#bytes[at] = this.#random.below(8);
    else if (field === 1) this.#bytes[at + 1] = this.#random.below(5);
    else if (field === 2) this.#flip(at + 2 + this.#random.below(2));
    else this.#set(at + 4 * (field - 2));
  }

  /** One relocation goes near the place of another. */
  #overlap(): void {
    const { relocations, relocationCount } = this.#tables;
    const random = this.#random;
    const one = relocations + SIZE.relocation * random.below(relocationCount);
    const other = relocations + SIZE.relocation * random.below(relocationCount);
    this.#bytes[one + 1] = this.#bytes[other + 1]!;
    const place = this.#view.getUint32(other + 4, true) + random.pick([-16, -12, -4, 0, 4, 12, 16]);
    this.#view.setUint32(one + 4, place >>> 0, true);
  }

  /** A bit of the instructions that a relocation is about, or of its target and size along with them. */
  #sequence(): void {
    const { relocations, relocationCount } = this.#tables;
    for (let index = 0; index < relocationCount; index++) {
      const at = relocations + SIZE.relocation * index;
      if (this.#bytes[at] !== KIND.cls) continue;
      const place = SIZE.header + this.#view.getUint32(at + 4, true);
      if (place + SIZE.clsSequence > relocations) continue;
      if (this.#random.odds(3, 4)) this.#flip(place + this.#random.below(SIZE.clsSequence));
      else this.#retarget(at, place);
      if (this.#random.odds(1, 2)) return;
    }
  }

  #retarget(at: number, place: number): void {
    const field = this.#random.below(2);
    const value = this.#random.pick(EDGES) & 0xfff;
    this.#view.setUint32(at + 8 + 4 * field, value, true);
    const word = this.#view.getUint32(place + 4 + 4 * field, true);
    this.#view.setUint32(place + 4 + 4 * field, ((word & 0xf_ffff) | (value << 20)) >>> 0, true);
  }

  #name(): void {
    const { strings } = this.#tables;
    if (strings < this.#length)
      this.#bytes[strings + this.#random.below(this.#length - strings)] = this.#random.below(256);
  }

  #flip(at: number): void {
    this.#bytes[at]! ^= 1 << this.#random.below(8);
  }

  /** A relocation is there once more, behind the others. */
  #entry(): void {
    const { relocations, relocationCount, strings } = this.#tables;
    if (relocationCount === 0 || this.#length + SIZE.relocation > SCRATCH_BYTES || strings > this.#length)
      return;
    const from = relocations + SIZE.relocation * this.#random.below(relocationCount);
    this.#bytes.copyWithin(strings + SIZE.relocation, strings, this.#length);
    this.#bytes.copyWithin(strings, from, from + SIZE.relocation);
    this.#view.setUint32(32, relocationCount + 1, true);
    this.#length += SIZE.relocation;
    this.#tables = {
      ...this.#tables,
      relocationCount: relocationCount + 1,
      strings: strings + SIZE.relocation,
    };
    this.#set(strings + 4);
  }
}

const noTables: Tables = {
  exports: 0,
  imports: 0,
  relocations: 0,
  strings: 0,
  exportCount: 0,
  importCount: 0,
  relocationCount: 0,
};

function tablesOf(view: DataView): Tables {
  const word = (at: number) => view.getUint32(at, true);
  const [exportCount, importCount, relocationCount] = [word(24), word(28), word(32)];
  const exports = SIZE.header + word(8) + word(12) + word(16);
  const imports = exports + exportCount * SIZE.export;
  const relocations = imports + importCount * SIZE.import;
  const strings = relocations + relocationCount * SIZE.relocation;
  return { exports, imports, relocations, strings, exportCount, importCount, relocationCount };
}
