/**
 * Operands drawn at random, where libraries go wrong: bounds around their own edges and those of the address space,
 * exponents where the encoding changes, authorities that fit or nearly do, patterns that nothing sets.
 */
import type { Random } from "../../generate/random.ts";
import { bitsOf, type Fields, type LawFormat, ones } from "./format.ts";
import type { Operands, Source, Subject } from "./law.ts";
import { regionAround } from "./reading.ts";
import { sourceOf } from "./subject.ts";
import type { Try } from "./trial.ts";

/** Permissions that authorities have or lack, as they are encoded. */
const GLOBAL = 1n << 0n;
const SEAL = 1n << 7n;
const UNSEAL = 1n << 9n;

/** Numbers that each capability is tried with, and partners. */
const NUMBERS_EACH = 4;
const PARTNERS_EACH = 2;

/** One sample: a capability with numbers and partners, and numbers by themselves. */
export function trySample(subject: Subject, random: Random, attempt: Try): void {
  const source = anySource(subject, random);
  const { format } = subject;
  const operands: Operands = { value: 0n, second: 0n, source, other: source };
  attempt("none", operands);
  attempt("capability", operands);
  for (let count = 0; count < NUMBERS_EACH; count++) {
    operands.value = numberFor(format, source, random);
    attempt("capability and number", operands);
  }
  for (let count = 0; count < PARTNERS_EACH; count++) {
    operands.other = partnerOf(subject, source, random);
    attempt("capabilities", operands);
  }
  operands.value = anyNumber(format, random);
  operands.second = anyNumber(format, random);
  attempt("number", operands);
  attempt("numbers", operands);
}

function bitsBelow(random: Random, bits: number): bigint {
  let value = 0n;
  for (let have = 0; have < bits; have += 32) value = (value << 32n) | BigInt(random.next());
  return value & ones(bits);
}

/** Of every magnitude, and around powers of two. */
function anyNumber({ widths, addressMask }: LawFormat, random: Random): bigint {
  const bits = widths.address;
  if (random.odds(1, 2)) return bitsBelow(random, bits) >> BigInt(random.below(bits));
  return ((1n << BigInt(random.below(bits + 1))) + BigInt(random.below(9) - 4)) & addressMask;
}

function anySource(subject: Subject, random: Random): Source {
  const { format } = subject;
  const fields = { ...metadata(format, random), ...place(subject, random) };
  return sourceOf(subject, random.odds(7, 8), bitsOf(format, fields));
}

function metadata(format: LawFormat, random: Random): Pick<Fields, "perms" | "otype" | "flags" | "reserved"> {
  const { widths, permsMask } = format;
  const some = bitsBelow(random, widths.perms);
  const oneMissing = permsMask & ~(1n << BigInt(random.below(widths.perms)));
  return {
    perms: random.pick([permsMask, oneMissing, some]),
    otype: random.odds(2, 3) ? format.unsealed : anyType(format, random),
    flags: bitsBelow(random, widths.flags),
    reserved: random.odds(7, 8) ? 0n : bitsBelow(random, widths.reserved),
  };
}

/** One in two small enough for addresses of any format to name it. */
function anyType({ unsealed, sentry, ordinaryMax, widths }: LawFormat, random: Random): bigint {
  if (random.odds(1, 2)) return BigInt(random.below(8));
  const reserved = [unsealed, sentry, sentry - 1n, ordinaryMax + 1n];
  return random.pick([...reserved, ordinaryMax, bitsBelow(random, widths.otype)]);
}

/** Bounds and address: what bounds setting gives, at an address of interest; or anything that can be encoded. */
function place(subject: Subject, random: Random): Pick<Fields, "bounds" | "address"> {
  const { format, enclose } = subject;
  if (random.odds(1, 4)) return { bounds: anyField(format, random), address: anyNumber(format, random) };
  const [any, length] = [anyNumber(format, random), anyNumber(format, random)];
  const isLast = random.odds(1, 8);
  const top = isLast ? format.space - BigInt(random.below(3)) : least(any + length, format.space);
  const one = isLast && random.odds(1, 2) ? top - BigInt(random.below(12)) : least(any, top);
  const { field, base, exponent, ...rounded } = enclose(one, top);
  return {
    bounds: field,
    address: pointNear(format, { base, top: rounded.top, exponent, address: base }, random),
  };
}

