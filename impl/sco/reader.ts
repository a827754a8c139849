/**
 * Where things are in an object file: the header as numbers, and the offsets of what follows it. Nothing here is
 * checked but that the file has a header; verifier.ts says whether the numbers can be used.
 */

export const HEADER_BYTES = 48;
export const EXPORT_BYTES = 16;
export const IMPORT_BYTES = 8;
export const RELOCATION_BYTES = 20;

/** Segments, as relocations name them. */
export const segment = { text: 0, rodata: 1, state: 2 } as const;

/** Kinds of relocations. */
export const kind = {
  /** A slot of TEXT or RODATA: Load over bytes of RODATA. */
  ro: 1,
  /** A slot of TEXT or RODATA: a sentry to code. */
  code: 2,
  /** Three instructions of TEXT that make a capability to a variable. */
  cls: 3,
  /** A slot of the state: Load and Store over bytes of this client's state. */
  clsInit: 4,
  /** A slot of the state: Load over bytes of RODATA. */
  clsRo: 5,
  /** Two slots of the state: code and data half of what the client imports. */
  import: 6,
} as const;

/** Sizes in bytes, counts of entries, offsets from the start of the file. */
export interface Parts {
  readonly text: number;
  readonly rodata: number;
  readonly init: number;
  readonly bss: number;
  readonly exports: number;
  readonly imports: number;
  readonly relocations: number;
  readonly strings: number;
  readonly textAt: number;
  readonly rodataAt: number;
  readonly initAt: number;
  readonly exportsAt: number;
  readonly importsAt: number;
  readonly relocationsAt: number;
  readonly stringsAt: number;
}

/** @throws RangeError if there are fewer bytes than a header has. */
export function partsOf(file: DataView): Parts {
  const word = (at: number): number => file.getUint32(at, true);
  const [text, rodata, init] = [word(8), word(12), word(16)];
  const [exports, imports, relocations] = [word(24), word(28), word(32)];
  const rodataAt = HEADER_BYTES + text;
  const initAt = rodataAt + rodata;
  const exportsAt = initAt + init;
  const importsAt = exportsAt + exports * EXPORT_BYTES;
  const relocationsAt = importsAt + imports * IMPORT_BYTES;
  return {
    text,
    rodata,
    init,
    bss: word(20),
    exports,
    imports,
    relocations,
    strings: word(36),
    textAt: HEADER_BYTES,
    rodataAt,
    initAt,
    exportsAt,
    importsAt,
    relocationsAt,
    stringsAt: relocationsAt + relocations * RELOCATION_BYTES,
  };
}

export function viewOfBytes({ buffer, byteOffset, byteLength }: Uint8Array): DataView {
  return new DataView(buffer, byteOffset, byteLength);
}
