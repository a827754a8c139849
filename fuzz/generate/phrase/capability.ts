import { ANCHOR, type Composer } from "../composer.ts";
import { formsNamed } from "../form.ts";
import * as words from "../words.ts";
import { constantIn, powerIn, ramAddressIn } from "./integer.ts";

const inspection = formsNamed(/^(cget|crrl|cram|ctestsubset|cseqx|csub|ctoptr)/);
const derivation = formsNamed(
  /^(csetbounds|cseal|cunseal|candperm|csetflags|csetoffset|csetaddr|cincoffset|cfromptr|csethigh|cbuildcap|ccopytype|ccseal|cmove|ccleartag|csealentry|auipc|c\.cincoffset)/,
);

/** From this exponent on any address keeps the bounds. */
const ALWAYS_REPRESENTABLE = 50;

const stackSteps = formsNamed(/^c\.cincoffset/);

/** Exponents around which bounds change their form, and the greatest ones. */
const EXPONENTS = [11, 12, 12, 13, 13, 14, 14, 15, 16, 20, 32, 50, 51, 52, 62, 63];

/** Reads a field of a capability, or compares two. */
export function inspect(to: Composer): void {
  to.oneOf(inspection);
}

/** One derivation with whatever the hot registers hold. */
export function derive(to: Composer): void {
  to.oneOf(derivation);
}

/** A capability to an address in RAM, with all of its source's bounds. Puts it in `cd`, which is not x0. */
export function pointerIn(to: Composer, cd: number): void {
  const address = to.other(cd);
  ramAddressIn(to, address);
  to.put(words.csetaddr(cd, ANCHOR, address));
}

/** A new pointer to RAM, often bounded to a few bytes. */
export function point(to: Composer): void {
  const { random } = to;
  const cd = random.odds(1, 4) ? 2 : to.other(0);
  pointerIn(to, cd);
  if (random.odds(1, 2)) {
    to.put(words.csetboundsimm(cd, cd, random.pick([0, 1, 4, 8, 15, 16, 17, 32, 64, 128, 4095])));
  }
}

/** Makes sure that the anchor is tagged: programs that start bare have no capability in a register. */
export function anchor(to: Composer): void {
  if (to.machine.registers(ANCHOR).tag && to.random.odds(7, 8)) return;
  to.put(words.cspecialrw(ANCHOR, 0, to.random.odds(3, 4) ? 1 : 0));
}

/** Bounds at an interesting base and length. */
export function bound(to: Composer): void {
  const { random } = to;
  const cd = to.other(0);
  const source = random.odds(1, 2) ? ANCHOR : to.capability();
  const number = to.other(cd);
  let from = source;
  if (random.odds(2, 3)) {
    constantIn(to, number);
    to.put(words.csetaddr(cd, source, number));
    from = cd;
  }
  if (random.odds(1, 6)) {
    to.put(words.csetboundsimm(cd, from, random.edge(4096)));
  } else {
    lengthIn(to, number);
    const narrow = random.odds(1, 3) ? words.csetboundsexact : words.csetbounds;
    to.put(narrow(cd, from, number));
  }
  if (random.odds(1, 3)) toEdge(to, cd);
}

function lengthIn(to: Composer, rd: number): void {
  if (to.random.odds(1, 8)) to.small(rd, to.random.edge(128));
  else powerIn(to, rd, to.random.pick(EXPONENTS));
}

/** Two capabilities that end at the same place or a byte apart, compared or built from one another. */
export function twins(to: Composer): void {
  const { random } = to;
  const one = to.other(0);
  const number = to.other(one);
  const other = to.otherThanBoth(one, number);
  const length = random.pick([1, 2, 8, 16, 64, 2047]);
  // Half of them end with the address space.
  if (random.odds(1, 2)) to.small(number, -length);
  else constantIn(to, number);
  to.put(words.csetaddr(one, ANCHOR, number));
  to.put(words.csetboundsimm(other, one, length - random.pick([0, 1, 1])));
  to.put(words.csetboundsimm(one, one, length - random.pick([0, 1])));
  const [first, second] = random.odds(1, 2) ? [one, other] : [other, one];
  to.put(
    random.pick([words.ctestsubset, words.ctestsubset, words.cbuildcap, words.csub])(number, first, second),
  );
}

/** Moves a capability to an edge of its bounds, and within a byte of it. */
export function edge(to: Composer): void {
  toEdge(to, to.capability());
}

function toEdge(to: Composer, source: number): void {
  const { random } = to;
  const cd = to.other(source);
  const number = to.other(cd);
  to.put(random.odds(1, 2) ? words.cgettop(number, source) : words.cgetbase(number, source));
  to.put(words.csetaddr(cd, source, number));
  const step = random.pick([0, 0, -1, 1, -8, -16, -2]);
  if (step !== 0) to.put(words.cincoffsetimm(cd, cd, step));
}

