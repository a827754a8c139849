import { ANCHOR, type Composer } from "../composer.ts";
import * as words from "../words.ts";

const DDC = 1;
const MTCC = 28;
const MSCRATCHC = 30;
/** Special registers that are roots after a reset and that only other system code would use: STCC, SEPCC, MEPCC. */
const IDLE_ROOTS = [12, 15, 31];

/** Bits of permissions. */
const GLOBAL = 1 << 0;
const EXECUTE = 1 << 1;
const LOAD = 1 << 2;
const STORE = 1 << 3;
const LOAD_CAP = 1 << 4;
const STORE_CAP = 1 << 5;
const SEAL = 1 << 7;
const INVOKE = 1 << 8;
const UNSEAL = 1 << 9;
const SYSTEM = 1 << 10;

/** Halves of addresses in RAM, without their low 12 bits: the code and data, other data beyond, what is out of reach. */
const CODE = 0x40000;
const DATA = 0x40001;
const MORE_DATA = 0x40010;
const FAR = 0x40000 + 1023;
/** Of the code, without its low 12 bits: 64 KiB. */
const CODE_SIZE = 0x10;
/** Registers for numbers, which no phrase prefers. */
const NUMBER = 6;
const OTHER_NUMBER = 7;

/** The most words that `confine` puts. */
export const CONFINEMENT_WORDS = 65;

/** Registers that receive what the confined code may hold. */
interface Kept {
  readonly data: number;
  readonly code: number;
  readonly sealer: number;
  /** Data of a sealed pair. */
  readonly sealedData: number;
  readonly sealedCode: number;
  readonly sentry: number;
}

/**
 * Leaves everything behind but a few narrow capabilities, and goes on under a narrow PCC: code, data, an authority to
 * seal, a sealed pair, a sentry; some of them also in memory. Every root but one that is out of reach is gone then,
 * and most often access to system registers too. For machine and integer mode, with PCC still a root.
 */
export function confine(to: Composer): void {
  const { random, keepsSystem } = to;
  const kept = choose(to);
  const isSealed = random.odds(3, 4);
  if (!to.machine.registers(ANCHOR).tag) to.put(words.cspecialrw(ANCHOR, 0, DDC));
  windowIn(to, kept.data, DATA, random.pick([64, 128, 256, 4095]));
  codeIn(to, kept, keepsSystem);
  if (isSealed) sealIn(to, kept);
  without(
    to,
    kept.code,
    random.pick([0, STORE | STORE_CAP, LOAD | STORE | LOAD_CAP | STORE_CAP]) | SEAL | UNSEAL,
  );
  if (random.odds(3, 4)) fill(to, kept);
  const lost = random.pick([0, 0, EXECUTE, GLOBAL, LOAD_CAP, STORE_CAP]);
  without(to, kept.data, lost | SYSTEM | SEAL | UNSEAL);
  specials(to, kept, keepsSystem);

  const anchor = random.below(4);
  if (anchor < 2) to.put(words.cmove(ANCHOR, kept.data));
  if (anchor === 2) wide(to);
  leave(to, kept, anchor !== 3);
  enter(to, kept.code);
}

/** Six of the registers that phrases prefer, or others if those are too few. */
function choose(to: Composer): Kept {
  const taken: number[] = [];
  for (let tries = 0; taken.length < 6; tries++) {
    const register = tries < 16 ? to.other(0) : 8 + (tries & 7);
    const isTaken = taken.includes(register) || [ANCHOR, NUMBER, OTHER_NUMBER].includes(register);
    if (!isTaken) taken.push(register);
  }
  const [data, code, sealer, sealedData, sealedCode, sentry] = taken as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  return { data, code, sealer, sealedData, sealedCode, sentry };
}

/** Puts `cd := length bytes from a page on`. */
function windowIn(to: Composer, cd: number, page: number, length: number): void {
  addressIn(to, page);
  to.put(words.csetaddr(cd, ANCHOR, NUMBER));
  to.put(words.csetboundsimm(cd, cd, length));
}

function addressIn(to: Composer, page: number): void {
  to.put(words.lui(NUMBER, page));
  to.put(words.slli(NUMBER, NUMBER, 1));
}

/** The code, and a sentry to it that may do more than the code will. */
function codeIn(to: Composer, { code, sentry }: Kept, keepsSystem: boolean): void {
  addressIn(to, CODE);
  to.put(words.csetaddr(code, ANCHOR, NUMBER));
  to.put(words.lui(OTHER_NUMBER, CODE_SIZE));
  to.put(words.csetbounds(code, code, OTHER_NUMBER));
  if (!keepsSystem) without(to, code, SYSTEM);
  to.put(words.csealentry(sentry, code));
}

