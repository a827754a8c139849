/**
 * Disks that come from files. What a file holds is read before anything is created; whatever the cVM writes goes to its disk
 * alone, and into the file, if it is to be kept, when the run is over: all of it or nothing.
 */
import { accessSync, constants, realpathSync, statSync } from "node:fs";
import { dirname } from "node:path";
import type { SystemView } from "../../model/system-contract.ts";
import { BadInput } from "../bad-input.ts";
import { writeWhole } from "../program/file.ts";
import { readBounded } from "./guest-image.ts";

const SECTOR_BYTES = 512;
const DISK_BYTES = 64 * SECTOR_BYTES;

/** A disk that comes from a file. */
export interface DiskFile {
  /** Where the file is, with no link on the way. */
  readonly path: string;
  /** The same for any two names of one file. */
  readonly identity: string;
  readonly content: Uint8Array;
  /** Whether what is on the disk in the end goes into the file. */
  readonly kept: boolean;
}

/**
 * Reads a file that a disk is to hold at first: at most 32 KiB. One that is to be kept is of whole sectors, one at least,
 * and can be written.
 *
 * @throws BadInput naming the file, and what was expected.
 */
export function openDisk(file: string, kept: boolean): DiskFile {
  const content = readBounded(file, DISK_BYTES);
  if (kept && (content.length === 0 || content.length % SECTOR_BYTES !== 0)) {
    const expected = `expected a multiple of ${SECTOR_BYTES} bytes above 0, since it is kept`;
    throw new BadInput(`${file}: ${expected}, found ${content.length}`);
  }
  const path = realpathSync(file);
  if (kept) mustBeWritable(path);
  const { dev, ino } = statSync(path);
  return { path, identity: `${dev}:${ino}`, content, kept };
}

/** It is written beside itself and renamed. */
function mustBeWritable(path: string): void {
  try {
    accessSync(path, constants.W_OK);
    accessSync(dirname(path), constants.W_OK);
  } catch (error) {
    throw new BadInput(`${path}: cannot be written (${(error as NodeJS.ErrnoException).code})`);
  }
}

/**
 * Puts what is on a disk in the end into its file, which grows by sectors that are not zeros. Returns how many sectors are
 * other than before; if none is, the file is left alone.
 *
 * @throws BadInput when it cannot be written; then the file is as it was.
 */
export function keepDisk({ path, content }: DiskFile, runs: SystemView["cvms"][number]["disk"]): number {
  const [before, after] = [new Uint8Array(DISK_BYTES), new Uint8Array(DISK_BYTES)];
  before.set(content);
  for (const { offset, bytes } of runs) after.set(Buffer.from(bytes, "hex"), offset);
  const sectorOf = (bytes: Uint8Array, at: number) => bytes.subarray(at, at + SECTOR_BYTES);
  let [changed, size] = [0, content.length];
  for (let at = 0; at < DISK_BYTES; at += SECTOR_BYTES) {
    if (sectorOf(after, at).some((byte) => byte !== 0)) size = Math.max(size, at + SECTOR_BYTES);
    if (Buffer.compare(sectorOf(before, at), sectorOf(after, at)) !== 0) changed++;
  }
  if (changed > 0) writeWhole(path, after.subarray(0, size));
  return changed;
}
