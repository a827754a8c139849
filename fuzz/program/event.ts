import * as z from "zod";
import type { StepEvent } from "../../model/contract.ts";
import { hexBigint, hexNumber } from "./hex.ts";

const capability = z.strictObject({
  tag: z.boolean(),
  address: hexBigint(64),
  base: hexBigint(64),
  top: hexBigint(65),
  perms: hexBigint(16),
  otype: hexBigint(18),
  flags: hexBigint(1),
  reserved: hexBigint(2),
  bounds: hexBigint(27),
});

const memory = z.strictObject({
  address: hexBigint(64),
  size: z.int().min(1).max(64),
  data: hexBigint(128),
  tag: z.boolean(),
});

const register = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("integer"), index: z.int().min(1).max(31), value: hexBigint(64) }),
  z.strictObject({ kind: z.literal("capability"), index: z.int().min(1).max(31), value: capability }),
]);

const capabilityIndex = z.int().min(0).max(0x3f).nullable();

/** A step event as it lies on disk: the fields of the contract, bigints as hexadecimal strings. */
export const stepEventSchema: z.ZodType<StepEvent> = z.strictObject({
  order: z.int().min(0),
  word: hexNumber(0xffff_ffff),
  mode: z.union([z.literal(0), z.literal(1), z.literal(3)]),
  pcBefore: hexBigint(64),
  pcAfter: hexBigint(64),
  trap: z.strictObject({ cause: hexBigint(64), value: hexBigint(64) }).nullable(),
  register: register.nullable(),
  cleared: z.int().min(0).max(0xffff_ffff),
  specials: z.array(z.strictObject({ scr: z.int().min(0).max(31), value: capability })).max(2),
  csr: z.strictObject({ number: z.int().min(0).max(0xfff), value: hexBigint(64) }).nullable(),
  read: memory.nullable(),
  write: memory.nullable(),
  authority: capabilityIndex,
  source: capabilityIndex,
});
