import { ANCHOR, type Composer } from "../composer.ts";
import { formsNamed } from "../form.ts";
import * as words from "../words.ts";
import { constantIn } from "./integer.ts";
import { flawIn, integersOnce } from "./memory.ts";

const MTCC = 28;
const MEPCC = 31;
const MTVEC = 0x305;
const MEPC = 0x341;
const DDC = 1;
const PCC = 0;

const csrs = formsNamed(/^csrr/);
const specials = formsNamed(/^cspecialrw$/);
const clears = formsNamed(/^cclear$/);

/** One CSR access. */
export function csr(to: Composer): void {
  to.oneOf(csrs);
}

/** A chain of special register exchanges: values wander through them. */
export function special(to: Composer): void {
  for (let times = to.random.below(3); times >= 0; times--) to.oneOf(specials);
}

/** Gives xTCC or xEPCC a capability with bounds or a seal, then another address through its CSR. */
export function view(to: Composer): void {
  const { random } = to;
  const cap = to.other(0);
  const number = to.other(cap);
  const [scr, csr] = random.odds(1, 3) ? [MTCC, MTVEC] : [MEPCC, MEPC];
  const before = to.otherThanBoth(cap, number);
  const way = random.below(3);
  if (way === 0) to.put(words.csealentry(cap, ANCHOR));
  else if (way === 1) to.put(words.csetboundsimm(cap, ANCHOR, random.below(4096)));
  else to.put(words.cmove(cap, to.capability()));
  to.put(words.cspecialrw(before, cap, scr));
  constantIn(to, number);
  to.put(words.csrrw(0, number, csr));
  to.put(words.cspecialrw(number, before, scr));
}

/** Clears registers, DDC among them. */
export function clear(to: Composer): void {
  to.oneOf(clears);
}

/** A DDC with one thing wrong or with bounds, some accesses under it, and most often the root again. */
export function narrowData(to: Composer): void {
  const { random } = to;
  const weak = to.other(0);
  const source = to.pointer(true);
  if (random.odds(2, 3)) flawIn(to, weak, source > 0 ? source : ANCHOR);
  else to.put(words.cmove(weak, to.capability()));
  to.put(words.cspecialrw(0, weak, DDC));
  for (let times = random.below(3); times >= 0; times--) integersOnce(to);
  if (random.odds(3, 4)) to.put(words.cspecialrw(0, ANCHOR, DDC));
}

/** DDC back to the root, from wherever there is one. */
export function restoreData(to: Composer): void {
  to.put(words.cspecialrw(ANCHOR, 0, PCC));
  to.put(words.cspecialrw(0, ANCHOR, DDC));
}

/** Reads a register back: its tag, its high half. */
export function readBack(to: Composer): void {
  const source = to.register();
  to.put(
    to.random.odds(1, 2) ? words.cgettag(to.other(source), source) : words.cgethigh(to.other(source), source),
  );
}
