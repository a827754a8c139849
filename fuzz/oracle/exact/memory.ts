/** RAM as the steps of a run have told it: every byte and every tag, known from the start. */

const GRANULE = 16;
/** Bytes that are cleared together between runs. */
const PAGE = 1024;

/**
 * Byte memory with a tag for each granule. Addresses are absolute; whoever asks has checked that they are
 * RAM.
 */
export class KnownMemory {
  readonly base: bigint;
  readonly size: number;
  readonly #view: DataView;
  readonly #bytes: Uint8Array;
  readonly #tags: Uint8Array;
  readonly #touched: Uint8Array;
  #pages: number[] = [];
  readonly #end: bigint;

  constructor(base: bigint, size: number) {
    this.base = base;
    this.size = size;
    this.#end = base + BigInt(size);
    this.#bytes = new Uint8Array(size);
    this.#view = new DataView(this.#bytes.buffer);
    this.#tags = new Uint8Array(size / GRANULE);
    this.#touched = new Uint8Array(size / PAGE);
  }

  /** All of it zero and untagged, but for `code` at its start. */
  begin(code: Uint8Array | null): void {
    for (const page of this.#pages) {
      this.#bytes.fill(0, page * PAGE, (page + 1) * PAGE);
      this.#tags.fill(0, (page * PAGE) / GRANULE, ((page + 1) * PAGE) / GRANULE);
      this.#touched[page] = 0;
    }
    this.#pages = [];
    if (code === null) return;
    this.#bytes.set(code);
    for (let page = 0; page * PAGE < code.length; page++) this.#touch(page);
  }

  contains(address: bigint, size: number): boolean {
    return address >= this.base && address + BigInt(size) <= this.#end;
  }

  /** 1, 2, 4, 8 or 16 bytes, little-endian. */
  read(address: bigint, size: number): bigint {
    const at = Number(address - this.base);
    const view = this.#view;
    if (size === 8) return view.getBigUint64(at, true);
    if (size === 4) return BigInt(view.getUint32(at, true));
    if (size === 2) return BigInt(view.getUint16(at, true));
    if (size === 1) return BigInt(view.getUint8(at));
    return view.getBigUint64(at, true) | (view.getBigUint64(at + 8, true) << 64n);
  }

  /** The halfword at an even address. */
  halfword(address: bigint): number {
    return this.#view.getUint16(Number(address - this.base), true);
  }

  tagAt(address: bigint): boolean {
    return this.#tags[Math.floor(Number(address - this.base) / GRANULE)] === 1;
  }

  /** Stores bytes; every granule they touch gets this tag. */
  write(address: bigint, size: number, data: bigint, tag: boolean): void {
    const at = Number(address - this.base);
    const view = this.#view;
    if (size === 16) {
      view.setBigUint64(at, BigInt.asUintN(64, data), true);
      view.setBigUint64(at + 8, data >> 64n, true);
    } else if (size === 8) view.setBigUint64(at, data, true);
    else if (size === 4) view.setUint32(at, Number(data), true);
    else if (size === 2) view.setUint16(at, Number(data), true);
    else view.setUint8(at, Number(data));
    const last = at + size - 1;
    const value = tag ? 1 : 0;
    this.#tags[Math.floor(at / GRANULE)] = value;
    this.#tags[Math.floor(last / GRANULE)] = value;
    this.#touch(Math.floor(at / PAGE));
    this.#touch(Math.floor(last / PAGE));
  }

  /** Addresses of the granules that are tagged or not zero, ascending. */
  filled(): bigint[] {
    const addresses: bigint[] = [];
    for (const page of this.#pages.toSorted((left, right) => left - right)) {
      for (let at = page * PAGE; at < (page + 1) * PAGE; at += GRANULE) {
        const address = this.base + BigInt(at);
        if (this.tagAt(address) || this.read(address, GRANULE) !== 0n) addresses.push(address);
      }
    }
    return addresses;
  }

  #touch(page: number): void {
    if (this.#touched[page] === 1) return;
    this.#touched[page] = 1;
    this.#pages.push(page);
  }
}
