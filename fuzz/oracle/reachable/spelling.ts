/** Capabilities as a violation tells of them. */
import type { Capability } from "../../../model/contract.ts";
import { permissionText } from "../../finding/range.ts";
import { hexOf, SENTRY, UNSEALED } from "../exact/capability.ts";

/** `[0x80002000, 0x80003000) GXR-r-l-I--C0123, sealed with type 0x5`. */
export function spelt({ base, top, perms, otype }: Capability): string {
  return `${rangeText(base, top)} ${permissionText(perms)}${sealText(otype)}`;
}

export function rangeText(base: bigint, top: bigint): string {
  return `[${hexOf(base)}, ${hexOf(top)})`;
}

function sealText(otype: bigint): string {
  if (otype === UNSEALED) return "";
  return otype === SENTRY ? ", a sentry" : `, sealed with type ${hexOf(otype)}`;
}

const NAMES = new Map([
  [0x20, "PCC"],
  [0x21, "DDC"],
  [0x2c, "STCC"],
  [0x2d, "STDC"],
  [0x2e, "SScratchC"],
  [0x2f, "SEPCC"],
  [0x3c, "MTCC"],
  [0x3d, "MTDC"],
  [0x3e, "MScratchC"],
  [0x3f, "MEPCC"],
]);

/** A register, special register or granule. */
export function placeText(place: number | bigint): string {
  if (typeof place === "bigint") return `memory at ${hexOf(place)}`;
  return NAMES.get(place) ?? `c${place}`;
}
