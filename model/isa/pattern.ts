/** Reads patterns: the manual's bit fields, spelt as text. See define.ts for the notation. */

/** Bits of an operand in the word: `width` bits from bit `at` of the word are bits `low`.. of the value. */
export interface Slice {
  readonly at: number;
  readonly width: number;
  readonly low: number;
  /** `width` ones. */
  readonly ones: number;
}

interface Layout {
  readonly length: 2 | 4;
  readonly mask: number;
  readonly match: number;
  /** Operands in the order they first appear. */
  readonly slices: ReadonlyMap<string, readonly Slice[]>;
}

/** The layout of a pattern of 16 or 32 bits. `name` is for messages. */
export function slicesOf(name: string, pattern: string): Layout {
  const slices = new Map<string, Slice[]>();
  const fields = pattern.split(" ");
  const width = fields.reduce((sum, field) => sum + widthOf(name, field), 0);
  if (width !== 16 && width !== 32) throw new Error(`defect: ${name} has ${width} bits, expected 16 or 32`);

  let at = width;
  let mask = 0;
  let match = 0;
  for (const field of fields) {
    if (/^[01]+$/.test(field)) {
      at -= field.length;
      mask |= lowBits(field.length) << at;
      match |= Number.parseInt(field, 2) << at;
      continue;
    }
    const operand = field.slice(0, field.indexOf("["));
    for (const [high, low] of rangesOf(field)) {
      const bits = high - low + 1;
      at -= bits;
      slices.set(operand, [...(slices.get(operand) ?? []), { at, width: bits, low, ones: lowBits(bits) }]);
    }
  }
  return { length: width === 16 ? 2 : 4, mask, match, slices };
}

/** `width` ones, for widths up to 32; 32 ones are -1. */
function lowBits(width: number): number {
  return width === 32 ? -1 : 2 ** width - 1;
}

function widthOf(name: string, field: string): number {
  if (/^[01]+$/.test(field)) return field.length;
  if (!/^[a-z][a-z0-9]*\[\d+(:\d+)?(\|\d+(:\d+)?)*\]$/.test(field)) {
    throw new Error(`defect: ${name} has a malformed field ${field}`);
  }
  return rangesOf(field).reduce((sum, [high, low]) => sum + high - low + 1, 0);
}

/** `imm[12|10:5]` covers the value's bits [12, 12] and [10, 5]. */
function rangesOf(field: string): [high: number, low: number][] {
  return field
    .slice(field.indexOf("[") + 1, -1)
    .split("|")
    .map((range) => {
      const [high, low] = range.split(":").map(Number);
      return [high!, low ?? high!];
    });
}
