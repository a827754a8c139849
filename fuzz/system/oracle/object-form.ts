/** An object file as it has been read. */

export interface FileRelocation {
  readonly kind: number;
  /** 0 text, 1 rodata, 2 state. */
  readonly segment: number;
  readonly reserved: number;
  readonly place: number;
  readonly target: number;
  readonly size: number;
  readonly addend: number;
}

export interface ObjectFile {
  readonly text: Uint8Array;
  readonly rodata: Uint8Array;
  readonly init: Uint8Array;
  /** Bytes of initial state and of zeros behind it. */
  readonly stateSize: number;
  /** Offsets in the text. */
  readonly exports: readonly number[];
  readonly imports: number;
  readonly relocations: readonly FileRelocation[];
}

/** Why a file is refused: the first check that it does not pass, 1 to 10. */
export type FileVerdict = ObjectFile | { readonly reason: number };
