import { ANCHOR, type Composer } from "../composer.ts";
import { formsNamed } from "../form.ts";
import * as words from "../words.ts";
import { flawIn, integersOnce } from "./memory.ts";

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
