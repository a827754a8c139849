/** Pieces of the address space, as numbers: `from` is included, `to` is not. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

/** The part of [address, address + length) that lies within; null if there is none. */
export function clip(address: bigint, length: bigint, within: Span): Span | null {
  const end = address + length;
  const from = address > BigInt(within.from) ? address : BigInt(within.from);
  const to = end < BigInt(within.to) ? end : BigInt(within.to);
  return from < to ? { from: Number(from), to: Number(to) } : null;
}

/** The same bytes in spans that are in order and apart. */
export function united(spans: readonly Span[]): readonly Span[] {
  if (spans.length < 2) return spans;
  const found: { from: number; to: number }[] = [];
  for (const { from, to } of [...spans].sort((one, other) => one.from - other.from)) {
    const last = found.at(-1);
    if (last !== undefined && from <= last.to) last.to = Math.max(last.to, to);
    else found.push({ from, to });
  }
  return found;
}

/** What is in some spans and not in others; both are in order and apart. */
export function without(spans: readonly Span[], taken: readonly Span[]): readonly Span[] {
  if (taken.length === 0) return spans;
  const found: Span[] = [];
  for (const span of spans) {
    let { from } = span;
    for (const hole of taken) {
      if (hole.to <= from) continue;
      if (hole.from >= span.to) break;
      if (hole.from > from) found.push({ from, to: hole.from });
      from = hole.to;
    }
    if (from < span.to) found.push({ from, to: span.to });
  }
  return found;
}

/** What is in both; both are in order and apart. */
export function shared(spans: readonly Span[], others: readonly Span[]): readonly Span[] {
  const found: Span[] = [];
  for (const span of spans) {
    for (const other of others) {
      const from = Math.max(span.from, other.from);
      const to = Math.min(span.to, other.to);
      if (from < to) found.push({ from, to });
    }
  }
  return found;
}

export function sizeOf(spans: readonly Span[]): number {
  return spans.reduce((sum, { from, to }) => sum + to - from, 0);
}
