/** Data accesses: what is checked, in which order, and what a write to RAM does to tags and decoded code. */
import {
  add,
  and,
  ctz,
  extendU,
  geU,
  isZero,
  leU,
  ltU,
  or,
  shl,
  shrU,
  sub,
  wrap,
  xor,
} from "../wasm/arithmetic.ts";
import { type Code, i32, type Operand, operand } from "../wasm/code.ts";
import { call, choose, ret, set, when } from "../wasm/control.ts";
import { load32, load64, store32, store64 } from "../wasm/memory.ts";
import type { Build } from "./build.ts";
import { capabilityCause, cause } from "./cause.ts";
import { field, flag, type Layout, RAM_BASE, REGISTERS_AT, SLOT_BYTES, state } from "./layout.ts";
import type { CapabilityFunctions, MachineFunctions } from "./operation.ts";

/**
 * An access as `checkAccess` takes it: bits 6:0 size in bytes, bit 7 RAM is not checked (a store-conditional, which
 * has to match its reservation first), bits 14:8 mask of address bits that must be zero, bit 15 a store or AMO (for
 * the causes of alignment and access faults), bits 31:16 permissions needed, as in the flag word. Permissions are
 * missed in ascending order, which is that of the manual.
 */
export function access(
  size: number,
  needs: number,
  rules: { aligned: boolean; store: boolean; conditional?: boolean },
): number {
  return (
    size |
    (rules.conditional ? 1 << 7 : 0) |
    (rules.aligned ? (size - 1) << 8 : 0) |
    (rules.store ? 1 << 15 : 0) |
    (needs << 16)
  );
}

/** Defines `checkAccess`. */
export function defineCheckAccess(
  { module, layout }: Build,
  settle: CapabilityFunctions["settle"],
): MachineFunctions["checkAccess"] {
  return module.func("check_access", ["i32", "i64", "i32"], "i32", (locals, slot, address, what) => {
    const flags = locals.i32();
    const missing = locals.i32();
    const size = locals.i64();
    const isStore = and(what, 1 << 15);
    const fails = (code: Operand<"i32">, value: Code<"i64">) => [
      store32(0, state.cause, code),
      store64(0, state.trapValue, value),
      ret(i32(0)),
    ];
    const refuses = (code: Operand<"i32">) => fails(cause.capability, capabilityValue(code, slot));
    const fault = (load: number, store: number) => fails(choose(isStore, i32(store), load), address);
    return [
      call(settle, slot),
      set(flags, load32(slot, field.flags)),
      set(size, extendU(and(what, 0x7f))),
      when(isZero(and(flags, flag.tag)), refuses(capabilityCause.tag)),
      when(and(flags, flag.sealed), refuses(capabilityCause.seal)),
      set(missing, and(shrU(what, 16), xor(flags, -1))),
      when(missing, refuses(add(ctz(missing), capabilityCause.permissions))),
      when(isZero(contains(slot, address, size)), refuses(capabilityCause.length)),
      when(and(wrap(address), and(shrU(what, 8), 0x7f)), fault(cause.loadAddress, cause.storeAddress)),
      when(
        and(isZero(and(what, 1 << 7)), isZero(inRam(layout, address, size))),
        fault(cause.loadAccess, cause.storeAccess),
      ),
      add(wrap(sub(address, RAM_BASE)), layout.ramAt),
    ];
  });
}

/** mtval of a capability exception: cap_idx @ cause. */
export function capabilityValue(code: Operand<"i32">, slot: Operand<"i32">): Code<"i64"> {
  const index = shrU(sub(operand(slot), REGISTERS_AT), Math.log2(SLOT_BYTES));
  return extendU(or(shl(index, 5), code));
}

/** 1 if `size` bytes at the address lie in the bounds of a settled slot. Exact: top has 65 bits. */
export function contains(slot: Code<"i32">, address: Code<"i64">, size: Operand<"i64">): Code<"i32"> {
  const end = add(address, size);
  const wraps = ltU(end, address);
  const low = leU(end, load64(slot, field.top));
  const high = and(load32(slot, field.flags), flag.top64);
  const below = choose(high, or(isZero(wraps), low), and(isZero(wraps), low));
  return and(geU(address, load64(slot, field.base)), below);
}

/** 1 if `size` bytes at the address lie in RAM. */
export function inRam(layout: Layout, address: Code<"i64">, size: Operand<"i64">): Code<"i32"> {
  const offset = sub(address, RAM_BASE);
  return and(ltU(offset, BigInt(layout.ramSize)), leU(add(offset, size), BigInt(layout.ramSize)));
}
