/** What a report can show of an object file. */
import { readFileSync } from "node:fs";
import { BadInput } from "../bad-input.ts";
import { listObject } from "./link-listing.ts";

/** Bytes of a file that are shown. */
const BYTES_MAX = 1 << 16;

/** Its listing and bytes, hexadecimal; null for what is not there or cannot be read as an object. */
export function objectText(path: string | null): { listing: readonly string[] | null; bytes: string | null } {
  if (path === null) return { listing: null, bytes: null };
  const bytes = readFileSync(path);
  return { listing: listingOf(bytes, path), bytes: bytes.subarray(0, BYTES_MAX).toString("hex") };
}

function listingOf(bytes: Uint8Array, name: string): readonly string[] | null {
  try {
    return listObject(bytes, name).split("\n");
  } catch (error) {
    if (error instanceof BadInput) return null;
    throw error;
  }
}
