import { ANCHOR, type Composer } from "../composer.ts";
import { forms, formsNamed } from "../form.ts";
import * as words from "../words.ts";
import { flawIn } from "./memory.ts";
import { invoke } from "./sealing.ts";

const MTCC = 28;
const MEPCC = 31;
const MISA = 0x301;
const MISA_C = 4;
const MSTATUS = 0x300;
const MTVEC = 0x305;

const branches = formsNamed(/^(c\.)?(b(eq|ne|lt|ge|ltu|geu|eqz|nez)|j|jal|cjal)$/);
const jumps = formsNamed(/^(c\.)?(jr|jalr|cjalr|cjr|jalr\.cap|jalr\.pcc)$/);
const fences = formsNamed(/^fence\.i$/);
const calls = formsNamed(/^(ecall|ebreak|c\.ebreak|wfi|fence|fence\.i|mret)$/);

/** A branch or a direct jump, with whatever the registers hold. */
export function branch(to: Composer): void {
  to.oneOf(branches);
}

/** A jump to wherever a register points. */
export function jump(to: Composer): void {
  const { random } = to;
  const target = to.other(0);
  if (random.odds(1, 2) && !to.isFetched) to.put(words.auipc(target, 0));
  else to.here(target);
  to.put(words.cincoffsetimm(target, target, random.pick([0, 8, 16, 16, 2, 1, -4])));
  to.forced = target;
  to.oneOf(jumps);
  to.forced = -1;
}

/** A jump to a code capability with one thing wrong. */
export function jumpFlawed(to: Composer): void {
  const target = to.other(0);
  to.here(target);
  flawIn(to, target, target);
  to.forced = target;
  to.oneOf(jumps);
  to.forced = -1;
}

/** Goes on in the other encoding mode. */
export function switchMode(to: Composer): void {
  const target = to.other(0);
  const flag = to.other(target);
  const isCapabilityMode = to.machine.capabilityMode();
  to.here(target);
  if (!isCapabilityMode) to.small(flag, 1);
  to.put(words.csetflags(target, target, isCapabilityMode ? 0 : flag));
  to.put(words.jalrCap(to.random.pick([0, 1]), target));
}

/** Goes on with fewer bounds or permissions in PCC. */
export function narrowCode(to: Composer): void {
  const { random } = to;
  const target = to.other(0);
  const number = to.other(target);
  to.here(target);
  if (random.odds(1, 2)) {
    // Without access to system registers, or without a permission that code does not need.
    to.small(number, ~(1 << random.pick([10, 10, 10, 2, 3, 0])));
    to.put(words.candperm(target, target, number));
  } else {
    to.put(words.csetboundsimm(target, target, random.pick([2, 4, 6, 8, 16, 64, 4095])));
  }
  to.put(words.jalrCap(random.pick([0, 0, 1]), target));
  if (random.odds(1, 2)) to.oneOf(branches);
}

/** A trap vector: most often a good one. */
export function vector(to: Composer): void {
  const { random } = to;
  const target = to.other(0);
  const number = to.other(target);
  to.put(words.lui(number, 0x40000 + (to.isFetched ? 0 : random.pick([0, 0, 0x100]))));
  to.put(words.slli(number, number, 1));
  // Fetched code is short: its handler begins close behind, in the way of the rest.
  const offset = (to.isFetched ? random.pick([0x40, 0x80, 0x100]) : 0) + random.pick([0, 0, 0, 0, 1, 2, 3]);
  if (offset !== 0) to.put(words.addi(number, number, offset));
  if (random.odds(1, 4)) {
    to.put(words.csrrw(random.pick([0, target]), number, MTVEC));
    return;
  }
  to.put(words.csetaddr(target, ANCHOR, number));
  if (to.wantsCapabilityMode === random.odds(7, 8)) {
    to.small(number, 1);
    to.put(words.csetflags(target, target, number));
  }
  if (random.odds(1, 16)) flawIn(to, target, target);
  to.put(words.cspecialrw(random.pick([0, number]), target, MTCC));
}

/** Returns from a trap that may not have happened: to machine or user mode, to a good target or another. */
export function comeBack(to: Composer): void {
  const { random } = to;
  const target = to.other(0);
  const number = to.other(target);
  if (random.odds(2, 3)) {
    if (random.odds(2, 3)) to.here(target);
    else to.put(words.cmove(target, ANCHOR));
    if (random.odds(1, 4)) to.put(words.cincoffsetimm(target, target, random.pick([1, 2, 3, 16])));
    if (random.odds(1, 4)) to.put(words.csealentry(target, target));
    else if (random.odds(1, 8)) flawIn(to, target, target);
    to.put(words.cspecialrw(0, target, MEPCC));
  }
  if (random.odds(1, 2)) {
    // Machine mode is 3, which lui and addi make of 2 and 1; 1 and 2 alone are not kept.
    to.put(words.lui(number, 2));
    if (random.odds(3, 4)) to.put(words.addi(number, number, -0x800));
    to.put(words.csrrs(0, number, MSTATUS));
  }
  to.put(words.mret);
}

/** Returns behind the instruction that trapped: for the beginning of a handler. */
export function skipTrap(to: Composer): void {
  const target = to.other(0);
  to.put(words.cspecialrw(target, 0, MEPCC));
  to.put(words.cincoffsetimm(target, target, to.random.pick([4, 4, 4, 2])));
  to.put(words.cspecialrw(0, target, MEPCC));
  to.put(words.mret);
}

/** Goes on in user mode, at the next instruction. */
export function enterUserMode(to: Composer): void {
  const target = to.other(0);
  const mpp = to.other(target);
  to.put(words.lui(mpp, 2));
  to.put(words.addi(mpp, mpp, -0x800));
  to.put(words.csrrc(0, mpp, MSTATUS));
  to.here(target);
  to.put(words.cspecialrw(0, target, MEPCC));
  to.put(words.mret);
}

/** Calls, breakpoints, fences, waits and returns. */
export function call(to: Composer): void {
  to.oneOf(calls);
}

/** Writes an instruction over code that was executed or will be: a word near pc, on either side. */
export function patch(to: Composer): void {
  const { random } = to;
  const address = to.other(0);
  const word = to.other(address);
  to.one(random.pick(forms));
  const patched = to.takeBack();
  const low = (patched << 20) >> 20;
  to.put(words.auipc(address, 0));
  to.put(words.lui(word, ((patched - low) >>> 12) & 0xfffff));
  to.put(words.addi(word, word, low));
  const distance = random.pick([16, 20, 24, 32, 2, -4, -8, -16, -32, -64]);
  to.put(random.odds(3, 4) ? words.sw(word, address, distance) : words.sh(word, address, distance));
  if (random.odds(1, 4)) to.oneOf(fences);
}

/** A stretch without compressed instructions: odd halfwords are no targets there. */
export function uncompressed(to: Composer): void {
  const { random } = to;
  to.put(words.csrrci(0, MISA_C, MISA));
  if (random.odds(1, 8)) invoke(to);
  const target = to.other(0);
  to.here(target);
  to.put(words.cincoffsetimm(target, target, random.pick([2, 2, 2, 6, 8])));
  to.forced = target;
  to.oneOf(random.odds(1, 2) ? jumps : branches);
  to.forced = -1;
  if (random.odds(3, 4)) to.put(words.csrrsi(0, MISA_C, MISA));
}
