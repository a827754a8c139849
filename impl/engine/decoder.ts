/**
 * The decoder: tables made once from the encodings, and the function that reads them.
 *
 * A table is a tree over bits of the word. An inner node says which bits to look at and where its entries start; a
 * leaf says which operation it is and how its operands are cut out (its format).
 */
import { add, and, eq, isZero, or, shl, shrS, shrU, sub } from "../wasm/arithmetic.ts";
import { type Code, type FunctionRef, i32, type Local, type Statement } from "../wasm/code.ts";
import { block, br, brIf, brTable, loop, ret, select, set } from "../wasm/control.ts";
import { load32, store8, store16, store32 } from "../wasm/memory.ts";
import type { Build } from "./build.ts";
import type { Encoding, EncodingMode, Format, RegisterField } from "./encoding.ts";
import { DDC_AT, operationField, REGISTERS_AT, SINK_AT, SLOT_BYTES } from "./layout.ts";

/** An encoding and the operation it stands for in each encoding mode. */
export interface Decodable {
  readonly encoding: Encoding;
  readonly operation: Readonly<Record<EncodingMode, number>>;
}

export interface Decoder {
  /** Entries, four bytes each. */
  readonly table: Uint32Array;
  readonly formats: readonly Format[];
  /** Roots by encoding mode and width. */
  readonly roots: Readonly<Record<EncodingMode, Readonly<Record<16 | 32, number>>>>;
}

/** A leaf: bit 31, format in bits 30:16, operation in bits 15:0. An inner node: shift 31-26, width 25-20, start 19:0. */
const LEAF = 0x8000_0000;

/** Which bits are looked at, in this order, when they matter: [lowest, width]. */
const SPLITS: Readonly<Record<16 | 32, readonly (readonly [number, number])[]>> = {
  32: [
    [0, 7],
    [12, 3],
    [25, 7],
    [20, 5],
    [7, 5],
    [15, 5],
  ],
  16: [
    [0, 2],
    [13, 3],
    [10, 3],
    [5, 2],
    [7, 3],
    [2, 3],
  ],
};

/** Builds the tables. Where encodings overlap the earlier one wins; what none matches is `illegal`. */
export function buildDecoder(decodables: readonly Decodable[], illegal: number): Decoder {
  const formats: Format[] = [];
  const formatIndex = new Map<string, number>();
  const format = (each: Format): number => {
    const key = JSON.stringify(each);
    if (!formatIndex.has(key)) formatIndex.set(key, formats.push(each) - 1);
    return formatIndex.get(key)!;
  };
  const noOperands: Format = { rd: null, rs1: null, rs2: null, imm: [], signed: false };
  const nothing = (LEAF | (format(noOperands) << 16) | illegal) >>> 0;
  const entries: number[] = [];

  const node = (
    candidates: readonly Decodable[],
    mode: EncodingMode,
    bits: 16 | 32,
    known: number,
  ): number => {
    const first = candidates[0];
    if (!first) return nothing;
    const unknown = first.encoding.mask & ~known;
    if (unknown === 0) return (LEAF | (format(first.encoding.format) << 16) | first.operation[mode]) >>> 0;
    const split = SPLITS[bits].find(([low, width]) => (unknown & ((2 ** width - 1) << low)) !== 0);
    const [low, width] = split ?? [Math.log2(unknown & -unknown), 1];
    const looked = (2 ** width - 1) << low;
    const start = entries.length;
    entries.push(...new Array<number>(2 ** width).fill(0));
    for (let value = 0; value < 2 ** width; value++) {
      const fits = ({ encoding }: Decodable) =>
        ((encoding.match ^ (value << low)) & encoding.mask & looked) === 0;
      entries[start + value] = node(candidates.filter(fits), mode, bits, known | looked);
    }
    return ((low << 26) | (width << 20) | start) >>> 0;
  };

  const root = (mode: EncodingMode, bits: 16 | 32) =>
    node(
      decodables.filter(({ encoding }) => encoding.bits === bits && encoding.modes.includes(mode)),
      mode,
      bits,
      0,
    );
  const both = (mode: EncodingMode) => ({ 16: root(mode, 16), 32: root(mode, 32) });
  const roots = { integer: both("integer"), capability: both("capability") };
  return { table: Uint32Array.from(entries), formats, roots };
}

