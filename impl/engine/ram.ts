/**
 * RAM beside its bytes, and the reset that clears it: a byte for each 16-byte granule, the pages written since the last reset, and the operations
 * decoded from it.
 */
import { add, and, isZero, ltU, mul, ne, or, shl, shrU, sub } from "../wasm/arithmetic.ts";
import { type Code, type FunctionRef, i32, type Local, type Operand, type Statement } from "../wasm/code.ts";
import { block, br, brIf, call, loop, set, when } from "../wasm/control.ts";
import { copy, fill, load8u, load32, load64, store8, store16, store32 } from "../wasm/memory.ts";
import type { Build } from "./build.ts";
import {
  granule,
  HART_AT,
  HART_BYTES,
  type Layout,
  OPERATION_BYTES,
  PAGE_SHIFT,
  RESETS_AT,
  state,
} from "./layout.ts";

/** Operations decoded from one granule. */
const PER_GRANULE = 8;
const PAGE_BYTES = 1 << PAGE_SHIFT;
const GRANULES_PER_PAGE = PAGE_BYTES / 16;

export interface RamFunctions {
  /** (at, size): before up to 64 bytes at `at` change: see MachineFunctions.touch. */
  readonly touch: FunctionRef<readonly ["i32", "i32"], "void">;
  /** (at): before operations are decoded from the granule of `at`. */
  readonly markCode: FunctionRef<readonly ["i32"], "void">;
  /** (): RAM as at the start. Costs as much as was written since the last time. */
  readonly clear: FunctionRef<readonly [], "void">;
  /** (preset): the whole machine as after a reset; the preset is a position in RESET_PRESETS. */
  readonly reset: FunctionRef<readonly ["i32"], "void">;
}

/** Address of the granule byte of a byte of RAM, both in linear memory. */
export function granuleOf(layout: Layout, at: Code<"i32">): Code<"i32"> {
  return add(shrU(sub(at, layout.ramAt), 4), layout.granulesAt);
}

export function defineRam({ module, layout }: Build): RamFunctions {
  const dropCode = module.func("drop_code", ["i32"], "void", (_, number) => [
    store32(0, state.stale, 1),
    // The halfword before the granule may hold an instruction that reaches into it.
    when(
      number,
      layout.operationsAt.map((table) => forget(table, sub(shl(number, 3), 1))),
    ),
    ...layout.operationsAt.flatMap((table) =>
      Array.from({ length: PER_GRANULE }, (_none, index) => forget(table, shl(number, 3), index)),
    ),
  ]);

  const touchPage = module.func("touch_page", ["i32"], "void", (locals, number) => {
    const at = locals.i32();
    const count = locals.i32();
    return [
      set(count, load32(state.touchedCount)),
      store32(add(shl(count, 2), layout.touchedPagesAt), 0, number),
      store32(state.touchedCount, 0, add(count, 1)),
      set(at, add(shl(number, PAGE_SHIFT - 4), layout.granulesAt)),
      fill(at, granule.touched, GRANULES_PER_PAGE),
    ];
  });

  const touchGranule = module.func("touch_granule", ["i32"], "void", (locals, at) => {
    const byte = locals.i32();
    const number = sub(at, layout.granulesAt);
    return [
      set(byte, load8u(at)),
      when(isZero(byte), [call(touchPage, shrU(number, PAGE_SHIFT - 4))]),
      when(and(byte, granule.code), [call(dropCode, number)]),
      store8(at, 0, granule.touched),
    ];
  });

  const touch = module.func("touch", ["i32", "i32"], "void", (locals, at, size) => {
    const next = locals.i32();
    const last = locals.i32();
    return [
      set(next, granuleOf(layout, at)),
      set(last, granuleOf(layout, add(at, sub(size, 1)))),
      loop((again) => [
        when(ne(load8u(next), granule.touched), [call(touchGranule, next)]),
        when(ltU(next, last), [set(next, add(next, 1)), br(again)]),
      ]),
    ];
  });

  const markCode = module.func("mark_code", ["i32"], "void", (locals, at) => {
    const byteAt = locals.i32();
    return [
      set(byteAt, granuleOf(layout, at)),
      when(isZero(load8u(byteAt)), [call(touchPage, shrU(sub(byteAt, layout.granulesAt), PAGE_SHIFT - 4))]),
      store8(byteAt, 0, or(load8u(byteAt), granule.code)),
    ];
  });

  const clearPage = module.func("clear_page", ["i32"], "void", (locals, number) => {
    const at = locals.i32();
    const end = locals.i32();
    return [
      fill(add(shl(number, PAGE_SHIFT), layout.ramAt), 0, PAGE_BYTES),
      set(at, add(shl(number, PAGE_SHIFT - 4), layout.granulesAt)),
      set(end, add(at, GRANULES_PER_PAGE)),
      dropCodeIn(at, end, layout, dropCode),
      fill(sub(end, GRANULES_PER_PAGE), 0, GRANULES_PER_PAGE),
    ];
  });

  const clear = module.func("clear_ram", [], "void", (locals) => {
    const left = locals.i32();
    return [
      set(left, load32(state.touchedCount)),
      block((done) => [
        loop((again) => [
          brIf(done, isZero(left)),
          set(left, sub(left, 1)),
          call(clearPage, load32(shl(left, 2), layout.touchedPagesAt)),
          br(again),
        ]),
      ]),
      store32(state.touchedCount, 0, 0),
    ];
  });
  const reset = module.func("reset", ["i32"], "void", (_, preset) => [
    call(clear),
    copy(HART_AT, add(mul(preset, HART_BYTES), RESETS_AT), HART_BYTES),
  ]);
  return { touch, markCode, clear, reset };
}

/** Eight granules at a time: most of them hold no code. */
function dropCodeIn(
  at: Local<"i32">,
  end: Local<"i32">,
  layout: Layout,
  dropCode: FunctionRef<readonly ["i32"], "void">,
): Statement {
  const codes = BigInt(granule.code) * 0x0101_0101_0101_0101n;
  return loop((again) => [
    when(ne(and(load64(at), codes), 0n), [
      ...Array.from({ length: 8 }, (_none, index) =>
        when(and(load8u(at, index), granule.code), [call(dropCode, add(sub(at, layout.granulesAt), index))]),
      ),
    ]),
    set(at, add(at, 8)),
    when(ltU(at, end), [br(again)]),
  ]);
}

/** Makes a decoded operation "not decoded yet", by the number of its halfword. */
function forget(table: number, halfword: Operand<"i32">, after = 0): Statement {
  return store16(
    add(shl(typeof halfword === "number" ? i32(halfword) : halfword, Math.log2(OPERATION_BYTES)), table),
    after * OPERATION_BYTES,
    0,
  );
}
