/** Products that WebAssembly has no instruction for. */
import { add, and, isZero, mul, shl, shrU, sub, xor } from "../wasm/arithmetic.ts";
import { type Code, type FunctionRef, i64, type Local, type Statement } from "../wasm/code.ts";
import { br, loop, set, when } from "../wasm/control.ts";
import type { Build } from "./build.ts";

type Product = FunctionRef<readonly ["i64", "i64"], "i64">;

export interface Products {
  /** High 64 bits of the product of two unsigned factors. */
  readonly mulHigh: Product;
  /** Low and high 64 bits of a product without carries. */
  readonly clmul: Product;
  readonly clmulHigh: Product;
}

export function defineProducts({ module }: Build): Products {
  return {
    mulHigh: module.func("mul_high", ["i64", "i64"], "i64", (locals, a, b) => {
      const [cross, carry] = [locals.i64(), locals.i64()];
      const low = (value: Code<"i64">) => and(value, 0xffff_ffffn);
      const high = (value: Code<"i64">) => shrU(value, 32n);
      return [
        set(cross, add(mul(high(a), low(b)), high(mul(low(a), low(b))))),
        set(carry, add(mul(low(a), high(b)), low(cross))),
        add(add(mul(high(a), high(b)), high(cross)), high(carry)),
      ];
    }),
    clmul: module.func("clmul", ["i64", "i64"], "i64", (locals, a, b) => {
      const sum = locals.i64();
      return [...eachBit(locals.i64(), sum, b, (index) => shl(a, index)), sum];
    }),
    clmulHigh: module.func("clmul_high", ["i64", "i64"], "i64", (locals, a, b) => {
      const sum = locals.i64();
      // Shifting by 64 - index in two steps gives 0 for index 0.
      const shifted = (index: Code<"i64">) => shrU(shrU(a, 1n), sub(i64(63n), index));
      return [...eachBit(locals.i64(), sum, b, shifted), sum];
    }),
  };
}

/** `sum` := exclusive or of term(index) over the ones of `bits`. */
function eachBit(
  index: Local<"i64">,
  sum: Local<"i64">,
  bits: Code<"i64">,
  term: (index: Code<"i64">) => Code<"i64">,
): Statement[] {
  return [
    set(index, i64(0n)),
    set(sum, i64(0n)),
    loop((again) => [
      set(sum, xor(sum, and(term(index), sub(i64(0n), and(shrU(bits, index), 1n))))),
      set(index, add(index, 1n)),
      when(isZero(shrU(index, 6n)), [br(again)]),
    ]),
  ];
}
