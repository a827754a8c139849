/** What the system knows of single-copy objects: a part of its state (8.1, Obj and CLS). Plain immutable data. */
import type { Capability } from "../contract.ts";
import type { Range } from "../intravisor/layout.ts";
import type { Identity } from "../intravisor/state.ts";
import type { ObjectFile } from "./format.ts";

/** A live object: once in the machine, whoever uses it. */
export interface SharedObject {
  /** Its place in every CLS table; another's only after it is unloaded. */
  readonly number: number;
  /** SHA-256 of the file, hexadecimal. */
  readonly hash: string;
  /** As it was verified. */
  readonly file: ObjectFile;
  /** As it is executed: relocated, and from then on the same for ever (I-95). */
  readonly text: Piece;
  readonly rodata: Piece;
  /** In the order in which they were made. */
  readonly bindings: readonly Binding[];
}

/**
 * Whose authority an object runs with (5.5): in a compartment with nothing but what it is given, so that neither it nor its
 * client sees what is the other's; as a library in the domain of its client, with the client's DDC.
 */
export type Mode = "compartment" | "library";

/** Bytes at an address, and which of their granules hold capabilities. Nobody changes the arrays. */
export interface Piece {
  readonly base: bigint;
  readonly bytes: Uint8Array;
  /** One for each granule, 0 or 1. */
  readonly tags: Uint8Array;
}

/** What one client has of an object: its state (I-99). */
export interface Binding {
  readonly client: Identity;
  readonly mode: Mode;
  /** Rounded up to what bounds can cover; nothing at 0 if the object has no state. */
  readonly state: Piece;
  /** Its entry in the CLS table of the client, as memory holds it; null: there is nothing to reach. */
  readonly entry: Uint8Array | null;
}

/** The objects that a thread is in since its client called the first of them, while it is back in the client. */
export interface Chain {
  /** Outermost first. */
  readonly frames: readonly ObjectFrame[];
  /** Memory of the stack that they have among them. */
  readonly stack: Piece;
  /** The buffer of the client that the first was given; null: none. */
  readonly buffer: Range | null;
  /** Instructions executed so far. */
  readonly steps: number;
}

/** An object that waits for what it has called. */
export interface ObjectFrame {
  readonly object: number;
  /** The highest address of the stack that it was given. */
  readonly stackTop: bigint;
  /** What it will find again: registers by number, and DDC. Null while it runs. */
  readonly kept: Kept | null;
}

export interface Kept {
  readonly registers: ReadonlyMap<number, Capability>;
  readonly ddc: Capability;
}
