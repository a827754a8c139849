/**
 * What every tagged capability must look like, wherever it stands.
 *
 * Sources: CHERI ISAv9, "Capability Compression" and object types; CHERI-MIPS, S&P'20, CapabilityInvariant; Morello,
 * ESOP'22, first hypothesis (tagged capabilities are well-formed and decodable).
 */
import type { Capability } from "../../../model/contract.ts";
import { drawRanges } from "../../finding/range.ts";
import { ORDINARY_MAX, SENTRY, UNSEALED } from "../exact/capability.ts";
import { boundsAt, WHOLE } from "../exact/encoding.ts";
import type { Opinion } from "../tally.ts";

const SPACE = 1n << 64n;
const ADDRESS_MAX = SPACE - 1n;
const PERMS_MAX = 0xffff;
const FIELD_MAX = 0x7ff_ffff;

/** fields_fit: no field is wider than its encoding, and the reserved bits are zero. */
export function fieldsFit(cap: Capability): Opinion {
  const { address, perms, flags, reserved, bounds } = cap;
  if (address < 0n || address > ADDRESS_MAX) return wrong("its address does not fit 64 bits", cap);
  if (!fits(perms, PERMS_MAX)) return wrong("its permissions do not fit 16 bits", cap);
  if (flags !== 0n && flags !== 1n) return wrong("its flags do not fit one bit", cap);
  if (!fits(bounds, FIELD_MAX)) return wrong("its bounds field does not fit 27 bits", cap);
  return reserved === 0n ? "holds" : wrong("its reserved bits are not zero", cap);
}

/** Small fields are compared as numbers, which is faster. */
function fits(field: bigint, most: number): boolean {
  const value = Number(field);
  return value >= 0 && value <= most;
}

/** otype_permitted: unsealed, a sentry, or an ordinary type; two reserved types mean nothing. */
export function otypeIsPermitted(cap: Capability): Opinion {
  const { otype } = cap;
  if (otype === UNSEALED || otype === SENTRY || (otype >= 0n && otype <= ORDINARY_MAX)) return "holds";
  return wrong(`no tagged capability can have the type 0x${otype.toString(16)}`, cap);
}

/** bounds_ordered: base is not above top, and top not above the address space. */
export function boundsAreOrdered(cap: Capability): Opinion {
  const { base, top } = cap;
  return base >= 0n && base <= top && top <= SPACE ? "holds" : wrong("its bounds are out of order", cap);
}

/** bounds_encoded: base and top are what the bounds field says at the address. */
export function boundsAreEncoded(cap: Capability): Opinion {
  const { base, top, bounds, address } = cap;
  if (bounds === WHOLE && base === 0n && top === SPACE) return "holds";
  const said = boundsAt(bounds, address);
  if (said.base === base && said.top === top) return "holds";
  const field = `the field 0x${bounds.toString(16)} says [0x${said.base.toString(16)}, 0x${said.top.toString(16)})`;
  return wrong(`at its address ${field}`, cap);
}

function wrong(why: string, cap: Capability): string[] {
  return [why, ...drawRanges([{ name: "capability", cap }])];
}
