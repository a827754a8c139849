/** Bytes of data parts as steps and reports say they must be: pages that were never written are zero. */

/** Memory of the system, to be looked at. */
export type Bytes = (address: number, size: number) => Uint8Array;

const PAGE = 4096;
const ZEROS = new Uint8Array(PAGE);

export class Shadow {
  readonly #pages = new Map<number, Uint8Array>();

  read(address: number, size: number): Uint8Array {
    const found = new Uint8Array(size);
    this.#each(address, size, (page, from, to, at) => {
      const bytes = this.#pages.get(page);
      if (bytes !== undefined) found.set(bytes.subarray(from, to), at);
    });
    return found;
  }

  write(address: number, bytes: Uint8Array): void {
    this.#each(address, bytes.length, (page, from, to, at) => {
      let target = this.#pages.get(page);
      if (target === undefined) {
        target = new Uint8Array(PAGE);
        this.#pages.set(page, target);
      }
      target.set(bytes.subarray(at, at + to - from), from);
    });
  }

  /** Makes whole pages zero. */
  clear(address: number, size: number): void {
    for (let page = address / PAGE; page < (address + size) / PAGE; page++) this.#pages.delete(page);
  }

  /** The page at an address that is a multiple of 4096. */
  page(address: number): Uint8Array {
    return this.#pages.get(address / PAGE) ?? ZEROS;
  }

  #each(
    address: number,
    size: number,
    take: (page: number, from: number, to: number, at: number) => void,
  ): void {
    for (let at = 0; at < size; ) {
      const page = Math.floor((address + at) / PAGE);
      const from = (address + at) % PAGE;
      const to = Math.min(PAGE, from + size - at);
      take(page, from, to, at);
      at += to - from;
    }
  }
}
