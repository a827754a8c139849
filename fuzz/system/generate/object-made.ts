/** What templates of objects are made of: code, variables and relocations, and a state of one size or another. */
import type { Random } from "../../generate/random.ts";
import type { ObjectSource, Relocation } from "../../sco/writer.ts";
import { objectCode, type Slot } from "./object-code.ts";

export type Template = (random: Random) => ObjectSource;

export const RETURN = "cjalr c0, 0(c1)";
/** Sizes of state: nothing but the variables, and what bounds can hold or must be rounded to. */
const STATE_SIZES = [0, 0, 0, 64, 4080, 4096, 4112, 8192, 8208, 16384, 32784, 65536] as const;

interface Parts {
  readonly code: string;
  readonly exports: readonly string[];
  readonly slots?: readonly Slot[];
  readonly rodata?: Uint8Array;
  /** The variables, with what they begin with. */
  readonly init?: Uint8Array;
  readonly imports?: readonly string[];
  readonly relocations?: readonly Relocation[];
}

export function made(random: Random, parts: Parts): ObjectSource {
  const { code, exports, slots = [], rodata, init, imports = [], relocations = [] } = parts;
  const { text, relocations: inText, labels } = objectCode(code, slots);
  const state = init ?? new Uint8Array();
  const wanted = random.pick(STATE_SIZES);
  return {
    text,
    rodata: rodata ?? new Uint8Array(),
    init: state,
    bss: Math.max(0, wanted - state.length),
    exports: exports.map((name) => ({ name, offset: labels.get(name)! })),
    imports,
    relocations: [...inText, ...relocations],
  };
}

export function words(...values: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(Math.ceil(values.length / 2) * 16);
  const view = new DataView(bytes.buffer);
  for (const [at, value] of values.entries()) view.setBigUint64(8 * at, BigInt(value), true);
  return bytes;
}
