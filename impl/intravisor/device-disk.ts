/** A cVM's disk, in memory of the host's: nothing of it before something was written. */

export const SECTOR_BYTES = 512;
export const SECTORS = 64;
const BYTES = SECTOR_BYTES * SECTORS;

export class Disk {
  private bytes: Uint8Array | null = null;

  /** `first` is what it begins with, at most all of it. */
  constructor(first: Uint8Array) {
    if (first.length > 0) this.write(0, first);
  }

  static holds(length: number): boolean {
    return length <= BYTES;
  }

  /** A copy of bytes from a place within. */
  read(at: number, length: number): Uint8Array {
    return this.bytes === null ? new Uint8Array(length) : this.bytes.slice(at, at + length);
  }

  write(at: number, data: Uint8Array): void {
    this.bytes ??= new Uint8Array(BYTES);
    this.bytes.set(data, at);
  }

  /** All of it, to look at; empty if it is all zeros. */
  contents(): Uint8Array {
    return this.bytes ?? new Uint8Array();
  }
}
