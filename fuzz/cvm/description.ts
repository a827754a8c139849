/**
 * Description files: which cVMs there are, as YAML in the shape of the prototype's. What a field means, and why some are
 * refused, is told in corpora/cvm/README.md.
 */
import * as z from "zod";
import type { Quotas } from "../../model/system-contract.ts";
import { BadInput } from "../bad-input.ts";
import { type Path, readDocument } from "./document.ts";

export interface CapFile {
  readonly name: string;
  readonly size: number;
  readonly data: string;
}

/** Addresses of the file: what they are relative to each other counts, not what they are. */
export interface Isolation {
  readonly size: number;
  readonly base: number | null;
  readonly begin: number | null;
  readonly end: number | null;
}

export interface DescribedCvm {
  readonly name: string;
  readonly runtime: string;
  /** What its disk holds at first; `kept`: what it holds in the end goes into the file. */
  readonly disk: { readonly file: string; readonly kept: boolean } | null;
  readonly net: string | null;
  readonly args: readonly string[];
  readonly peers: readonly string[];
  readonly isolation: Isolation;
  /** "monitor", or the name or runtime of the layer around this one. */
  readonly callback_out: string;
  readonly callback_in: string | null;
  /** -1: the next starts when this one has ended; otherwise seconds until the next starts. */
  readonly wait: number;
  readonly quotas: Quotas;
}

export interface CvmFile {
  readonly file: string;
  readonly capfiles: readonly CapFile[];
  readonly cvms: readonly DescribedCvm[];
  /** Refuses what lies at a path. */
  readonly refuse: (path: Path, why: string) => never;
}

export const CVMS_MAX = 64;
export const ARGS_MAX = 15;
const CAPFILES_MAX = 8;
const CAPFILE_BYTES_MAX = 1 << 22;
const CAPFILE_TEXT_MAX = 4096;
const KEY_CHARACTERS_MAX = 9;
const TOKEN_MAX = 255;
const FILE_NAME_MAX = 255;
const SIZE_MAX = 1 << 25;
const SIZE_DEFAULT = 0x1_0000;
const WAIT_SECONDS_MAX = 3600;
const ADDRESS_MAX = 2 ** 47;

/** A number up to `max`: YAML's own, or hexadecimal digits in quotes. */
function hex(max: number) {
  const expected = `expected a number from 0 to 0x${max.toString(16)}`;
  const spelt = z
    .string()
    .regex(/^0x[0-9a-fA-F]{1,16}$/, expected)
    .transform(BigInt);
  return z
    .union([z.bigint(), spelt], expected)
    .refine((value) => value >= 0n && value <= BigInt(max), expected)
    .transform(Number);
}

function count(max: number) {
  const expected = `expected a whole number from 0 to ${max}`;
  return z
    .bigint(expected)
    .refine((value) => value >= 0n && value <= BigInt(max), expected)
    .transform(Number);
}

/** One thing, or a list of one: the prototype writes isolation so. */
function loneOf(value: unknown): unknown {
  return Array.isArray(value) && value.length === 1 ? (value[0] as unknown) : value;
}

/** A field of the prototype's that nothing can be made of. */
function without(why: string) {
  return z.undefined(`is not taken: ${why}`).optional();
}

/** A flag that says what is so anyway. */
function always(value: boolean, why: string) {
  return z.literal(value, `expected ${value}: ${why}`).optional();
}

const cvmName = z
  .string("expected a name")
  .regex(/^[a-z0-9-]{1,31}$/, "expected a name: 1 to 31 characters of a-z, 0-9 and -");

const fileName = z
  .string("expected the name of a file")
  .min(1, "expected the name of a file")
  .max(FILE_NAME_MAX, `expected the name of a file, at most ${FILE_NAME_MAX} characters`)
  .refine((text) => !text.includes("\0"), "expected the name of a file");

const token = z
  .string("expected text")
  .max(TOKEN_MAX, `expected at most ${TOKEN_MAX} characters`)
  .refine((text) => !text.includes("\0"), "expected text without NUL");

/** A list of tokens, or one text with spaces between them. Plain numbers stand for their digits. */
const args = z
  .preprocess(
    (value) => {
      const list = typeof value === "string" ? value.split(/\s+/).filter((one) => one !== "") : value;
      return Array.isArray(list) ? list.map((one) => (typeof one === "bigint" ? `${one}` : one)) : list;
    },
    z.array(token, "expected text, or a list of it").max(ARGS_MAX, `expected at most ${ARGS_MAX} tokens`),
  )
  .default([]);

/** A file by its name, or with what becomes of it. */
const disk = z.preprocess(
  (value) => (typeof value === "string" ? { file: value } : value),
  z
    .strictObject(
      { file: fileName, kept: z.boolean("expected true or false").default(false) },
      "expected the name of a file, or file and kept",
    )
    .nullable(),
);