export type DecodeFunction = FunctionRef<readonly ["i32", "i32", "i32"], "void">;

/** (record, word, mode): writes the decoded operation of the word; mode 1 is capability encoding mode. */
export function defineDecode({ module, layout }: Build, decoder: Decoder): DecodeFunction {
  return module.func("decode", ["i32", "i32", "i32"], "void", (locals, record, word, mode) => {
    const entry = locals.i32();
    const { integer, capability } = decoder.roots;
    const long = eq(and(word, 3), 3);
    const rootOf = (each: Readonly<Record<16 | 32, number>>) => select(long, i32(each[32]), each[16]);
    return [
      set(entry, select(mode, rootOf(capability), rootOf(integer))),
      block((found) => [
        loop((again) => {
          const bits = and(shrU(word, shrU(entry, 26)), sub(shl(i32(1), and(shrU(entry, 20), 31)), 1));
          const index = add(and(entry, 0xf_ffff), bits);
          return [
            brIf(found, shrU(entry, 31)),
            set(entry, load32(shl(index, 2), layout.decoderAt)),
            br(again),
          ];
        }),
      ]),
      store16(record, operationField.op, entry),
      store8(record, operationField.length, select(long, i32(4), 2)),
      store16(record, operationField.heat, 0),
      ...operands(decoder.formats, and(shrU(entry, 16), 0x7fff), record, word),
    ];
  });
}

/** One arm for each format. */
function operands(
  formats: readonly Format[],
  index: Code<"i32">,
  record: Local<"i32">,
  word: Local<"i32">,
): Statement[] {
  const arms = formats.map((format) => [
    store16(record, operationField.rd, destination(format.rd, word)),
    store16(record, operationField.rs1, source(format.rs1, word)),
    store16(record, operationField.rs2, source(format.rs2, word)),
    store32(record, operationField.imm, immediate(format, word)),
    ret(),
  ]);
  return [switchOn(index, arms)];
}

/** Runs the arm of that number; every arm must leave. */
function switchOn(index: Code<"i32">, arms: readonly (readonly Statement[])[]): Statement {
  const nest = (rest: number, labels: readonly Parameters<typeof br>[0][]): Statement =>
    block((label) =>
      rest === 0
        ? [brTable(index, [label, ...labels], label)]
        : [nest(rest - 1, [label, ...labels]), ...arms[rest - 1]!],
    );
  return block(() => [nest(arms.length - 1, []), ...arms.at(-1)!]);
}

function destination(from: RegisterField | null, word: Code<"i32">): Code<"i32"> {
  if (!from) return i32(SINK_AT);
  if (from.width === 0) return i32(from.first === 0 ? SINK_AT : REGISTERS_AT + from.first * SLOT_BYTES);
  const slot = slotOf(from, word);
  return from.first > 0 ? slot : select(isZero(numberOf(from, word)), i32(SINK_AT), slot);
}

function source(from: RegisterField | null, word: Code<"i32">): Code<"i32"> {
  if (!from) return i32(REGISTERS_AT);
  if (from.width === 0) return i32(REGISTERS_AT + from.first * SLOT_BYTES);
  const slot = slotOf(from, word);
  return from.ddc ? select(isZero(numberOf(from, word)), i32(DDC_AT), slot) : slot;
}

function slotOf(from: RegisterField, word: Code<"i32">): Code<"i32"> {
  return add(shl(numberOf(from, word), Math.log2(SLOT_BYTES)), REGISTERS_AT + from.first * SLOT_BYTES);
}

function numberOf(from: RegisterField, word: Code<"i32">): Code<"i32"> {
  return and(shrU(word, from.shift), 2 ** from.width - 1);
}

/** The immediate in 32 bits. Its highest part is shifted in from the top of the word when it carries the sign. */
function immediate(format: Format, word: Code<"i32">): Code<"i32"> {
  const sum = format.imm.map((part) => {
    const top = part.to + part.width;
    const highest = format.imm.every((other) => other.to + other.width <= top);
    const left = shl(word, 32 - part.from - part.width);
    const value = format.signed && highest ? shrS(left, 32 - part.width) : shrU(left, 32 - part.width);
    return shl(value, part.to);
  });
  return sum.length === 0 ? i32(0) : sum.reduce((left, right) => or(left, right));
}
