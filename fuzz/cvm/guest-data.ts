/** Bytes of guests: what data directives stand for, and halves of 32-bit numbers. */

/** Bytes gathered so far. */
export interface Section {
  readonly bytes: number[];
  size: number;
}

const BYTES_MAX = 1 << 16;

/**
 * Appends what a directive stands for; null, or what was expected. `number` reads numbers and names.
 */
export function encodeData(
  section: Section,
  directive: string,
  rest: string,
  number: (text: string) => bigint,
): string | null {
  const put = (byte: number) => {
    section.bytes[section.size++] = byte & 0xff;
  };
  const list = () => rest.split(",").map((one) => number(one.trim()));
  switch (directive) {
    case ".byte":
      for (const value of list()) put(Number(value & 0xffn));
      return null;
    case ".8byte":
      for (const value of list())
        for (let bit = 0n; bit < 64n; bit += 8n) put(Number((value >> bit) & 0xffn));
      return null;
    case ".ascii":
    case ".asciz": {
      const bytes = bytesOfText(rest);
      if (bytes === null)
        return `expected text in double quotes, with \\n, \\t, \\\\, \\" or \\0 in it at most`;
      for (const byte of bytes) put(byte);
      if (directive === ".asciz") put(0);
      return null;
    }
    case ".zero": {
      const size = number(rest);
      if (size < 0n || size > BYTES_MAX) return `expected a size up to ${BYTES_MAX}`;
      for (let left = Number(size); left > 0; left--) put(0);
      return null;
    }
    case ".align": {
      const unit = Number(number(rest));
      if (![1, 2, 4, 8, 16].includes(unit)) return "expected 1, 2, 4, 8 or 16";
      while (section.size % unit !== 0) put(0);
      return null;
    }
    default:
      return `expected data, found ${directive.slice(0, 40)}`;
  }
}

const ESCAPES: Readonly<Record<string, string>> = { n: "\n", t: "\t", "\\": "\\", '"': '"', "0": "\0" };

function bytesOfText(quoted: string): Uint8Array | null {
  const found = /^"((?:[^"\\]|\\[nt\\"0])*)"$/.exec(quoted);
  if (found === null) return null;
  return new TextEncoder().encode(found[1]!.replace(/\\(.)/g, (_whole, letter: string) => ESCAPES[letter]!));
}

/** A 32-bit number as what lui and addi take: the upper twenty bits, unsigned, and the signed rest. */
export function wordAt(value: number): { readonly high: number; readonly low: number } {
  const high = (value + 0x800) >> 12;
  return { high: high & 0xfffff, low: value - (high << 12) };
}
