/** What a page holds: bytes, and for each granule of 16 whether it is a capability. */
export interface Content {
  /** Hexadecimal, two digits a byte. */
  readonly bytes: string;
  /** A digit 0 or 1 for each granule. */
  readonly tags: string;
}

const GRANULE = 16;

/** A page of zeros without tags. */
export function zeros(pageSize: number): Content {
  return { bytes: "00".repeat(pageSize), tags: "0".repeat(pageSize / GRANULE) };
}

/** KSM-11: pages are equal if their bytes are and their tags are; equal pages have equal keys. */
export function keyOf({ bytes, tags }: Content): string {
  return [bytes, tags].join(" ");
}

/** A data store: granules that it touches are no capabilities any more. */
export function stored(content: Content, offset: number, bytes: string): Content {
  const first = Math.floor(offset / GRANULE);
  const top = Math.ceil((offset + bytes.length / 2) / GRANULE);
  return {
    bytes: spliced(content.bytes, 2 * offset, bytes),
    tags: spliced(content.tags, first, "0".repeat(top - first)),
  };
}

/** A capability store: one granule, with a tag. */
export function storedCapability(content: Content, granule: number, bytes: string): Content {
  return {
    bytes: spliced(content.bytes, 2 * GRANULE * granule, bytes),
    tags: spliced(content.tags, granule, "1"),
  };
}

function spliced(text: string, at: number, part: string): string {
  return text.slice(0, at) + part + text.slice(at + part.length);
}