/** A bounds field with an exponent of interest, and mantissas of few ones or few zeros in one of two. */
function anyField({ widths, exponentMax, boundsMask }: LawFormat, random: Random): bigint {
  const { mantissa, exponent: exponentBits } = widths;
  const field = bitsBelow(random, 2 * mantissa - 1);
  const fringe = random.pick([
    field,
    boundsMask & ~(1n << BigInt(random.below(2 * mantissa - 1))),
    1n << BigInt(random.below(2 * mantissa - 1)),
  ]);
  if (random.odds(1, 4)) return fringe;
  const half = exponentBits / 2;
  const greatest = 2 ** exponentBits - 1;
  const exponent = random.pick([
    0,
    1,
    exponentMax - 3,
    exponentMax - 2,
    exponentMax - 1,
    exponentMax,
    exponentMax + 1,
    greatest,
    random.below(greatest),
  ]);
  const stored = BigInt(Math.max(0, Math.min(exponent, greatest)));
  const cleared = fringe & ~((ones(half) << BigInt(mantissa)) | ones(half));
  return (
    cleared |
    (1n << BigInt(2 * mantissa - 2)) |
    ((stored >> BigInt(half)) << BigInt(mantissa)) |
    (stored & ones(half))
  );
}

type Placed = Pick<Source, "base" | "top" | "exponent" | "address">;

/** An address at an edge of the bounds, of the representable region, or of the address space; or inside; or any. */
function pointNear(format: LawFormat, placed: Placed, random: Random): bigint {
  const { base, top, exponent } = placed;
  const { start, size } = regionAround(format, exponent, base);
  const inside = base + (anyNumber(format, random) % (top > base ? top - base : 1n));
  const edge = random.pick([base, top, start, start + size, format.space, inside, anyNumber(format, random)]);
  const unit = random.odds(1, 2) ? 1n : 1n << BigInt(exponent);
  const away = random.odds(1, 3) ? 0n : BigInt(random.below(5) - 2) * unit;
  return (edge + away) & format.addressMask;
}

/** A number that means something to this capability: as address, as increment, as offset, or as length. */
function numberFor(format: LawFormat, source: Source, random: Random): bigint {
  if (random.odds(1, 4)) return anyNumber(format, random);
  const point = pointNear(format, source, random);
  const from = random.pick([0n, source.address, source.address, source.base]);
  return (point - from) & format.addressMask;
}

/** An authority for this capability's type, a wider or narrower relative, or any other. */
function partnerOf(subject: Subject, source: Source, random: Random): Source {
  const { format } = subject;
  switch (random.below(4)) {
    case 0:
    case 1:
      return authorityOver(subject, random.odds(1, 2) ? source.otype : anyType(format, random), random);
    case 2:
      return relativeOf(subject, source, random);
    default:
      return anySource(subject, random);
  }
}

/** An authority that points at a type or beside it, often with just one thing missing. */
function authorityOver(subject: Subject, type: bigint, random: Random): Source {
  const { format, enclose } = subject;
  const address = (type + BigInt(random.pick([0, 0, 0, 1, -1]))) & format.addressMask;
  const [low, high] = random.pick([
    [0n, format.space],
    [address, address + 1n],
    [address, address],
    [address + 1n, address + 2n],
    [0n, address],
  ] as const);
  const top = least(high, format.space);
  const { field } = enclose(least(low, top), top);
  const { permsMask } = format;
  const perms = random.pick([
    permsMask,
    permsMask & ~GLOBAL,
    permsMask & ~SEAL,
    permsMask & ~UNSEAL,
    SEAL,
    UNSEAL,
  ]);
  const fields = { ...metadata(format, random), perms, bounds: field, address };
  return sourceOf(subject, random.odds(7, 8), bitsOf(format, fields));
}

/** A capability around the source's bounds, or over a part of them, with its other fields. */
function relativeOf(subject: Subject, source: Source, random: Random): Source {
  const { format, enclose } = subject;
  const { base, top } = source.isOrdered ? source : { base: 0n, top: format.space };
  const some = anyNumber(format, random);
  const low = random.odds(1, 2) ? base - (some % (base + 1n)) : base + (some % (top - base + 1n));
  const high = least(format.space, random.pick([format.space, top, top + 1n, top === 0n ? 0n : top - 1n]));
  const bounds = random.odds(1, 4) ? source.bounds : enclose(least(low, high), high).field;
  const kept = random.odds(1, 2) ? source.otype : format.unsealed;
  const perms = random.pick([format.permsMask, source.perms, source.perms & ~1n]);
  const fields = {
    ...source,
    perms,
    otype: kept,
    bounds,
    address: random.odds(1, 2) ? low & format.addressMask : source.address,
  };
  return sourceOf(subject, random.odds(7, 8), bitsOf(format, fields));
}

function least(one: bigint, other: bigint): bigint {
  return one < other ? one : other;
}
