/**
 * Which access each memory instruction makes: one row an instruction. RISC-V I, A, C; CHERI ISAv9, memory.
 */

export type AccessKind =
  | "load"
  | "store"
  | "reserve"
  | "conditional"
  | "atomic"
  | "load capability"
  | "store capability"
  | "reserve capability"
  | "conditional capability"
  | "swap capability"
  | "tags";

export interface AccessRow {
  readonly kind: AccessKind;
  /** Bytes. */
  readonly size: number;
  readonly isSigned: boolean;
  /**
   * Who authorizes: DDC in integer mode and the base register in capability mode, DDC, or the base register.
   */
  readonly by: "mode" | "ddc" | "base";
  /** The operand that names the base register; null is the stack pointer. */
  readonly base: string | null;
  /** The operand that is added to it, or null. */
  readonly offset: string | null;
  /** The operand that names the register stored, or null. */
  readonly from: string | null;
  /** The operand that names the register written, or null. */
  readonly to: string | null;
  /** The atomic operation. */
  readonly operation: string | null;
}

type Short = Partial<AccessRow> & Pick<AccessRow, "kind" | "size">;

function full(short: Short): AccessRow {
  return {
    isSigned: true,
    by: "mode",
    base: "base",
    offset: null,
    from: null,
    to: null,
    operation: null,
    ...short,
  };
}

const SIZES: readonly (readonly [letter: string, size: number])[] = [
  ["b", 1],
  ["h", 2],
  ["w", 4],
  ["d", 8],
];
const OPERATIONS = ["swap", "add", "xor", "and", "or", "min", "max", "minu", "maxu"];

/** The two ways to name the authority: `.ddc` with an integer address, `.cap` with a capability. */
const NAMED = [
  [".ddc", { by: "ddc", base: "rs1" }],
  [".cap", { by: "base", base: "cs1" }],
] as const;

const rows = new Map<string, AccessRow>();

for (const [letter, size] of SIZES) {
  const sized = { size, offset: "imm" } as const;
  rows.set(`l${letter}`, full({ kind: "load", ...sized, to: "rd" }));
  if (size < 8) rows.set(`l${letter}u`, full({ kind: "load", ...sized, isSigned: false, to: "rd" }));
  rows.set(`s${letter}`, full({ kind: "store", ...sized, from: "rs2" }));
  rows.set(`lr.${letter}`, full({ kind: "reserve", size, to: "rd" }));
  rows.set(`sc.${letter}`, full({ kind: "conditional", size, from: "rs2", to: "rd" }));
  for (const [suffix, named] of NAMED) {
    rows.set(`l${letter}${suffix}`, full({ kind: "load", size, to: "rd", ...named }));
    if (size < 8) {
      rows.set(`l${letter}u${suffix}`, full({ kind: "load", size, isSigned: false, to: "rd", ...named }));
    }
    rows.set(`s${letter}${suffix}`, full({ kind: "store", size, from: "rs2", ...named }));
    rows.set(`lr.${letter}${suffix}`, full({ kind: "reserve", size, to: "rd", ...named }));
    // The status replaces what was stored.
    rows.set(`sc.${letter}${suffix}`, full({ kind: "conditional", size, from: "rs2", to: "rs2", ...named }));
  }
}

for (const operation of OPERATIONS) {
  for (const [letter, size] of SIZES.slice(2)) {
    const name = `amo${operation}`;
    rows.set(`${name}.${letter}`, full({ kind: "atomic", size, from: "rs2", to: "rd", operation: name }));
  }
}

for (const [letter, size] of SIZES.slice(2)) {
  rows.set(`c.l${letter}`, full({ kind: "load", size, offset: "uimm", to: "rd" }));
  rows.set(`c.s${letter}`, full({ kind: "store", size, offset: "uimm", from: "rs2" }));
  rows.set(`c.l${letter}sp`, full({ kind: "load", size, base: null, offset: "uimm", to: "rd" }));
  rows.set(`c.s${letter}sp`, full({ kind: "store", size, base: null, offset: "uimm", from: "rs2" }));
}

const size = 16;
rows.set("lc", full({ kind: "load capability", size, offset: "imm", to: "cd" }));
rows.set("sc", full({ kind: "store capability", size, offset: "imm", from: "cs2" }));
rows.set("lr.c", full({ kind: "reserve capability", size, to: "cd" }));
rows.set("sc.c", full({ kind: "conditional capability", size, from: "cs2", to: "rd" }));
rows.set("amoswap.c", full({ kind: "swap capability", size, from: "cs2", to: "cd" }));
for (const [suffix, named] of NAMED) {
  rows.set(`lc${suffix}`, full({ kind: "load capability", size, to: "cd", ...named }));
  rows.set(`sc${suffix}`, full({ kind: "store capability", size, from: "cs2", ...named }));
  rows.set(`lr.c${suffix}`, full({ kind: "reserve capability", size, to: "cd", ...named }));
  rows.set(`sc.c${suffix}`, full({ kind: "conditional capability", size, from: "cs2", to: "cs2", ...named }));
}
const compressed = { size, offset: "uimm", by: "base" } as const;
rows.set("c.clc", full({ kind: "load capability", ...compressed, base: "cs1", to: "cd" }));
rows.set("c.csc", full({ kind: "store capability", ...compressed, base: "cs1", from: "cs2" }));
rows.set("c.clcsp", full({ kind: "load capability", ...compressed, base: null, to: "cd" }));
rows.set("c.cscsp", full({ kind: "store capability", ...compressed, base: null, from: "cs2" }));
rows.set("cloadtags", full({ kind: "tags", size: 64, by: "base", base: "cs1", to: "rd" }));

/** The access of each memory instruction by its name. */
export const accessRows: ReadonlyMap<string, AccessRow> = rows;
