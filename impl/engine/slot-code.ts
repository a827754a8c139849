/** Code on a register's slot that several operations on capabilities share. */
import { copySlot, flagWord, INCOMPLETE } from "../capability/slots.ts";
import { and, eq, shrU } from "../wasm/arithmetic.ts";
import { type Code, type Operand, type Statement, sequence } from "../wasm/code.ts";
import { call, set, when } from "../wasm/control.ts";
import { load32, load64, store32, store64 } from "../wasm/memory.ts";
import { field, flag } from "./layout.ts";
import type { Operation } from "./operation.ts";

/** Completes a slot, so that every field is valid. */
export function settled(op: Operation, slot: Code<"i32">): Statement {
  return when(and(load32(slot, field.flags), INCOMPLETE), [call(op.functions.settle, slot)]);
}

/** 1 if tagged; valid for incomplete slots too. */
export function tagOf(slot: Code<"i32">): Code<"i32"> {
  return and(shrU(load32(slot, field.flags), TAG_SHIFT), 1);
}

const TAG_SHIFT = Math.log2(flag.tag);

export function addressOf(slot: Code<"i32">): Code<"i64"> {
  return load64(slot, field.address);
}

/** The upper word of a slot that is not an integer's. */
export function highOf(slot: Code<"i32">): Code<"i64"> {
  return load64(slot, field.high);
}

/** 1 if the flag word says complete, tagged and unsealed, with all of `perms` (flag bits). */
export function isUsable(flags: Code<"i32">, perms = 0): Code<"i32"> {
  return eq(and(flags, flag.tag | flag.sealed | INCOMPLETE | perms), flag.tag | perms);
}

/** 1 if a complete slot is sealed. */
export function isSealedSlot(slot: Code<"i32">): Code<"i32"> {
  return and(shrU(load32(slot, field.flags), SEALED_SHIFT), 1);
}

const SEALED_SHIFT = Math.log2(flag.sealed);

/**
 * rd := the complete capability in `source` with another upper word that has the same bounds, tagged if `tag` is 1.
 * `high` and `tag` are worked out before rd changes.
 */
export function replaceHigh(
  op: Operation,
  source: Code<"i32">,
  high: Code<"i64">,
  tag: Operand<"i32">,
): Statement {
  const [upper, tagged] = [op.locals.i64(), op.locals.i32()];
  return sequence(
    set(upper, high),
    set(tagged, tag),
    ...copySlot(op.rd, source),
    store64(op.rd, field.high, upper),
    store32(op.rd, field.flags, flagWord(upper, tagged, and(load32(op.rd, field.flags), flag.top64))),
  );
}