const isolation = z
  .preprocess(
    loneOf,
    z.strictObject(
      {
        size: hex(SIZE_MAX).default(SIZE_DEFAULT),
        base: hex(ADDRESS_MAX).nullable().default(null),
        begin: hex(ADDRESS_MAX).nullable().default(null),
        end: hex(ADDRESS_MAX).nullable().default(null),
      },
      "expected base, size, begin and end",
    ),
  )
  .default({ size: SIZE_DEFAULT, base: null, begin: null, end: null });

const QUOTAS: Quotas = { threads: 4, handles: 16, grants: 8, endpoints: 4, timers: 4 };

const cvm = z.strictObject(
  {
    name: cvmName,
    runtime: fileName,
    disk: disk.default(null),
    net: cvmName.nullable().default(null),
    args,
    peers: z.array(cvmName, "expected a list of names").max(CVMS_MAX).default([]),
    isolation,
    callback_out: z.string("expected monitor, or a layer").max(FILE_NAME_MAX).default("monitor"),
    callback_in: z.string("expected a layer").max(FILE_NAME_MAX).nullable().default(null),
    wait: z
      .bigint("expected -1, or seconds")
      .refine(
        (value) => value >= -1n && value <= BigInt(WAIT_SECONDS_MAX),
        `expected -1, or seconds from 0 to ${WAIT_SECONDS_MAX}`,
      )
      .transform(Number)
      .default(0),
    quotas: z
      .strictObject({
        threads: count(63).default(QUOTAS.threads),
        handles: count(64).default(QUOTAS.handles),
        grants: count(64).default(QUOTAS.grants),
        endpoints: count(64).default(QUOTAS.endpoints),
        timers: count(64).default(QUOTAS.timers),
      })
      .default(QUOTAS),
    clean_room: always(true, "no cVM here can call the host past the Intravisor"),
    libvirt: always(false, "a cVM cannot ask for more cVMs"),
    fork: always(false, "there are no snapshots to start from"),
  },
  "expected a cVM: name, runtime, ...",
);

const capfile = z.strictObject(
  {
    name: z
      .string("expected a key")
      .regex(/^[\x21-\x7e]{1,9}$/, `expected a key: 1 to ${KEY_CHARACTERS_MAX} visible characters of ASCII`),
    size: hex(CAPFILE_BYTES_MAX),
    data: z
      .string("expected text")
      .max(CAPFILE_TEXT_MAX, `expected at most ${CAPFILE_TEXT_MAX} characters`)
      .default(""),
    addr: without("buffers lie where the Intravisor puts them"),
  },
  "expected a buffer: name, size, data",
);

const whole = z.strictObject({
  capfiles: z
    .array(capfile, "expected a list")
    .max(CAPFILES_MAX, `expected at most ${CAPFILES_MAX}`)
    .default([]),
  cVMs: z
    .array(cvm, "expected a list of cVMs")
    .min(1, "expected a cVM at least")
    .max(CVMS_MAX, `expected at most ${CVMS_MAX} cVMs`),
});

/**
 * Checks the text of a description file, for itself: what it says of other files is not looked at.
 *
 * @param file stands for the text in messages.
 * @throws BadInput naming file, line and path, and what was expected.
 */
export function parseDescription(text: string, file: string): CvmFile {
  const { data, lineOf } = readDocument(text, file);
  const refuse = (path: Path, why: string): never => {
    throw new BadInput(`${file}: line ${lineOf(path)}: ${pathText(path)}: ${why}`);
  };
  const result = whole.safeParse(data);
  if (result.success) {
    const { capfiles, cVMs } = result.data;
    return { file, capfiles, cvms: cVMs, refuse };
  }
  const issue = result.error.issues[0]!;
  const path = issue.path.map((key) => (typeof key === "number" ? key : String(key)));
  if (issue.code === "unrecognized_keys") {
    const [key] = issue.keys;
    return refuse([...path, key!], "is no field of a description");
  }
  const isMissing = issue.code === "invalid_type" && issue.message.includes("received undefined");
  return refuse(path, isMissing ? "is missing" : issue.message);
}

/** `cVMs[1].isolation.size`. */
function pathText(path: Path): string {
  if (path.length === 0) return "(whole file)";
  return path
    .map((key, at) => (typeof key === "number" ? `[${key}]` : `${at === 0 ? "" : "."}${shortened(key)}`))
    .join("");
}

const KEY_SHOWN = 40;

function shortened(key: string): string {
  return key.length <= KEY_SHOWN ? key : `${key.slice(0, KEY_SHOWN)}...`;
}
