/**
 * A capability that differs from another in one field.
 *
 * Every capability is written out with its fields in the contract's order. A spread would be shorter, but gives its
 * results layouts of their own, and whatever reads capabilities then slows down by a third.
 */

import type { Capability } from "../contract.ts";
import type { Bounds } from "./bounds.ts";

export function withTag(cap: Capability, tag: boolean): Capability {
  const { address, base, top, perms, otype, flags, reserved, bounds } = cap;
  return { tag, address, base, top, perms, otype, flags, reserved, bounds };
}

/** The same bounds around another address, which must be representable with them. */
export function withAddress(cap: Capability, address: bigint): Capability {
  const { tag, base, top, perms, otype, flags, reserved, bounds } = cap;
  return { tag, address, base, top, perms, otype, flags, reserved, bounds };
}

/** Another address and other bounds: the encoded field, and what it decodes to at that address. */
export function withBounds(cap: Capability, address: bigint, bounds: bigint, decoded: Bounds): Capability {
  const { tag, perms, otype, flags, reserved } = cap;
  const { base, top } = decoded;
  return { tag, address, base, top, perms, otype, flags, reserved, bounds };
}

export function withPerms(cap: Capability, perms: bigint): Capability {
  const { tag, address, base, top, otype, flags, reserved, bounds } = cap;
  return { tag, address, base, top, perms, otype, flags, reserved, bounds };
}

export function withOtype(cap: Capability, otype: bigint): Capability {
  const { tag, address, base, top, perms, flags, reserved, bounds } = cap;
  return { tag, address, base, top, perms, otype, flags, reserved, bounds };
}

export function withFlags(cap: Capability, flags: bigint): Capability {
  const { tag, address, base, top, perms, otype, reserved, bounds } = cap;
  return { tag, address, base, top, perms, otype, flags, reserved, bounds };
}
