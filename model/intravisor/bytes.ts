/** Contents of memory, immutable: pages are shared between states until one of them is written. */

const PAGE = 4096;

/** Bytes by offset from the start of RAM; what was never written is zero. */
export interface Bytes {
  readonly pages: ReadonlyMap<number, Uint8Array>;
}

export const noBytes: Bytes = { pages: new Map() };

export function readBytes({ pages }: Bytes, at: number, length: number): Uint8Array {
  const found = new Uint8Array(length);
  eachPiece(at, length, (page, from, to, done) => {
    const bytes = pages.get(page);
    if (bytes !== undefined) found.set(bytes.subarray(from, to), done);
  });
  return found;
}

export function writeBytes({ pages }: Bytes, at: number, data: Uint8Array): Bytes {
  const changed = new Map(pages);
  eachPiece(at, data.length, (page, from, to, done) => {
    const bytes = pages.get(page)?.slice() ?? new Uint8Array(PAGE);
    bytes.set(data.subarray(done, done + to - from), from);
    changed.set(page, bytes);
  });
  return { pages: changed };
}

/** Everything in the piece is zero again. */
export function clearBytes({ pages }: Bytes, at: number, length: number): Bytes {
  const changed = new Map(pages);
  eachPiece(at, length, (page, from, to) => {
    const bytes = pages.get(page);
    if (bytes === undefined) return;
    if (to - from === PAGE) changed.delete(page);
    else changed.set(page, bytes.slice().fill(0, from, to));
  });
  return { pages: changed };
}

/** The pages of a piece that consists of whole ones; null for one that was never written. Nobody may change them. */
export function pagesOf({ pages }: Bytes, at: number, length: number): (Uint8Array | null)[] {
  return Array.from({ length: length / PAGE }, (_, index) => pages.get(at / PAGE + index) ?? null);
}

/** Runs of bytes other than zero within a piece, by offset from its start, in hexadecimal. */
export function runsOf(memory: Bytes, at: number, length: number): { offset: number; bytes: string }[] {
  const runs: { offset: number; bytes: string }[] = [];
  eachPiece(at, length, (page, from, to, done) => {
    const bytes = memory.pages.get(page);
    if (bytes === undefined) return;
    for (let start = from; start < to; start++) {
      if (bytes[start] === 0) continue;
      let end = start;
      while (end < to && bytes[end] !== 0) end++;
      runs.push({ offset: done + start - from, bytes: hexOf(bytes.subarray(start, end)) });
      start = end;
    }
  });
  return runs;
}

export function hexOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("hex");
}

/** The bytes that hexadecimal digits, two each, stand for. */
export function bytesOf(digits: string): Uint8Array {
  const pairs = digits.match(/../g) ?? [];
  return Uint8Array.from(pairs, (pair) => Number.parseInt(pair, 16));
}

/** Calls back for each page that a piece touches: its number, the part of it, and how much of the piece came before. */
function eachPiece(
  at: number,
  length: number,
  take: (page: number, from: number, to: number, done: number) => void,
): void {
  for (let done = 0; done < length; ) {
    const page = Math.floor((at + done) / PAGE);
    const from = (at + done) % PAGE;
    const to = Math.min(PAGE, from + length - done);
    take(page, from, to, done);
    done += to - from;
  }
}
