import { ANCHOR, type Composer } from "../composer.ts";
import { type Form, forms, formsNamed } from "../form.ts";
import * as words from "../words.ts";
import { pointerIn, withoutPermission } from "./capability.ts";

const DDC = 1;
const GLOBAL = 1 << 0;
const LOAD_CAP = 1 << 4;
const STORE_CAP = 1 << 5;
const STORE_LOCAL_CAP = 1 << 6;

const accesses = forms.filter(({ size }) => size > 0);
const integers = accesses.filter(({ size }) => size < 16);
const capabilities = accesses.filter(({ size }) => size === 16);
const reserving = formsNamed(/^lr\./);
const conditional = formsNamed(/^sc\.([bhwdc])(\.|$)(ddc|cap)?$/);
const stores = accesses.filter(({ instruction }) =>
  /^(c\.)?(s[bhwd]|amo|sc\.[bhwd]$)/.test(instruction.name),
);
const capabilityStores = formsNamed(/^(sc(\.ddc|\.cap)?|sc\.c(\.ddc|\.cap)?|amoswap\.c|c\.csc(sp)?)$/);

/** One load, store or atomic of integers. */
export function access(to: Composer): void {
  withPointer(to);
  to.oneOf(integers);
  if (to.random.odds(1, 3)) to.oneOf(integers);
}

/** One load, store or atomic of integers, without asking for a pointer. */
export function integersOnce(to: Composer): void {
  to.oneOf(integers);
}

/** One load, store or atomic of capabilities, or of tags. */
export function accessCapability(to: Composer): void {
  withPointer(to);
  to.oneOf(capabilities);
  if (to.random.odds(1, 2)) to.oneOf(capabilities);
}

/** Makes a pointer if none is at hand. */
function withPointer(to: Composer): void {
  if (to.pointer(true) < 0) pointerIn(to, to.random.odds(1, 6) ? 2 : to.other(0));
}

/** A pointer to RAM, found or made. A made one is not there yet: it is put. */
function pointer(to: Composer): number {
  const found = to.pointer(true);
  if (found > 0) return found;
  const made = to.other(0);
  pointerIn(to, made);
  return made;
}

/**
 * A load-reserved and a store-conditional on one address, of the same width or another, with or without
 * steps between.
 */
export function reserve(to: Composer): void {
  const { random } = to;
  to.forced = pointer(to);
  const load = to.among(reserving);
  to.one(load);
  if (random.odds(1, 3)) to.oneOf(random.odds(1, 2) ? stores : integers);
  if (random.odds(1, 8)) to.put(words.cincoffsetimm(to.forced, to.forced, random.pick([1, 8, 16, -16])));
  if (random.odds(1, 8)) {
    // The same low half of the address, outside RAM.
    const far = to.other(to.forced);
    to.small(far, 1);
    to.put(words.slli(far, far, 32 + random.below(8)));
    to.put(words.cincoffset(to.forced, to.forced, far));
  }

  const suits = ({ size }: Form) => size === load.size;
  const store = random.odds(2, 3) ? conditional.filter(suits) : conditional;
  to.one(random.pick(store));
  if (random.odds(1, 4)) to.one(random.pick(store));
  to.forced = -1;
}

/**
 * A capability in memory, an integer store that overlaps its granule at some edge, and a look at what is
 * left.
 */
export function overlap(to: Composer): void {
  const { random } = to;
  const base = pointer(to);
  const moved = to.other(base);
  const value = random.odds(3, 4) ? ANCHOR : to.capability();
  to.put(words.storeCapability(base, value));
  to.put(words.cincoffsetimm(moved, base, random.pick([0, 1, 4, 8, 12, 15, 16, -1, -2, -4, -7, -8])));
  if (random.odds(5, 6)) {
    to.forced = moved;
    to.oneOf(stores);
    to.forced = -1;
  }
  if (random.odds(1, 2)) to.put(words.loadCapability(to.other(base), base));
  else to.put(words.cloadtags(to.other(base), base));
}

/** Stores a capability and loads it back through an authority that lacks something. */
export function strip(to: Composer): void {
  const base = pointer(to);
  to.put(words.storeCapability(base, to.random.odds(1, 2) ? ANCHOR : to.capability()));
  const weak = to.other(base);
  if (to.random.odds(1, 2)) {
    to.small(weak, ~LOAD_CAP);
    to.put(words.candperm(weak, base, weak));
  } else withoutPermission(to, weak, base);
  through(to, weak, base, capabilities, 1);
}

/**
 * Stores a capability that is not global, or through an authority that stores no local ones, or none at all.
 */
export function local(to: Composer): void {
  const { random } = to;
  const base = pointer(to);
  const weak = to.other(base);
  const value = to.otherThanBoth(base, weak);
  to.small(weak, ~(random.odds(3, 4) ? STORE_LOCAL_CAP : STORE_CAP));
  to.put(words.candperm(weak, base, weak));
  to.small(value, ~GLOBAL);
  to.put(words.candperm(value, ANCHOR, value));
  if (random.odds(1, 3)) to.put(words.storeCapability(random.odds(7, 8) ? weak : base, value));
  else through(to, weak, base, capabilityStores, 2);
}

/**
 * Puts accesses that use an authority: as their base register, or as DDC with the address in another
 * register. DDC becomes the root again.
 */
function through(
  to: Composer,
  authority: number,
  address: number,
  list: readonly Form[],
  times: number,
): void {
  const isData = to.random.odds(1, 3);
  if (isData) to.put(words.cspecialrw(0, authority, DDC));
  to.forced = isData ? address : authority;
  for (let i = 0; i < times; i++) to.oneOf(list);
  to.forced = -1;
  if (isData) to.put(words.cspecialrw(0, ANCHOR, DDC));
}

/** The tags of a line. */
export function tags(to: Composer): void {
  const base = pointer(to);
  to.put(words.cloadtags(to.other(base), base));
}

/** An authority with one flaw, used by an access of any kind. */
export function flawed(to: Composer): void {
  const { random } = to;
  const base = pointer(to);
  const weak = to.other(base);
  flawIn(to, weak, base);
  through(to, weak, base, accesses, 1 + random.below(3));
}

/** Puts `cd := source with one thing wrong`. */
export function flawIn(to: Composer, cd: number, source: number): void {
  const { random } = to;
  switch (random.below(6)) {
    case 0:
      to.put(words.ccleartag(cd, source));
      break;
    case 1:
      // The anchor's address is 0: an ordinary object type.
      to.put(random.odds(1, 2) ? words.csealentry(cd, source) : words.cseal(cd, source, ANCHOR));
      break;
    case 2:
      to.put(words.csetboundsimm(cd, source, random.pick([0, 1, 2, 3, 7, 8, 15, 63])));
      break;
    case 3:
      to.put(words.csetboundsimm(cd, source, random.pick([16, 32, 64])));
      to.put(words.cincoffsetimm(cd, cd, random.pick([-1, 1, 8, 16, 63, 64])));
      break;
    default:
      withoutPermission(to, cd, source);
  }
}
