/** Scripts as files: the schema that reads them, and the form in which they are written. Sizes are bounded here. */
import * as z from "zod";
import { hostCalls } from "../../model/intravisor/calls.ts";
import { errorNumbers } from "../../model/intravisor/errors.ts";
import type { ErrorName, Step, SystemScript, Value } from "../../model/system-contract.ts";
import { parseJson, readText, writeWhole } from "../program/file.ts";
import { hexBigint, hexNumber, jsonText } from "../program/hex.ts";

export const CVMS_MAX = 16;
export const STEPS_MAX = 10_000;
/** Bytes of a cVM that a script may ask for: twice what a system grants, so that it can be asked for too much. */
const SIZE_MAX = 1 << 26;
const IMAGE_DIGITS_MAX = 1 << 22;
/** Twice what a disk holds, so that it can be asked for too much. */
const DISK_DIGITS_MAX = 1 << 17;
const FILL_MAX = 1 << 20;
const PLACE_DIGITS_MAX = 1 << 16;
/** A place for bodies has 64 words, the last of them for what ends it. */
const BODY_WORDS_MAX = 63;
const ARGUMENTS_MAX = 8;
const QUOTA_MAX = 0xffff;
const THREADS_MAX = 63;
const TURN_STEPS_MAX = 1_000_000;

const name = z
  .string()
  .regex(/^[a-z0-9-]{1,31}$/, "expected a name of a cVM: 1 to 31 characters of a-z, 0-9 and -");
const by = z.strictObject({ cvm: name, thread: z.int().min(0).max(THREADS_MAX) });
const size = hexNumber(SIZE_MAX);
const quota = z.int().min(0).max(QUOTA_MAX);

const offset = z
  .string()
  .regex(/^-?0x[0-9a-fA-F]{1,16}$/, 'expected a hexadecimal number with 0x, with "-" before it if negative')
  .transform((text) => (text.startsWith("-") ? -BigInt(text.slice(1)) : BigInt(text)));

const value = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("number"), value: hexBigint(64) }),
  z.strictObject({ kind: z.literal("at"), cvm: name.nullable(), part: z.enum(["code", "data"]), offset }),
  z.strictObject({
    kind: z.literal("result"),
    step: z
      .int()
      .min(0)
      .max(CVMS_MAX + STEPS_MAX),
    index: z.int().min(0).max(2),
  }),
]);

const hexText = (digits: number) =>
  z
    .string()
    .max(digits)
    .regex(/^([0-9a-f]{2})*$/, "expected hexadecimal bytes in small letters");

const cvm = z.strictObject({
  name,
  size,
  codeSize: size,
  image: hexText(IMAGE_DIGITS_MAX),
  disk: hexText(DISK_DIGITS_MAX).optional(),
  parent: z
    .strictObject({
      cvm: name,
      at: z.int().min(-SIZE_MAX).max(SIZE_MAX).or(hexNumber(SIZE_MAX)),
    })
    .nullable(),
  quotas: z.strictObject({ threads: quota, handles: quota, grants: quota, endpoints: quota, timers: quota }),
});

const call = z.enum(
  hostCalls.map((one) => one.name),
  "expected the name of a call",
);
const args = z.array(value).max(ARGUMENTS_MAX);
const width = z.union([1, 2, 4, 8].map((bytes) => z.literal(bytes)) as never, "expected 1, 2, 4 or 8");

const action = z.discriminatedUnion("do", [
  z.strictObject({ do: z.literal("call"), call, args }),
  z.strictObject({ do: z.literal("call-number"), number: hexBigint(64), args }),
  z.strictObject({ do: z.literal("load"), address: value, size: width }),
  z.strictObject({ do: z.literal("store"), address: value, size: width, value }),
  z.strictObject({
    do: z.literal("fill"),
    address: value,
    length: z.int().min(0).max(FILL_MAX),
    seed: z.int().min(0).max(0xffff),
  }),
  z.strictObject({ do: z.literal("place"), address: value, bytes: hexText(PLACE_DIGITS_MAX) }),
  z.strictObject({ do: z.literal("narrow"), address: value, length: value }),
  z.strictObject({ do: z.literal("body"), words: z.array(hexNumber(0xffff_ffff)).max(BODY_WORDS_MAX) }),
  z.strictObject({ do: z.literal("go") }),
]);

const event = z.discriminatedUnion("do", [
  z.strictObject({ do: z.literal("create"), cvm }),
  z.strictObject({ do: z.literal("kill"), cvm: name }),
  z.strictObject({ do: z.literal("reclaim"), cvm: name }),
  z.strictObject({ do: z.literal("advance"), ns: hexBigint(63) }),
]);