/** An authority for one otype or a few, and code and data sealed with it, most often with the same one. */
function sealIn(to: Composer, { code, sealer, sealedData, sealedCode }: Kept): void {
  const { random } = to;
  to.small(NUMBER, random.pick([0, 1, 2, 2, 5, 31]));
  to.put(words.csetaddr(sealer, ANCHOR, NUMBER));
  to.put(words.cseal(sealedCode, code, sealer));
  if (random.odds(1, 4)) to.put(words.cincoffsetimm(sealer, sealer, 1));
  to.put(words.csetboundsimm(sealer, sealer, random.pick([1, 1, 2, 4])));
  windowIn(to, sealedData, MORE_DATA, random.pick([16, 256, 4095]));
  without(to, sealedData, random.pick([0, 0, 0, INVOKE]) | EXECUTE | SYSTEM | SEAL | UNSEAL);
  const isSentry = random.odds(1, 8);
  to.put(isSentry ? words.csealentry(sealedData, sealedData) : words.cseal(sealedData, sealedData, sealer));
  const lost = random.pick([0, UNSEAL, UNSEAL, SEAL, SEAL | UNSEAL, GLOBAL]);
  if (lost !== 0) without(to, sealer, lost | SYSTEM);
}

/** A few capabilities in memory that stays reachable, some of them local, and a root where nothing leads. */
function fill(to: Composer, kept: Kept): void {
  const { random } = to;
  const stored = [kept.sealer, kept.sealedData, kept.sentry, kept.code];
  for (let times = random.below(3); times >= 0; times--) {
    to.put(words.storeCapability(kept.data, random.pick(stored)));
    to.put(words.cincoffsetimm(kept.data, kept.data, 16));
  }
  if (random.odds(1, 2)) {
    to.small(NUMBER, ~GLOBAL);
    to.put(words.candperm(OTHER_NUMBER, random.pick(stored), NUMBER));
    to.put(words.storeCapability(kept.data, OTHER_NUMBER));
  }
  if (random.odds(1, 2)) {
    addressIn(to, FAR);
    to.put(words.csetaddr(OTHER_NUMBER, ANCHOR, NUMBER));
    to.put(words.storeCapability(OTHER_NUMBER, ANCHOR));
  }
}

function specials(to: Composer, kept: Kept, keepsSystem: boolean): void {
  const { random } = to;
  const { data, code, sealer, sealedData, sealedCode } = kept;
  to.put(words.cspecialrw(0, random.pick([data, data, data, code]), DDC));
  // The handler of fetched code must be able to return.
  if (!to.isFetched && random.odds(7, 8)) {
    to.put(words.cspecialrw(0, random.odds(1, 16) ? sealedCode : code, MTCC));
  }
  if (!keepsSystem && random.odds(3, 4)) return;
  for (const scr of IDLE_ROOTS)
    to.put(words.cspecialrw(0, random.pick([data, code, sealer, sealedCode]), scr));
  if (random.odds(1, 2)) to.put(words.cspecialrw(0, random.pick([sealedData, sealer]), MSCRATCHC));
}

/** The first 4 GiB, RAM and all otypes among them, without access to system registers. */
function wide(to: Composer): void {
  to.small(NUMBER, 1);
  to.put(words.slli(NUMBER, NUMBER, 32));
  to.put(words.csetbounds(ANCHOR, ANCHOR, NUMBER));
  without(to, ANCHOR, SYSTEM | to.random.pick([0, SEAL, UNSEAL, LOAD_CAP, LOAD_CAP]));
}

/** Puts `cd := cd without these permissions`, none of them above bit 10. */
function without(to: Composer, cd: number, permissions: number): void {
  to.small(NUMBER, ~permissions);
  to.put(words.candperm(cd, cd, NUMBER));
}

/** Makes all other registers null. The code always stays until it is entered. */
function leave(to: Composer, kept: Kept, keepsAnchor: boolean): void {
  // DDC, in the place of c0, stays most often.
  let stays = to.random.odds(7, 8) ? 1 : 0;
  if (keepsAnchor) stays |= 1 << ANCHOR;
  for (const register of Object.values(kept) as number[]) {
    if (register === kept.code || to.random.odds(5, 6)) stays |= 1 << register;
  }
  for (let quarter = 0; quarter < 4; quarter++) {
    to.put(words.cclear(quarter, ~(stays >>> (8 * quarter)) & 0xff));
  }
}

/** Goes on at the next instruction. A link would be a sentry that opens everything again: seldom. */
function enter(to: Composer, code: number): void {
  const { random } = to;
  const isCapabilityMode = to.wantsCapabilityMode;
  to.put(words.auipc(NUMBER, 0));
  to.put(words.csetaddr(code, code, NUMBER));
  to.put(words.cincoffsetimm(code, code, isCapabilityMode ? 24 : 16));
  if (isCapabilityMode) {
    to.small(NUMBER, 1);
    to.put(words.csetflags(code, code, NUMBER));
  }
  to.put(words.jalrCap(random.pick([0, 0, 0, 0, 0, 0, 0, 1]), code));
}