/** Moves a capability to where its bounds cease to be representable: the distance follows its exponent. */
export function stray(to: Composer): void {
  const { random } = to;
  const source = to.capability();
  const { bounds } = to.machine.registers(source);
  const exponent = exponentOf(Number(bounds));
  const number = to.other(source);
  powerIn(to, number, Math.min(63, Math.max(0, exponent + random.pick([9, 10, 11, 12, 12, 13, 13, 14]))));
  if (random.odds(1, 4)) to.put(words.sub(number, 0, number));

  const move = random.pick([words.cincoffset, words.cincoffset, words.csetoffset, words.csetaddr]);
  if (move === words.csetaddr) {
    const base = to.other(number);
    to.put(words.cgetbase(base, source));
    to.put(words.add(number, base, number));
  }
  to.put(move(to.other(0), source, number));
}

/**
 * Brings a capability to within a few bytes of where its bounds cease to be representable, and goes on from
 * there.
 */
export function brink(to: Composer): void {
  const { random } = to;
  const source = to.capability();
  const { bounds, base } = to.machine.registers(source);
  const exponent = exponentOf(Number(bounds));
  if (exponent >= ALWAYS_REPRESENTABLE) {
    stray(to);
    return;
  }
  // In units of the bounds' precision: the region begins 256 to 511 of them below the base and has 2048.
  const unit = exponent + 3;
  const below = 256 + Number((base >> BigInt(unit)) & 255n);
  const rest = bounds >> 26n === 0n ? Number(base & 7n) : 0;
  const isLow = random.odds(1, 2);
  const offset = to.other(source);
  to.small(offset, isLow ? -below : 2048 - below);
  to.put(words.slli(offset, offset, unit));
  const beside = random.pick([0, 0, -1, -1, 1, 8, -8, 64, -64]) - rest;
  if (beside !== 0) to.put(words.addi(offset, offset, beside));

  const cd = random.odds(1, 3) ? 2 : to.other(offset);
  if (random.odds(1, 2)) to.put(words.csetoffset(cd, source, offset));
  else {
    to.put(words.cgetbase(cd, source));
    to.put(words.add(offset, offset, cd));
    to.put(words.csetaddr(cd, source, offset));
  }
  if (cd === 2) to.oneOf(stackSteps);
  to.put(words.cincoffsetimm(to.other(cd), cd, isLow ? -random.below(256) : random.below(256)));
}

/** The exponent of an encoded bounds field: kept in the low three bits of T and of B, or 0 without IE. */
function exponentOf(bounds: number): number {
  if (bounds >>> 26 === 0) return 0;
  return (((bounds >>> 14) & 7) << 3) | (bounds & 7);
}

/** A pattern with a few bits of its high half flipped, untagged, and often an attempt to rebuild it. */
export function malform(to: Composer): void {
  const { random } = to;
  const source = to.capability();
  const high = to.other(source);
  const flips = to.other(high);
  to.put(words.cgethigh(high, source));
  for (let times = random.below(2); times >= 0; times--) {
    to.small(flips, random.pick([1, 1, 1, 2, 3, 5, 7]));
    to.put(words.slli(flips, flips, random.below(64)));
    to.put(words.xor(high, high, flips));
  }
  const cd = to.other(high);
  to.put(words.csethigh(cd, source, high));
  if (random.odds(1, 4)) {
    constantIn(to, flips);
    to.put(words.csetaddr(cd, cd, flips));
  }
  if (random.odds(2, 3)) to.put(words.cbuildcap(to.other(0), random.odds(2, 3) ? ANCHOR : 0, cd));
}

/** Rebuilds an untagged copy, with an authority that may lack something. */
export function rebuild(to: Composer): void {
  const { random } = to;
  const source = to.capability();
  const cd = to.other(source);
  to.put(words.ccleartag(cd, source));
  if (random.odds(1, 3)) to.put(words.cincoffsetimm(cd, cd, random.pick([1, 16, -1, -16])));
  to.put(words.cbuildcap(to.other(0), random.pick([ANCHOR, 0, source, to.capability()]), cd));
}

/** Takes one permission away, or all but one, or a random set. */
export function forbid(to: Composer): void {
  withoutPermission(to, to.other(0), to.capability());
}

/** Puts `cd := source with fewer permissions`. */
export function withoutPermission(to: Composer, cd: number, source: number): void {
  const { random } = to;
  const mask = to.other(source);
  const way = random.below(8);
  if (way === 0) powerIn(to, mask, random.below(19));
  else if (way === 1) to.small(mask, random.edge(4096) - 2048);
  // All ones but one of the eleven lowest permissions, which fit an immediate.
  else to.small(mask, ~(1 << random.below(11)));
  to.put(words.candperm(cd, source, mask));
}