const error = z.enum(
  Object.keys(errorNumbers) as [ErrorName, ...ErrorName[]],
  "expected the name of an error",
);
const expect = z.strictObject({
  result: z.union([value, z.strictObject({ kind: z.literal("error"), error })]).optional(),
});

const actionStep = z.strictObject({ by, action, expect: expect.optional() });
const eventStep = z.strictObject({ by: z.null(), event, expect: expect.optional() });

/** By a thread, or by nobody: only what is wrong with the one that is meant is told. */
const step = z.looseObject({ by: z.unknown() }).transform((one, context) => {
  const result = (one.by === null ? eventStep : actionStep).safeParse(one);
  if (result.success) return result.data;
  for (const { path, message } of result.error.issues) {
    context.addIssue({ code: "custom", path: [...path], message, input: one });
  }
  return z.NEVER;
});

const piece = z.tuple([z.int().min(0).max(SIZE_MAX), z.int().min(1).max(SIZE_MAX)]);
const pair = z.strictObject({
  form: z.enum(["steps", "run"]),
  cvm: name,
  birth: z.int().min(0).max(STEPS_MAX),
  seed: z.int().min(0).max(0xffff_ffff),
  bytes: z.array(piece).max(STEPS_MAX).nullable(),
  registers: z.array(z.int().min(1).max(31)).max(31).nullable(),
});

/** A script as it lies on disk. */
export const scriptSchema = z
  .strictObject({
    format: z.literal("capwright-script"),
    version: z.literal(1, "this release reads version 1"),
    level: z.literal("system"),
    cvms: z.array(cvm).max(CVMS_MAX),
    steps: z.array(step).max(STEPS_MAX),
    schedule: z
      .array(z.strictObject({ thread: by.nullable(), steps: z.int().min(1).max(TURN_STEPS_MAX) }))
      .max(STEPS_MAX)
      .default([]),
    pair: pair.optional(),
  })
  .superRefine((script, context) => {
    const found = firstFromLater(script as unknown as SystemScript);
    if (found === null) return;
    const message = `refers to the result of step ${found.step}; expected a step before ${found.at}`;
    context.addIssue({ code: "custom", path: ["steps", found.at - script.cvms.length], message });
  }) as unknown as z.ZodType<SystemScript>;

/** The first value that refers to a step that has not been taken by then. */
function firstFromLater({ cvms, steps }: SystemScript): { at: number; step: number } | null {
  for (const [index, one] of steps.entries()) {
    const at = cvms.length + index;
    const later = valuesOf(one).find((each) => each.kind === "result" && each.step >= at);
    if (later?.kind === "result") return { at, step: later.step };
  }
  return null;
}

/** Every value that a step mentions. */
export function valuesOf(one: Step): readonly Value[] {
  const expected = one.expect?.result;
  const more = expected === undefined || expected.kind === "error" ? [] : [expected];
  return [...(one.by === null ? [] : operandsOf(one.action)), ...more];
}

function operandsOf(one: Extract<Step, { action: unknown }>["action"]): readonly Value[] {
  switch (one.do) {
    case "call":
    case "call-number":
      return one.args;
    case "load":
    case "fill":
    case "place":
      return [one.address];
    case "store":
      return [one.address, one.value];
    case "narrow":
      return [one.address, one.length];
    case "body":
    case "go":
      return [];
  }
}

/**
 * Checks the text of a script; `file` stands for it in messages.
 *
 * @throws BadInput naming the file and the line or path that cannot be used.
 */
export function parseScript(text: string, file: string): SystemScript {
  return parseJson(text, scriptSchema, file);
}

/** Reads a script file. @throws BadInput as parseScript, and when the file cannot be read or is too large. */
export function loadScript(path: string): SystemScript {
  return parseScript(readText(path), path);
}

/** Writes a script file whole, by a temporary name. */
export function saveScript(path: string, script: SystemScript): void {
  writeWhole(path, scriptText(script));
}

export function scriptText(script: SystemScript): string {
  return jsonText(scriptDiskForm(script));
}

/** The script as it is written: every bigint as text, negative ones too. */
export function scriptDiskForm(script: SystemScript): unknown {
  const spell = (one: unknown): unknown => {
    if (typeof one === "bigint") return one < 0n ? `-0x${(-one).toString(16)}` : `0x${one.toString(16)}`;
    if (Array.isArray(one)) return one.map(spell);
    if (typeof one !== "object" || one === null) return one;
    return Object.fromEntries(Object.entries(one).map(([key, inner]) => [key, spell(inner)]));
  };
  return spell(script);
}
