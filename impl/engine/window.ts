/**
 * Windows: what PCC and DDC allow within RAM, worked out once when they change, so that each fetch, jump and access
 * costs one subtraction and one comparison. Whatever a window refuses is checked again exactly, in the manual's order.
 */
import {
  add,
  and,
  eq,
  extendU,
  geU,
  gtU,
  isZero,
  ltU,
  ne,
  or,
  shl,
  shrU,
  sub,
  wrap,
} from "../wasm/arithmetic.ts";
import {
  type Code,
  type FunctionRef,
  i32,
  i64,
  type Local,
  type Operand,
  type Statement,
} from "../wasm/code.ts";
import { call, choose, ret, select, set, when } from "../wasm/control.ts";
import { load16u, load32, load64, store32, store64 } from "../wasm/memory.ts";
import type { Locals } from "../wasm/module.ts";
import { capabilityValue, contains, inRam } from "./access.ts";
import type { Build } from "./build.ts";
import { capabilityCause, cause } from "./cause.ts";
import { DDC_AT, field, flag, type Layout, OPERATION_BYTES, PCC_AT, RAM_BASE, state } from "./layout.ts";
import type { CapabilityFunctions, MachineFunctions } from "./operation.ts";

/** misa.C. */
export const MISA_C = 1n << 2n;

/** Flag of a capability in register form: the encoding mode of code under it as PCC. */
export const MODE_BIT = 1n << 45n;

export interface WindowFunctions {
  readonly refreshDdc: MachineFunctions["refreshDdc"];
  readonly refreshFetch: MachineFunctions["refreshFetch"];
  readonly refreshMode: MachineFunctions["refreshMode"];
  /** (target): 1 if PCC allows a jump to `target`, else 0 after setting the trap. */
  readonly checkJump: FunctionRef<readonly ["i64"], "i32">;
  /** (pc): where the decoded operation of pc is, after all checks of a fetch from memory; 0 after setting the trap. */
  readonly fetch: FunctionRef<readonly ["i64"], "i32">;
  /** (pc, word): the checks of PCC for an injected word: 1, or 0 after setting the trap. */
  readonly fetchInjected: FunctionRef<readonly ["i64", "i32"], "i32">;
}

/** Loads from one window, stores from the other. */
const ddcWindows = [
  { base: state.ddcLoadBase, count: state.ddcLoadCount, permission: flag.load },
  { base: state.ddcStoreBase, count: state.ddcStoreCount, permission: flag.store },
] as const;

export function defineWindows(
  { module, layout }: Build,
  settle: CapabilityFunctions["settle"],
): WindowFunctions {
  const refreshDdc = module.func("refresh_ddc", [], "void", (locals) => {
    const { low, size, statements } = intersection(locals, layout, DDC_AT);
    const usable = flag.tag | flag.sealed;
    return [
      call(settle, DDC_AT),
      ...statements,
      ...ddcWindows.flatMap(({ base, count, permission }) => [
        store64(base, 0, low),
        ...[0, 1, 2, 3, 4].map((log) => {
          const allowed = eq(and(load32(DDC_AT, field.flags), usable | permission), flag.tag | permission);
          const places = add(sub(size, BigInt(1 << log)), 1n);
          const any = and(allowed, geU(size, BigInt(1 << log)));
          return store64(count, 8 * log, select(any, places, 0n));
        }),
      ]),
    ];
  });

  const refreshFetch = module.func("refresh_fetch", [], "void", (locals) =>
    refreshFetchBody(locals, layout, settle),
  );

  const refreshMode = module.func("refresh_mode", [], "void", (locals) => {
    const mode = locals.i32();
    return [
      set(mode, modeOfPcc()),
      store32(state.mode, 0, mode),
      store32(state.fetchTable, 0, tableOf(layout, mode, load64(state.fetchBase))),
    ];
  });

  const refuse = (code: number) => raise(cause.capability, capabilityValue(code, PCC_AT));
  const within = (pc: Code<"i64">) => contains(i32(PCC_AT), pc, 2n);
  const misaligned = (pc: Code<"i64">) =>
    or(and(wrap(pc), 1), and(shrU(and(wrap(pc), 2), 1), isZero(and(load64(state.misa), MISA_C))));

  const checkJump = module.func("check_jump", ["i64"], "i32", (_, target) => [
    when(isZero(within(target)), refuse(capabilityCause.length)),
    when(misaligned(target), raise(cause.fetchAddress, target)),
    i32(1),
  ]);

  const checkPcc = module.func("check_pcc", ["i64"], "i32", (locals, pc) => {
    const flags = locals.i32();
    return [
      set(flags, load32(PCC_AT, field.flags)),
      when(isZero(and(flags, flag.tag)), refuse(capabilityCause.tag)),
      when(and(flags, flag.sealed), refuse(capabilityCause.seal)),
      when(isZero(and(flags, flag.execute)), refuse(capabilityCause.execute)),
      when(isZero(within(pc)), refuse(capabilityCause.length)),
      when(misaligned(pc), raise(cause.fetchAddress, pc)),
      i32(1),
    ];
  });

  /** What is left to check once the width of the instruction is known. */
  const checkWidth = module.func("check_width", ["i64", "i32"], "i32", (_, pc, word) => [
    when(
      eq(and(word, 3), 3),
      [when(isZero(within(add(pc, 2n))), refuse(capabilityCause.length))],
      [when(isZero(and(load64(state.misa), MISA_C)), raise(cause.illegal, extendU(and(word, 0xffff))))],
    ),
    i32(1),
  ]);

  const fetchInjected = module.func("fetch_injected", ["i64", "i32"], "i32", (_, pc, word) => [
    choose(call(checkPcc, pc), call(checkWidth, pc, word), 0),
  ]);

  const fetch = module.func("fetch", ["i64"], "i32", (locals, pc) => {
    const low = locals.i32();
    const offset = locals.i32();
    return [
      when(isZero(call(checkPcc, pc)), [ret(i32(0))]),
      when(isZero(inRam(layout, pc, 2n)), raise(cause.fetchAccess, pc)),
      set(offset, wrap(sub(pc, RAM_BASE))),
      set(low, load16u(add(offset, layout.ramAt))),
      when(isZero(call(checkWidth, pc, low)), [ret(i32(0))]),
      when(and(eq(and(low, 3), 3), isZero(inRam(layout, pc, 4n))), raise(cause.fetchAccess, pc)),
      add(
        recordOffset(offset),
        select(load32(state.mode), i32(layout.operationsAt[1]), layout.operationsAt[0]),
      ),
    ];
  });
  return { refreshDdc, refreshFetch, refreshMode, checkJump, fetch, fetchInjected };
}

