/** Every pattern, address and operand of a format that is small enough. */
import { bitsOf, type Fields } from "./format.ts";
import type { Operands, Source, Subject } from "./law.ts";
import { sourceOf } from "./subject.ts";
import type { Try } from "./trial.ts";

/** What was tried, for reports. */
export interface Extent {
  /** Bounds fields times addresses. */
  readonly patterns: number;
  /** Patterns times operands: each pattern tagged and unsealed with every number. */
  readonly pairs: number;
  /** Capabilities that every pattern was paired with. */
  readonly partners: number;
}

/** Numbers for the patterns that are untagged or sealed, in addition to the tagged ones' every number. */
const EDGES = [0n, 1n, 3n] as const;

/** A permission set for every pattern: all of them for one in two, or some. */
function permsFor(index: number, all: bigint): bigint {
  return index % 2 === 0 ? all : BigInt(Math.imul(index, 0x9e37_79b1) >>> 16) & all;
}

/** Puts everything to all laws, until it is over. */
export function tryEverything(subject: Subject, attempt: Try, isOver: () => boolean): Extent {
  const { format } = subject;
  const numbers = Array.from({ length: Number(format.space) }, (_, index) => BigInt(index));
  const sources = patternsOf(subject, numbers);
  const any = sources[0]!;
  const operands: Operands = { value: 0n, second: 0n, source: any, other: any };

  attempt("none", operands);
  for (const value of numbers) {
    operands.value = value;
    attempt("number", operands);
    for (const second of numbers) {
      operands.second = second;
      attempt("numbers", operands);
    }
  }
  for (const source of sources) {
    if (isOver()) break;
    operands.source = source;
    attempt("capability", operands);
    for (const value of numbers) {
      operands.value = value;
      attempt("capability and number", operands);
    }
  }
  const partners = partnersOf(subject);
  for (const [index, source] of sources.entries()) {
    if (isOver()) break;
    tryPartners(operands, source, partners, attempt);
    for (const variant of variantsOf(subject, source, index)) {
      tryVariant(operands, variant, numbers, partners, attempt);
    }
  }
  return { patterns: sources.length, pairs: sources.length * numbers.length, partners: partners.length };
}

/** Every bounds field at every address, tagged and unsealed. */
function patternsOf(subject: Subject, addresses: readonly bigint[]): Source[] {
  const { format } = subject;
  const sources: Source[] = [];
  for (let bounds = 0n; bounds <= format.boundsMask; bounds++) {
    for (const address of addresses) {
      const perms = permsFor(sources.length, format.permsMask);
      const fields = { perms, reserved: 0n, flags: 0n, otype: format.unsealed, bounds, address };
      sources.push(sourceOf(subject, true, bitsOf(format, fields)));
    }
  }
  return sources;
}

/** The same pattern untagged, and sealed in one of the ways there are. */
function variantsOf(subject: Subject, source: Source, index: number): Source[] {
  const { format } = subject;
  const types = [format.sentry, format.sentry - 1n, format.ordinaryMax, 5n & format.ordinaryMax];
  const otype = types[index % types.length]!;
  const variant = (tag: boolean, changed: Partial<Fields>) =>
    sourceOf(subject, tag, bitsOf(format, { ...source, ...changed }));
  const flags = BigInt(index % 2) & ((1n << BigInt(format.widths.flags)) - 1n);
  const reserved = BigInt(index % 3) & ((1n << BigInt(format.widths.reserved)) - 1n);
  return [variant(false, { flags, reserved }), variant(true, { otype, flags }), variant(false, { otype })];
}

function tryVariant(
  operands: Operands,
  source: Source,
  numbers: readonly bigint[],
  partners: readonly Source[],
  attempt: Try,
): void {
  operands.source = source;
  attempt("capability", operands);
  for (const value of [...EDGES, numbers.at(-1)!]) {
    operands.value = value;
    attempt("capability and number", operands);
  }
  tryPartners(operands, source, partners.slice(0, 2), attempt);
}

/** Each pattern as object of an authority, and as authority for another. */
function tryPartners(operands: Operands, source: Source, partners: readonly Source[], attempt: Try): void {
  for (const partner of partners) {
    operands.source = source;
    operands.other = partner;
    attempt("capabilities", operands);
    operands.source = partner;
    operands.other = source;
    attempt("capabilities", operands);
  }
}

/** The root, a narrow authority, and something sealed with a type that authorities can name. */
function partnersOf(subject: Subject): Source[] {
  const { format, enclose } = subject;
  const whole: Fields = {
    perms: format.permsMask,
    reserved: 0n,
    flags: 0n,
    otype: format.unsealed,
    bounds: enclose(0n, format.space).field,
    address: 5n,
  };
  const third = format.space / 3n;
  const narrow = { ...whole, bounds: enclose(third, 2n * third).field, address: third };
  return [
    sourceOf(subject, true, bitsOf(format, whole)),
    sourceOf(subject, true, bitsOf(format, narrow)),
    sourceOf(subject, true, bitsOf(format, { ...whole, otype: 5n })),
  ];
}
