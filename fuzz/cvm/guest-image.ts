/**
 * Images of guests: what a runtime file becomes in a code part. In front of the program stand a jump to its entry, with
 * the image's own address left in a1, and the start block, which says what the guest was given.
 */
import { readFileSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { assembleProgram } from "../../model/isa/index.ts";
import { BadInput } from "../bad-input.ts";
import { readElf } from "../elf/reader.ts";
import { codeBytes } from "../lockstep/stepwise.ts";
import { assembleGuest, type Include } from "./guest-source.ts";

/** What a guest finds in its start block. */
export interface Start {
  /** Where its own data begins, from the start of the data part: behind the layers inside. */
  readonly dataAt: number;
  readonly args: readonly string[];
  /** Identities of the cVMs that it deals with, in the order of the description. */
  readonly peers: readonly bigint[];
}

export interface GuestImage {
  readonly bytes: Uint8Array;
  /** Bytes of data that the program asks for, from `dataAt` on; 0 if it does not say. */
  readonly dataSize: number;
  /** Places in the program by offset from the start of the code part; none of an ELF file. */
  readonly labels: ReadonlyMap<string, number>;
}

export const PAGE = 4096;
/** Pages of a code part around the image: stubs in front, a page for the host's own use and the store behind. */
export const CODE_PAGES = 3;
/** Offset of images in a code part. */
const IMAGE_AT = 0x1000;
/** The start block behind the two instructions and their padding. */
const BLOCK_AT = 16;
/** Its fixed words: see `startBlock`. */
const BLOCK_WORDS = 4;
const IMAGE_MAX = 1 << 20;

/** Jumps at the start of every code part, in this order (impl/intravisor/stub-code.ts). */
const stubs = ["hostcall", "pread", "pwrite", "bread", "bwrite", "scocall"];

/**
 * Builds the image of a runtime: an ELF file by its first bytes, assembly text otherwise.
 *
 * @param file stands for the bytes in messages, and says where files that it includes are looked for.
 * @throws BadInput naming the file, and the line or field.
 */
export function guestImage(content: Buffer, file: string, start: Start): GuestImage {
  const block = startBlock(start);
  const isElf = content.length >= 4 && content.readUInt32BE(0) === 0x7f454c46;
  const image = isElf ? elfImage(content, file, block) : sourceImage(content.toString("utf8"), file, block);
  if (image.bytes.length > IMAGE_MAX) {
    throw new BadInput(
      `${file}: expected an image of at most ${IMAGE_MAX} bytes, found ${image.bytes.length}`,
    );
  }
  return image;
}

/** As `guestImage`, of assembly text whose includes lie beside `file`. */
export function sourceImage(text: string, file: string, block: Uint8Array): GuestImage {
  const origin = IMAGE_AT + BLOCK_AT + block.length;
  const places = Object.fromEntries([
    ...stubs.map((name, index) => [name, 4 * index]),
    ["image", IMAGE_AT],
  ]) as Record<string, number>;
  const { bytes, dataSize, labels } = assembleGuest({ text, file, include, origin, places });
  const entry = labels.get("start");
  if (entry === undefined) throw new BadInput(`${file}: expected a label start, or an include of runtime.s`);
  return { bytes: whole(block, bytes, entry), dataSize, labels };
}

/** Bytes of an address space that a file may spread over: its segments keep their distances. */
function elfImage(content: Buffer, file: string, block: Uint8Array): GuestImage {
  const { entry, segments } = readElf(content, [], file);
  const lowest = segments[0]!.address;
  const last = segments.at(-1)!;
  const size = last.address + last.size - lowest;
  if (size > BigInt(IMAGE_MAX)) {
    throw new BadInput(`${file}: p_memsz: expected at most ${IMAGE_MAX} bytes in all, found ${size}`);
  }
  if (entry < lowest || entry >= lowest + size) throw new BadInput(`${file}: e_entry: lies in no segment`);
  const bytes = new Uint8Array(Number(size));
  for (const segment of segments) bytes.set(segment.bytes, Number(segment.address - lowest));
  const origin = IMAGE_AT + BLOCK_AT + block.length;
  return { bytes: whole(block, bytes, origin + Number(entry - lowest)), dataSize: 0, labels: new Map() };
}

function whole(block: Uint8Array, program: Uint8Array, entry: number): Uint8Array {
  const jump = assembleProgram(`auipc a1, 0\njal x0, ${entry - IMAGE_AT - 4}`);
  const bytes = new Uint8Array(BLOCK_AT + block.length + program.length);
  bytes.set(codeBytes(jump.words));
  bytes.set(block, BLOCK_AT);
  bytes.set(program, BLOCK_AT + block.length);
  return bytes;
}

/** Words: where data begins, number of arguments, number of peers, bytes of all this; peers; arguments with a NUL behind each. */
export function startBlock({ dataAt, args, peers }: Start): Uint8Array {
  const text = new TextEncoder().encode(args.map((one) => `${one}\0`).join(""));
  const size = roundUp(8 * (BLOCK_WORDS + peers.length) + text.length, 16);
  const bytes = new Uint8Array(size);
  const words = [dataAt, args.length, peers.length, size].map(BigInt);
  const view = new DataView(bytes.buffer);
  for (const [at, word] of [...words, ...peers].entries()) view.setBigUint64(8 * at, word, true);
  bytes.set(text, 8 * (BLOCK_WORDS + peers.length));
  return bytes;
}

/** The next multiple of a unit. */
export function roundUp(value: number, unit: number): number {
  return Math.ceil(value / unit) * unit;
}

const SOURCE_MAX = 1 << 20;

/** Files that a source names lie beside it. */
const include: Include = (name, from) => {
  const file = join(dirname(from), name);
  return { text: readBounded(file).toString("utf8"), file };
};

/** @throws BadInput when there is no such file, it cannot be read, or it is larger than so many bytes. */
export function readBounded(file: string, bytesMax = SOURCE_MAX): Buffer {
  let size: number;
  try {
    const status = statSync(file);
    if (!status.isFile()) throw new BadInput(`${file}: expected a file`);
    size = status.size;
    if (size <= bytesMax) return readFileSync(file);
  } catch (error) {
    if (error instanceof BadInput) throw error;
    throw new BadInput(`${file}: cannot be read (${(error as NodeJS.ErrnoException).code ?? String(error)})`);
  }
  throw new BadInput(`${file}: expected at most ${bytesMax} bytes, found ${size}`);
}
