import type { Composer } from "../composer.ts";
import { forms } from "../form.ts";

const compressed = forms.filter(({ instruction }) => instruction.length === 2);

/** Any instruction at all. */
export function any(to: Composer): void {
  to.oneOf(forms);
}

/** Any 16-bit instruction, of either mode. */
export function squeeze(to: Composer): void {
  to.oneOf(compressed);
}

/** A word one bit away from a legal one. */
export function nearLegal(to: Composer): void {
  const { random } = to;
  to.one(random.pick(forms));
  const word = to.takeBack();
  const width = (word & 3) === 3 ? 32 : 16;
  to.put((word ^ (1 << random.below(width))) >>> 0);
}

/** Random bits: 16, 32, or 32 under the opcode of capability instructions. */
export function garbage(to: Composer): void {
  const { random } = to;
  const bits = random.next();
  if (random.odds(1, 2)) {
    // funct3 0 and funct7 0x7f hold the most instructions.
    const funct7 = random.odds(1, 2) ? 0xfe00_0000 : bits & 0xfe00_0000;
    to.put(((bits & 0x01ff_8f80) | 0x5b | funct7) >>> 0);
  } else to.put(random.odds(1, 2) ? bits & 0xffff : bits);
}
