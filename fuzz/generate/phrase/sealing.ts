import { ANCHOR, type Composer } from "../composer.ts";
import * as words from "../words.ts";
import { withoutPermission } from "./capability.ts";

/** The lowest of the otypes that are tried near the reserved values, from 2^18 down. */
const RESERVED_NEAR = 6;
/** Bits of permissions. */
const GLOBAL = 0;
const EXECUTE = 1;
const SEAL = 7;
const UNSEAL = 9;

/** Puts `rd := an object type`: a small one, or one near the reserved values. */
function otypeIn(to: Composer, rd: number): void {
  const { random } = to;
  if (random.odds(2, 3)) {
    to.small(rd, random.pick([0, 1, 2, 5, 31]));
    return;
  }
  to.put(words.lui(rd, 0x40));
  to.put(words.addi(rd, rd, -random.below(RESERVED_NEAR + 1)));
}

/** Puts `cd := an authority to seal and unseal with one object type`, sometimes with exactly its bounds. */
function sealerIn(to: Composer, cd: number): void {
  const number = to.other(cd);
  otypeIn(to, number);
  to.put(words.csetaddr(cd, ANCHOR, number));
  if (to.random.odds(1, 3)) to.put(words.csetboundsimm(cd, cd, to.random.pick([1, 1, 0, 2])));
}

/** Seals something, and sometimes opens it again with the same or another authority. */
export function seal(to: Composer): void {
  const { random } = to;
  const sealer = to.other(0);
  const source = to.capability();
  sealerIn(to, sealer);
  if (random.odds(1, 6)) withoutPermission(to, sealer, sealer);
  const cd = to.other(sealer);
  to.put(random.odds(1, 4) ? words.ccseal(cd, source, sealer) : words.cseal(cd, source, sealer));
  if (random.odds(1, 6)) to.put(words.cincoffsetimm(sealer, sealer, random.pick([1, -1])));
  if (random.odds(1, 2)) {
    if (random.odds(1, 3)) {
      const mask = to.otherThanBoth(cd, sealer);
      to.small(mask, ~(1 << random.pick([UNSEAL, UNSEAL, SEAL, GLOBAL])));
      to.put(words.candperm(sealer, sealer, mask));
    }
    to.put(words.cunseal(to.other(sealer), cd, sealer));
  }
}

/** Copies an object type into an address, rebuilds a sealed pattern and seals it again. */
export function reseal(to: Composer): void {
  const { random } = to;
  const sealed = to.capability();
  const number = to.other(sealed);
  const pattern = to.other(number);
  to.put(words.ccopytype(number, ANCHOR, sealed));
  to.put(random.odds(1, 2) ? words.cbuildcap(pattern, ANCHOR, sealed) : words.cmove(pattern, sealed));
  to.put(words.ccseal(to.other(0), pattern, number));
}

/** A sentry, and sometimes a jump to it. */
export function sentry(to: Composer): void {
  const { random } = to;
  const cd = to.other(0);
  const source = random.odds(1, 2) ? to.capability() : cd;
  if (source === cd) to.here(cd);
  to.put(words.csealentry(cd, source));
  if (random.odds(1, 3)) to.put(words.cincoffsetimm(cd, cd, 0));
  if (random.odds(1, 2)) to.put(words.jalrCap(random.pick([0, 1, 1, to.register()]), cd));
}

/** Code and data sealed with one type and invoked; one time in three with a flaw. */
export function invoke(to: Composer): void {
  const { random } = to;
  const code = to.other(0);
  const data = to.other(code);
  const sealer = to.otherThanBoth(code, data);
  const mask = sealer;

  if (random.odds(3, 4)) to.here(code);
  else to.put(words.cmove(code, ANCHOR));
  if (random.odds(1, 4)) to.put(words.csetboundsimm(code, code, random.pick([0, 1, 2, 4, 64])));
  if (random.odds(1, 8)) to.put(words.cincoffsetimm(code, code, random.pick([2, 2, 1, -2])));
  to.small(mask, ~(1 << EXECUTE));
  to.put(words.candperm(data, ANCHOR, mask));
  sealerIn(to, sealer);

  const flaw = random.odds(1, 3) ? random.below(8) : -1;
  if (flaw === 0) withoutPermission(to, code, code);
  if (flaw === 1) withoutPermission(to, data, data);
  if (flaw === 2) to.put(words.cmove(data, ANCHOR));
  to.put(words.cseal(code, code, sealer));
  if (flaw === 3) to.put(words.cincoffsetimm(sealer, sealer, 1));
  if (flaw !== 4) to.put(words.cseal(data, data, sealer));
  if (flaw === 5) to.put(words.ccleartag(code, code));
  if (flaw === 6) to.put(words.ccleartag(data, data));
  if (flaw === 7) to.put(words.csealentry(code, ANCHOR));
  to.put(words.cinvoke(code, data));
}
