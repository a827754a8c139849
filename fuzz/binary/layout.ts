/**
 * Binary structures as tables of field, offset and width in bytes, little-endian. Reading and writing are
 * derived from the tables.
 */

/** Where a field lies within its structure. Fields of up to 4 bytes are numbers, wider ones bigints. */
export interface Field {
  readonly name: string;
  readonly offset: number;
  readonly width: 1 | 2 | 4 | 8 | 32;
  /** The only value the field may have. */
  readonly is?: bigint;
}

export interface Layout {
  readonly name: string;
  /** Bytes, padding included. */
  readonly size: number;
  readonly fields: readonly Field[];
}

/** The values of the fields of a layout, without those that can have only one. */
export type Values<L extends Layout> = {
  -readonly [F in Exclude<L["fields"][number], { readonly is: bigint }> as F["name"]]: F["width"] extends
    | 1
    | 2
    | 4
    ? number
    : bigint;
};

/** Bytes that are not what their layout says. The message names structure and field. */
export class LayoutError extends Error {
  override readonly name = "LayoutError";
}

/**
 * Reads one structure.
 *
 * @throws LayoutError when a field that has only one value holds another one.
 * @throws RangeError when `bytes` holds less than `layout.size` bytes from `at`.
 */
export function decode<L extends Layout>(layout: L, bytes: Buffer, at: number): Values<L> {
  const values = { ...blankOf(layout) };
  for (const field of layout.fields) {
    const value = readField(field, bytes, at + field.offset);
    if (field.is === undefined) values[field.name] = value;
    else if (field.is !== BigInt(value))
      throw new LayoutError(`${layout.name}: ${mismatch(field, bytes, at)}`);
  }
  return values as Values<L>;
}

/**
 * Writes one structure over `layout.size` bytes, padding as zero. Values are cut to the width of
 * their field, which is what version 1 asks for wide memory data.
 */
export function encode<L extends Layout>(layout: L, values: Values<L>, bytes: Buffer, at: number): void {
  bytes.fill(0, at, at + layout.size);
  const given = values as Record<string, number | bigint>;
  for (const field of layout.fields)
    writeField(field, field.is ?? given[field.name]!, bytes, at + field.offset);
}

/**
 * The fields of a layout, all zero. A copy has its final shape from the start: filled name by name, an object
 * with as many fields would become a hash table, and ten times as slow.
 */
function blankOf(layout: Layout): Record<string, number | bigint> {
  let blank = blanks.get(layout);
  if (blank === undefined) {
    const fields = layout.fields.filter(({ is }) => is === undefined);
    blank = Object.fromEntries(fields.map(({ name, width }) => [name, width <= 4 ? 0 : 0n]));
    blanks.set(layout, blank);
  }
  return blank;
}

const blanks = new WeakMap<Layout, Record<string, number | bigint>>();

function readField(field: Field, bytes: Buffer, at: number): number | bigint {
  switch (field.width) {
    case 1:
      return bytes.readUInt8(at);
    case 2:
      return bytes.readUInt16LE(at);
    case 4:
      return bytes.readUInt32LE(at);
    case 8:
      return bytes.readBigUInt64LE(at);
    case 32: {
      let value = 0n;
      for (let part = 3; part >= 0; part--) value = (value << 64n) | bytes.readBigUInt64LE(at + 8 * part);
      return value;
    }
  }
}

function writeField(field: Field, value: number | bigint, bytes: Buffer, at: number): void {
  switch (field.width) {
    case 1:
      bytes.writeUInt8(Number(value) & 0xff, at);
      return;
    case 2:
      bytes.writeUInt16LE(Number(value) & 0xffff, at);
      return;
    case 4:
      bytes.writeUInt32LE(Number(value) >>> 0, at);
      return;
    case 8:
      bytes.writeBigUInt64LE(BigInt.asUintN(64, BigInt(value)), at);
      return;
    case 32: {
      const whole = BigInt(value);
      for (let part = 0; part < 4 && whole >> BigInt(64 * part) !== 0n; part++) {
        bytes.writeBigUInt64LE(BigInt.asUintN(64, whole >> BigInt(64 * part)), at + 8 * part);
      }
      return;
    }
  }
}

function mismatch(field: Field, bytes: Buffer, at: number): string {
  const start = at + field.offset;
  const found = bytes.toString("latin1", start, start + field.width).replace(/[^ -~]/g, ".");
  const expected = Buffer.alloc(8);
  expected.writeBigUInt64LE(field.is!);
  return `${field.name}: expected "${expected.toString("latin1")}", found "${found}"`;
}