/** Defines `admitAccess`: the window is that of accesses of the same size with the same authority. */
export function defineAdmitAccess(
  { module, layout }: Build,
  checkAccess: MachineFunctions["checkAccess"],
): MachineFunctions["admitAccess"] {
  return module.func(
    "admit_access",
    ["i32", "i64", "i32", "i32"],
    "i32",
    (locals, slot, address, what, window) => {
      const at = locals.i32();
      const { low, size, statements } = intersection(locals, layout, slot);
      return [
        set(at, call(checkAccess, slot, address, what)),
        when(isZero(at), [ret(i32(0))]),
        ...statements,
        store64(window, 0, low),
        store64(window, 8, add(sub(size, extendU(and(what, 0x7f))), 1n)),
        at,
      ];
    },
  );
}

/** Bytes into a table of decoded operations, by bytes into RAM. */
export function recordOffset(offset: Code<"i32">): Code<"i32"> {
  return shl(shrU(offset, 1), Math.log2(OPERATION_BYTES));
}

/** Ends a checking function: the trap is set, the result is 0. */
function raise(code: number, value: Operand<"i64">): Statement[] {
  return [store32(0, state.cause, code), store64(0, state.trapValue, value), ret(i32(0))];
}

interface Range {
  readonly low: Local<"i64">;
  readonly size: Local<"i64">;
  readonly statements: readonly Statement[];
}

/** The part of RAM within the bounds of a settled slot. */
function intersection(locals: Locals, layout: Layout, slot: Operand<"i32">): Range {
  const [low, high, size] = [locals.i64(), locals.i64(), locals.i64()];
  const end = RAM_BASE + BigInt(layout.ramSize);
  const beyond = or(and(load32(slot, field.flags), flag.top64), gtU(load64(slot, field.top), end));
  const statements = [
    set(low, load64(slot, field.base)),
    when(ltU(low, RAM_BASE), [set(low, i64(RAM_BASE))]),
    set(high, select(beyond, i64(end), load64(slot, field.top))),
    set(size, select(gtU(high, low), sub(high, low), 0n)),
  ];
  return { low, size, statements };
}

/** 1 if PCC says capability encoding mode. */
function modeOfPcc(): Code<"i32"> {
  return ne(and(load64(PCC_AT, field.high), MODE_BIT), 0n);
}

/** Where the decoded operation of an address lies for an encoding mode. */
function tableOf(layout: Layout, mode: Local<"i32">, address: Code<"i64">): Code<"i32"> {
  const table = select(mode, i32(layout.operationsAt[1]), layout.operationsAt[0]);
  return add(shl(wrap(sub(address, RAM_BASE)), 3), table);
}

function refreshFetchBody(
  locals: Locals,
  layout: Layout,
  settle: CapabilityFunctions["settle"],
): readonly Statement[] {
  const { low, size, statements } = intersection(locals, layout, PCC_AT);
  const [flags, mode, all] = [locals.i32(), locals.i32(), locals.i32()];
  const sound = eq(and(flags, flag.tag | flag.sealed | flag.execute), flag.tag | flag.execute);
  const compressed = and(shrU(wrap(load64(state.misa)), 2), 1);
  return [
    call(settle, PCC_AT),
    set(flags, load32(PCC_AT, field.flags)),
    set(mode, modeOfPcc()),
    ...statements,
    set(all, i32(0)),
    when(load32(state.injecting), [
      set(low, load64(PCC_AT, field.base)),
      set(size, sub(load64(PCC_AT, field.top), low)),
      set(all, and(isZero(size), and(isZero(low), ne(and(flags, flag.top64), 0)))),
    ]),
    // Four bytes must be allowed at every place of the window; without misa.C each fetch is checked in full.
    set(all, and(and(sound, compressed), or(all, geU(size, 4n)))),
    store64(state.fetchBase, 0, low),
    store64(state.fetchCount, 0, select(all, sub(size, 3n), 0n)),
    store32(state.fetchTable, 0, tableOf(layout, mode, low)),
    store32(state.mode, 0, mode),
  ];
}
