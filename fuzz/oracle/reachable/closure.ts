/**
 * The closure of reachable authority: all capabilities that some code could ever come to hold, starting from what is
 * held. It is infinite, and kept by its generators: the greatest unsealed capabilities and the sealed ones that
 * nobody can make. Source: Morello, ESOP'22, `reachable_caps`; the registers and checks are those of CHERI-RISC-V.
 */
import type { Capability } from "../../../model/contract.ts";
import { areSame, isSealed, SENTRY } from "../exact/capability.ts";
import type { Held } from "../oracle.ts";
import {
  hasSameAuthority,
  isRoot,
  isSystemCode,
  isWithinAuthority,
  mayLoadCapability,
  maySeal,
  mayUnseal,
  openedBy,
} from "./authority.ts";
import { type Rule, rule } from "./rule.ts";

/** What is held at one moment. */
export type Holdings = Pick<Held, "mode" | "isTagged" | "capability" | "granules">;

/** A capability that generates others, and how it was reached. */
export interface Generator {
  readonly cap: Capability;
  readonly rule: Rule;
  /** A register or special register, or the address of a granule; null for what was opened. */
  readonly place: number | bigint | null;
  /** What it was loaded, read or unsealed with, and what it was unsealed from. */
  readonly by: readonly Generator[];
}

const PCC = 0x20;
const DDC = 0x21;
/** By the least mode that may read them: supervisor (1) STCC to SEPCC, machine (3) MTCC to MEPCC. */
const SYSTEM_REGISTERS = [
  { least: 1, indices: [0x2c, 0x2d, 0x2e, 0x2f] },
  { least: 3, indices: [0x3c, 0x3d, 0x3e, 0x3f] },
] as const;
const NOTHING: readonly Generator[] = [];

/** It grows by `add`; to become less takes a new `survey`, which `needs` tells when. */
export class Closure {
  /** Unsealed capabilities, none within another. */
  unsealed: Generator[] = [];
  sealed: Generator[] = [];
  /** All that was added because it was new then, in that order: each was reached only by those before it. */
  #met: Generator[] = [];
  /** Whether it contains everything. */
  isEverything = false;
  /** Whether code with access to system registers is reachable. */
  hasSystem = false;
  /** Whether all that was met has its base below its top, and both in the address space. */
  isWellFormed = true;
  #held!: Holdings;
  #granules: ReturnType<Holdings["granules"]> = [];
  readonly #pending: Generator[] = [];

  /** Begins anew with what is held. */
  survey(held: Holdings): void {
    this.#met = [];
    this.unsealed = [];
    this.sealed = [];
    this.isEverything = false;
    this.hasSystem = false;
    this.isWellFormed = true;
    this.#held = held;
    this.#granules = held.granules();
    for (let index = 1; index < PCC; index++) this.#hold(index);
    this.#hold(DDC);
    this.#hold(PCC);
    this.#settle();
  }

  /** Adds one capability, and what it opens, to what is held; nothing else may have been gained since the survey. */
  add(cap: Capability, by: Rule, held: Holdings): void {
    this.#held = held;
    this.#granules = held.granules();
    this.#pending.push({ cap, rule: by, place: null, by: NOTHING });
    this.#settle();
  }

  /** Whether code that has reached this closure can come to hold a tagged capability. */
  contains(cap: Capability): boolean {
    if (this.isEverything) return true;
    const { unsealed } = this;
    const isInside = unsealed.some((one) => isWithinAuthority(cap, one.cap));
    if (!isSealed(cap)) return isInside;
    if (isInside && cap.otype === SENTRY) return true;
    if (isInside && unsealed.some((one) => maySeal(one.cap, cap.otype))) return true;
    return this.sealed.some((one) => areSame(one.cap, cap));
  }

  /** Whether the closure may become less when a place loses this capability. */
  needs(cap: Capability): boolean {
    return this.#met.some((one) => one.cap.otype === cap.otype && hasSameAuthority(one.cap, cap));
  }

  #hold(index: number): void {
    if (!this.#held.isTagged(index)) return;
    this.#pending.push({ cap: this.#held.capability(index), rule: rule.reg, place: index, by: NOTHING });
  }

  #settle(): void {
    const pending = this.#pending;
    for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
      if (this.contains(next.cap)) continue;
      this.#met.push(next);
      const { base, top } = next.cap;
      if (base > top || top > 1n << 64n) this.isWellFormed = false;
      if (isSealed(next.cap)) this.#addSealed(next);
      else this.#addUnsealed(next);
    }
  }

  #addSealed(one: Generator): void {
    this.sealed.push(one);
    for (const key of this.unsealed) this.#open(one, key);
  }

  #addUnsealed(one: Generator): void {
    if (isRoot(one.cap)) this.isEverything = true;
    this.unsealed = this.unsealed.filter(({ cap }) => !isWithinAuthority(cap, one.cap));
    this.unsealed.push(one);
    for (const { address, cap } of this.#granules) {
      if (!mayLoadCapability(one.cap, address)) continue;
      this.#pending.push({ cap, rule: rule.mem, place: address, by: [one] });
    }
    for (const sealed of this.sealed) this.#open(sealed, one);
    if (!this.hasSystem && isSystemCode(one.cap)) this.#openSystem(one);
  }

  #open(sealed: Generator, key: Generator): void {
    if (!mayUnseal(key.cap, sealed.cap.otype)) return;
    const cap = openedBy(sealed.cap, key.cap);
    this.#pending.push({ cap, rule: rule.unseal, place: null, by: [sealed, key] });
  }

  #openSystem(one: Generator): void {
    this.hasSystem = true;
    const held = this.#held;
    for (const { least, indices } of SYSTEM_REGISTERS) {
      if (held.mode < least) continue;
      for (const place of indices) {
        if (!held.isTagged(place)) continue;
        this.#pending.push({ cap: held.capability(place), rule: rule.sysReg, place, by: [one] });
      }
    }
  }
}
