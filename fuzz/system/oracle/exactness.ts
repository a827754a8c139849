/** What bounds can cover exactly (CHERI ISAv9, 14-bit mantissa with an internal exponent). */

/** The unit of bounds of this length: nothing below 4 KiB is rounded (2.3). */
export function unitOf(length: number): number {
  return length < 4096 ? 1 : 2 ** (Math.floor(Math.log2(length)) - 9);
}

export function isExactRange({ base, size }: { readonly base: number; readonly size: number }): boolean {
  const unit = unitOf(size);
  return base % unit === 0 && size % unit === 0;
}
