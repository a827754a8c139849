import type { Capability } from "../../../model/contract.ts";
import type { Composer } from "../composer.ts";
import { formsNamed } from "../form.ts";
import * as words from "../words.ts";
import { invoke } from "./sealing.ts";

/** Bits of permissions. */
const GLOBAL = 1 << 0;
const EXECUTE = 1 << 1;
const STORE = 1 << 3;
const UNSEAL = 1 << 9;

const UNSEALED = 0x3ffffn;
const SENTRY = 0x3fffen;

const loads = formsNamed(/^(c\.clc|lc|lc\.cap|lr\.c|lr\.c\.cap)$/);

/** Invokes a sealed pair or a sentry that registers hold, now and then what is neither; makes a pair if there is none. */
export function cross(to: Composer): void {
  const { random } = to;
  const one = find(to, ({ tag, otype }) => tag && otype !== UNSEALED);
  if (one === 0) {
    invoke(to);
    return;
  }
  const { otype } = to.machine.registers(one);
  if (random.odds(otype === SENTRY ? 7 : 1, 8)) {
    to.put(words.jalrCap(random.pick([0, 1]), one));
    return;
  }
  const isCode = allows(to.machine.registers(one), EXECUTE);
  const isAlike = random.odds(3, 4);
  const other = find(
    to,
    (cap) =>
      cap.tag && (isAlike ? cap.otype === otype : cap.otype !== UNSEALED) && allows(cap, EXECUTE) !== isCode,
  );
  to.put(isCode ? words.cinvoke(one, other) : words.cinvoke(other, one));
}

/** Opens something sealed with an authority that may be for it or not; else seals something. */
export function open(to: Composer): void {
  const { random } = to;
  const isEarnest = random.odds(1, 2);
  const key = find(to, (cap) => cap.tag && cap.base < SENTRY && (!isEarnest || allows(cap, UNSEAL)));
  const sealed = find(to, ({ tag, otype }) => tag && otype < SENTRY);
  const number = to.otherThanBoth(sealed, key);
  if (sealed !== 0 && random.odds(3, 4)) {
    if (random.odds(3, 4)) to.put(words.ccopytype(number, key, sealed));
    else to.put(words.cmove(number, key));
    to.put(words.cunseal(to.other(0), sealed, number));
  } else {
    to.put(words.cgetbase(number, key));
    to.put(words.csetaddr(number, key, number));
    if (random.odds(1, 4)) to.put(words.cincoffsetimm(number, number, 1));
    to.put(words.cseal(to.other(key), to.capability(), number));
  }
}

/** Tries to change something sealed. */
export function tamper(to: Composer): void {
  const { random } = to;
  const sealed = find(to, ({ tag, otype }) => tag && otype !== UNSEALED);
  const cd = to.other(sealed);
  const number = to.otherThanBoth(sealed, cd);
  switch (random.below(7)) {
    case 0:
      to.put(words.cincoffsetimm(cd, sealed, random.pick([0, 1, 4, 16, -16])));
      break;
    case 1:
      to.small(number, ~random.pick([GLOBAL, EXECUTE, STORE, UNSEAL]));
      to.put(words.candperm(cd, sealed, number));
      break;
    case 2:
      to.put(words.csetboundsimm(cd, sealed, random.pick([0, 1, 16])));
      break;
    case 3:
      to.small(number, 1);
      to.put(words.csetflags(cd, sealed, number));
      break;
    case 4:
      to.put(words.csealentry(cd, sealed));
      break;
    case 5:
      to.put(words.cbuildcap(cd, to.capability(), sealed));
      break;
    default:
      to.put(words.csetaddr(cd, sealed, to.other(sealed)));
  }
}

/** Asks for just the bounds that a capability has, or for a byte more. */
export function again(to: Composer): void {
  const { random } = to;
  const source = to.capability();
  const cd = to.other(source);
  const length = to.otherThanBoth(source, cd);
  to.put(words.cgetbase(length, source));
  to.put(words.csetaddr(cd, source, length));
  to.put(words.cgetlen(length, source));
  const more = random.pick([0, 0, 1, -1]);
  if (more !== 0) to.put(words.addi(length, length, more));
  to.put(words.csetbounds(cd, cd, length));
}

/** Loads a capability from near the base of a register's bounds, where some of those that were stored are. */
export function recall(to: Composer): void {
  const { random } = to;
  const from = find(to, ({ tag, otype, base }) => tag && otype === UNSEALED && isTagged(to, base));
  const number = to.other(from);
  to.small(number, random.pick([0, 0, 16, 32]));
  to.put(words.csetoffset(number, from === 0 ? to.capability() : from, number));
  if (random.odds(1, 2)) {
    to.put(words.loadCapability(to.other(from), number));
    return;
  }
  to.forced = number;
  to.oneOf(loads);
  to.forced = -1;
}

/** Whether a granule in RAM begins at this address and has a tag. */
function isTagged({ machine }: Composer, address: bigint): boolean {
  const at = address - machine.ramBase;
  return at >= 0n && at < BigInt(machine.ramSize) && machine.tagAt(address);
}

/** A register that holds such a capability, 0 if there is none. */
function find({ machine, random }: Composer, suits: (cap: Capability) => boolean): number {
  const first = random.below(32);
  for (let times = 0; times < 32; times++) {
    const register = (first + times) & 31;
    if (suits(machine.registers(register))) return register;
  }
  return 0;
}

function allows({ perms }: Capability, permission: number): boolean {
  return (Number(perms) & permission) !== 0;
}
