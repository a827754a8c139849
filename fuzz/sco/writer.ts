/**
 * Writes object files; corpora/sco/README.md describes the format.
 *
 * Nothing is checked here, so that files which no loader may accept can be written too.
 */

/** Number of the segment a relocation's place lies in. */
export const SEGMENT = { text: 0, rodata: 1, state: 2 } as const;

/** Kinds of relocations. */
export const KIND = { ro: 1, code: 2, cls: 3, clsInit: 4, clsRo: 5, import: 6 } as const;

/** Sizes of the parts of a file, in bytes. */
export const SIZE = { header: 48, export: 16, import: 8, relocation: 20, slot: 16, clsSequence: 12 } as const;

const MAGIC = "CWOB";

/** Every number is an unsigned one of 32 bits, unless told. */
export interface Relocation {
  /** 8 bits; see KIND. */
  readonly kind: number;
  /** 8 bits; see SEGMENT. */
  readonly segment: number;
  /** Offset of the place in its segment. */
  readonly place: number;
  /** Offset in the segment that the kind refers to, or the number of an import. */
  readonly target: number;
  /** Bytes of what is pointed to. */
  readonly size: number;
  /** Distance of the address from the target. */
  readonly addend: number;
  /** 16 bits that a well-formed file has as 0. */
  readonly reserved?: number;
}

export interface Export {
  readonly name: string;
  /** Offset in the text. */
  readonly offset: number;
  /** 0 in a well-formed file. */
  readonly flags?: number;
}

export interface ObjectSource {
  readonly text: Uint8Array;
  readonly rodata: Uint8Array;
  /** Initial bytes of the state; `bss` bytes of zero follow them. */
  readonly init: Uint8Array;
  readonly bss: number;
  readonly exports: readonly Export[];
  readonly imports: readonly string[];
  readonly relocations: readonly Relocation[];
}

/** The file of an object. Each name is written once, in the order of exports, then imports. */
export function buildObject(source: ObjectSource): Uint8Array {
  const { text, rodata, init, bss, exports, imports, relocations } = source;
  const names = new Names();
  const exported = exports.map(({ name, offset, flags = 0 }) => [...names.of(name), offset, flags]);
  const imported = imports.map((name) => names.of(name));
  const strings = names.bytes();

  const tables =
    exports.length * SIZE.export + imports.length * SIZE.import + relocations.length * SIZE.relocation;
  const size = SIZE.header + text.length + rodata.length + init.length + tables + strings.length;
  const file = new Writer(size);
  file.bytes(Buffer.from(MAGIC, "latin1"));
  file.u16(1);
  file.u16(1);
  file.u32(text.length, rodata.length, init.length, bss);
  file.u32(exports.length, imports.length, relocations.length, strings.length);
  file.u32(0, 0);
  for (const segment of [text, rodata, init]) file.bytes(segment);
  for (const entry of [...exported, ...imported]) file.u32(...entry);
  for (const { kind, segment, reserved = 0, place, target, size, addend } of relocations) {
    file.u8(kind);
    file.u8(segment);
    file.u16(reserved);
    file.u32(place, target, size, addend);
  }
  file.bytes(strings);
  return file.out;
}

/** The bytes with zeros behind them, so many that their number is a multiple of `align`. */
export function padded(bytes: Uint8Array, align: number): Uint8Array {
  const whole = new Uint8Array(Math.ceil(bytes.length / align) * align);
  whole.set(bytes);
  return whole;
}

/** The string table, and where in it each name is. */
class Names {
  #text = "";
  readonly #places = new Map<string, readonly [number, number]>();

  /** Offset and length. */
  of(name: string): readonly [number, number] {
    const known = this.#places.get(name);
    if (known !== undefined) return known;
    const place = [this.#text.length, name.length] as const;
    this.#text += name;
    this.#places.set(name, place);
    return place;
  }

  bytes(): Uint8Array {
    return Buffer.from(this.#text, "latin1");
  }
}

class Writer {
  readonly out: Uint8Array;
  readonly #view: DataView;
  #at = 0;

  constructor(size: number) {
    this.out = new Uint8Array(size);
    this.#view = new DataView(this.out.buffer);
  }

  u8(value: number): void {
    this.#view.setUint8(this.#at++, value);
  }

  u16(value: number): void {
    this.#view.setUint16(this.#at, value, true);
    this.#at += 2;
  }

  u32(...values: readonly number[]): void {
    for (const value of values) {
      this.#view.setUint32(this.#at, value, true);
      this.#at += 4;
    }
  }

  bytes(bytes: Uint8Array): void {
    this.out.set(bytes, this.#at);
    this.#at += bytes.length;
  }
}
