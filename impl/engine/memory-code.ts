/**
 * Code around a data access: the quick test that most accesses pass and the exact one behind it, writing over RAM,
 * and the LR/SC reservation.
 */
import { add, and, eq, geS, isZero, leU, ltU, or, shl, sub, wrap, xor } from "../wasm/arithmetic.ts";
import { after, type Code, type Local, type Operand, type Statement, sequence } from "../wasm/code.ts";
import { block, br, brIf, call, set, when } from "../wasm/control.ts";
import { load8u, load32, load64, store32, store64 } from "../wasm/memory.ts";
import { access, inRam } from "./access.ts";
import { cause } from "./cause.ts";
import { field, flag, granule, RAM_BASE, state } from "./layout.ts";
import type { Operation, Permission } from "./operation.ts";
import { isUsable } from "./slot-code.ts";

/** An access: its size in bytes, a power of two up to 16, and whether its address must be a multiple of that. */
export interface Shape {
  readonly size: number;
  readonly aligned: boolean;
}

/**
 * `at` := where the byte at `address` lies in linear memory; ends the instruction with a trap if op.authority does not
 * allow the load. Hot: a window or a masked compare stands for tag, seal, permission, bounds and RAM.
 */
export function checkedLoad(op: Operation, at: Local<"i32">, address: Local<"i64">, shape: Shape): Statement {
  const exact = access(shape.size, flag.load, { aligned: shape.aligned, store: false });
  return (
    remembered(op, at, address, shape, "load", exact) ??
    checked(op, at, address, shape, quickTests(op, address, shape, "load"), exact)
  );
}

/**
 * The same for a store. `needs` are the permissions (flag bits) that it needs beside Store, for a capability that is
 * tagged; known only when the code runs.
 */
export function checkedStore(
  op: Operation,
  at: Local<"i32">,
  address: Local<"i64">,
  shape: Shape,
  needs?: Local<"i32">,
): Statement {
  const exact = access(shape.size, flag.store, { aligned: shape.aligned, store: true });
  const known = needs ? null : remembered(op, at, address, shape, "store", exact);
  if (known) return known;
  const tests = quickTests(op, address, shape, "store");
  if (!needs) return checked(op, at, address, shape, tests, exact);
  const lacks = and(needs, xor(load32(op.authority, field.flags), -1));
  return checked(op, at, address, shape, [...tests, isZero(lacks)], or(shl(needs, 16), exact));
}

/**
 * The same where the site remembers something of the authority; null where it does not. Hot: a capability that a loop
 * moves along costs what DDC does.
 */
function remembered(
  op: Operation,
  at: Local<"i32">,
  address: Local<"i64">,
  { size, aligned }: Shape,
  permission: Permission,
  exact: number,
): Statement | null {
  const window = aligned ? null : op.window(permission, size);
  if (window === null) return null;
  return sequence(
    set(at, placeOf(op, address)),
    block((done) => [
      brIf(done, ltU(sub(address, load64(window)), load64(window + 8))),
      set(at, call(op.functions.admitAccess, op.authority, address, exact, window)),
      when(isZero(at), [op.pendingTrap()]),
    ]),
  );
}

function checked(
  op: Operation,
  at: Local<"i32">,
  address: Local<"i64">,
  shape: Shape,
  tests: readonly Code<"i32">[],
  exact: Operand<"i32">,
): Statement {
  const isAligned = isZero(and(wrap(address), shape.size - 1));
  const isLazy = and(load32(op.authority, field.flags), flag.lazy);
  return sequence(
    set(at, placeOf(op, address)),
    block((done) => {
      const tested = block((doubtful) => [
        ...[...tests, ...(shape.aligned ? [isAligned] : [])].map((test) => brIf(doubtful, isZero(test))),
        br(done),
      ]);
      // An authority that was just loaded is completed, and tested once more.
      const again = when(isLazy, [call(op.functions.settle, op.authority), tested]);
      return [
        tested,
        ...(op.authorityIsDdc ? [] : [again]),
        set(at, call(op.functions.checkAccess, op.authority, address, exact)),
        when(isZero(at), [op.pendingTrap()]),
      ];
    }),
  );
}

/** Where a byte of RAM lies in linear memory. */
function placeOf(op: Operation, address: Local<"i64">): Code<"i32"> {
  return add(wrap(address), op.layout.ramAt - Number(RAM_BASE));
}

/** Conditions, to be computed in this order: if all hold the access is allowed; if one does not, that says nothing. */
function quickTests(
  op: Operation,
  address: Local<"i64">,
  { size }: Shape,
  permission: Permission,
): readonly Code<"i32">[] {
  if (op.authorityIsDdc) {
    const window = permission === "load" ? state.ddcLoadBase : state.ddcStoreBase;
    const counts = permission === "load" ? state.ddcLoadCount : state.ddcStoreCount;
    return [ltU(sub(address, load64(window)), load64(counts + 8 * Math.log2(size)))];
  }
  const slot = op.authority;
  const offset = op.locals.i64();
  const rest = sub(sub(load64(slot, field.length), BigInt(size)), offset);
  // In bounds if neither the offset into the capability nor what is left behind the access is negative.
  const isWithin = after([set(offset, sub(address, load64(slot, field.base)))], geS(or(offset, rest), 0n));
  const isThere = leU(sub(address, RAM_BASE), BigInt(op.layout.ramSize - size));
  return [isUsable(load32(slot, field.flags), flag[permission]), isWithin, isThere];
}

/** Before `size` bytes at `at` change. Hot: aligned bytes of a granule without tag and decoded code need nothing. */
export function touched(op: Operation, at: Local<"i32">, size: number): Statement {
  const differs = xor(load8u(op.granuleOf(at)), granule.touched);
  const either = size > 1 ? or(differs, and(at, size - 1)) : differs;
  return when(either, [call(op.functions.touch, at, size)]);
}

/** LR's reservation of an address. */
export function reserve(address: Local<"i64">): Statement {
  return sequence(store64(0, state.reservation, address), store32(0, state.reserved, 1));
}

/**
 * A store-conditional. After the checks of the capability and the alignment, a missing reservation gives rd = 1;
 * a match is checked against RAM, then `store` writes and rd = 0. Either way the reservation is gone. Reservations
 * match in the low 32 bits of the address, as in the golden recordings.
 *
 * `exact` is the access as checkAccess takes it; `report` writes rd.
 */
export function storeConditional(
  op: Operation,
  at: Local<"i32">,
  address: Local<"i64">,
  exact: { readonly size: number; readonly what: Operand<"i32"> },
  store: readonly Statement[],
  report = (status: bigint) => op.writeInteger(status),
): readonly Statement[] {
  const matches = eq(wrap(load64(state.reservation)), wrap(address));
  return [
    set(at, call(op.functions.checkAccess, op.authority, address, exact.what)),
    when(isZero(at), [op.pendingTrap()]),
    when(
      and(load32(state.reserved), matches),
      [
        when(isZero(inRam(op.layout, address, BigInt(exact.size))), [op.trap(cause.storeAccess, address)]),
        ...store,
        report(0n),
      ],
      [report(1n)],
    ),
    store32(0, state.reserved, 0),
    op.usedAuthority(op.authority),
  ];
}
