/** What is declared of single-copy objects. */
import type { DeclaredCvm, Range } from "./declared.ts";
import type { ObjectFile } from "./object-form.ts";

export interface DeclaredObject {
  readonly hash: string;
  readonly number: number;
  readonly file: ObjectFile;
  readonly text: Range;
  readonly rodata: Range;
  /** In the order in which they were made. */
  readonly bindings: DeclaredBinding[];
}

/** What its code runs with: what it is given, or what its client can reach too. */
export type Mode = "compartment" | "library";

export interface DeclaredBinding {
  readonly cvm: DeclaredCvm;
  readonly object: DeclaredObject;
  readonly mode: Mode;
  /** Where the state is; of size 0 nowhere. */
  readonly state: Range;
  /** What the state was when it was last seen; null: it has not been seen since it was made. */
  bytes: Uint8Array | null;
  /** By number: what each import leads to. */
  readonly imports: Map<number, DeclaredImport>;
}

/** An export of an object of the same cVM, or the client itself at an address. */
export type DeclaredImport =
  | { readonly to: "object"; readonly binding: DeclaredBinding; readonly entry: number }
  | { readonly to: "client"; readonly entry: bigint };
