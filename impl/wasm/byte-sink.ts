/** Flattens trees of code to bytes and turns each branch into its depth. */
import { type Label, type Piece, unsignedLeb } from "./code.ts";

/** The bytes of a tree. Throws when a branch goes to a label that does not enclose it. */
export function flatten(piece: Piece): Uint8Array<ArrayBuffer> {
  const sink = new ByteSink();
  sink.write(piece);
  return sink.finish();
}

/** The bytes of a tree, after their number. */
export function sized(piece: Piece): Piece {
  const bytes = flatten(piece);
  return [unsignedLeb(bytes.length), bytes];
}

class ByteSink {
  private bytes = new Uint8Array(1 << 16);
  private length = 0;
  private readonly open: Label[] = [];

  write(piece: Piece): void {
    if (typeof piece === "number") this.byte(piece);
    else if (piece instanceof Uint8Array) this.append(piece);
    else if (isSequence(piece)) this.sequence(piece);
    else if ("target" in piece) this.branch(piece.target);
    else {
      this.byte(piece.block);
      this.byte(piece.type);
      this.open.push(piece.label);
      this.write(piece.body);
      this.open.pop();
      this.byte(0x0b);
    }
  }

  /** Most pieces of a sequence are single bytes. */
  private sequence(pieces: readonly Piece[]): void {
    for (let at = 0; at < pieces.length; at++) {
      const piece = pieces[at]!;
      if (typeof piece === "number" && this.length < this.bytes.length) this.bytes[this.length++] = piece;
      else this.write(piece);
    }
  }

  finish(): Uint8Array<ArrayBuffer> {
    return this.bytes.slice(0, this.length);
  }

  private branch(target: Label): void {
    const position = this.open.lastIndexOf(target);
    if (position < 0) throw new Error(`branch to "${target.name}", which does not enclose it`);
    this.write(unsignedLeb(this.open.length - 1 - position));
  }

  private byte(value: number): void {
    this.reserve(1);
    this.bytes[this.length] = value;
    this.length += 1;
  }

  private append(values: Uint8Array): void {
    this.reserve(values.length);
    this.bytes.set(values, this.length);
    this.length += values.length;
  }

  private reserve(more: number): void {
    if (this.length + more <= this.bytes.length) return;
    const grown = new Uint8Array(Math.max(this.bytes.length * 2, this.length + more));
    grown.set(this.bytes);
    this.bytes = grown;
  }
}

function isSequence(piece: Piece): piece is readonly Piece[] {
  return Array.isArray(piece);
}
