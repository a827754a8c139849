import type { Holdings } from "../fuzz/oracle/reachable/closure.ts";
import type { Capability } from "../model/contract.ts";

const UNSEALED = 0x3ffffn;
const SENTRY = 0x3fffen;
const ORDINARY_MAX = 0x3fffbn;
const [GLOBAL, EXECUTE, LOAD, LOAD_CAP, SEAL, UNSEAL, SYSTEM] = [0n, 1n, 2n, 4n, 7n, 9n, 10n] as const;
const SYSTEM_REGISTERS = [0x2c, 0x2d, 0x2e, 0x2f, 0x3c, 0x3d, 0x3e, 0x3f];

/**
 * The closure of reachable authority, worked out from nothing by going through all rules until none adds anything. It
 * is for machines without supervisor mode. Source: Morello, ESOP'22, `reachable_caps`.
 */
export class PlainClosure {
  readonly #found = new Map<string, Capability>();

  constructor(held: Holdings) {
    const places = Array.from({ length: 33 }, (_, at) => at + 1);
    for (const place of places) if (held.isTagged(place)) this.#put(held.capability(place));
    for (let size = -1; size !== this.#found.size; ) {
      size = this.#found.size;
      for (const cap of [...this.#found.values()]) this.#derive(cap, held);
    }
  }

  /** What was found: everything else in the closure is made of it by restricting and sealing. */
  get found(): Capability[] {
    return [...this.#found.values()];
  }

  contains(cap: Capability): boolean {
    if (this.#found.has(nameOf(cap))) return true;
    const open = this.found.filter(({ otype }) => otype === UNSEALED);
    if (!open.some((one) => isLess(cap, one))) return false;
    if (cap.otype === UNSEALED || cap.otype === SENTRY) return true;
    return cap.otype <= ORDINARY_MAX && open.some((one) => has(one, SEAL) && covers(one, cap.otype, 1n));
  }

  #put(cap: Capability): void {
    this.#found.set(nameOf(cap), cap);
  }

  #derive(cap: Capability, held: Holdings): void {
    if (cap.otype !== UNSEALED) return;
    for (const { address, cap: stored } of held.granules()) {
      if (has(cap, LOAD) && has(cap, LOAD_CAP) && covers(cap, address, 16n)) this.#put(stored);
    }
    for (const sealed of this.found) {
      const { otype } = sealed;
      if (otype > ORDINARY_MAX || !has(cap, UNSEAL) || !covers(cap, otype, 1n)) continue;
      const perms = has(cap, GLOBAL) ? sealed.perms : sealed.perms & ~1n;
      this.#put({ ...sealed, otype: UNSEALED, perms });
    }
    if (held.mode !== 3 || !has(cap, SYSTEM) || !has(cap, EXECUTE)) return;
    for (const place of SYSTEM_REGISTERS) if (held.isTagged(place)) this.#put(held.capability(place));
  }
}

function nameOf({ address, base, top, perms, otype, flags, reserved }: Capability): string {
  const place = otype === UNSEALED ? "" : `${address} ${flags} ${reserved}`;
  return `${base} ${top} ${perms} ${otype} ${place}`;
}

function has({ perms }: Capability, permission: bigint): boolean {
  return ((perms >> permission) & 1n) === 1n;
}

function covers({ base, top }: Capability, address: bigint, size: bigint): boolean {
  return base <= address && address + size <= top;
}

function isLess(cap: Capability, other: Capability): boolean {
  const isInside = other.base <= cap.base && cap.base <= cap.top && cap.top <= other.top;
  return isInside && (cap.perms | other.perms) === other.perms;
}
