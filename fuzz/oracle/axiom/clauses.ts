/** The clauses of oracle A, and their places among its counts. */

/**
 * What an instruction is meant to do: each definition is labelled with its intentions, and each intention has its
 * law. After the properties of CHERI-MIPS (S&P'20): ExecuteProp, LoadDataProp, StoreDataProp, RestrictCapProp,
 * LoadCapProp, StoreCapProp, StoreLocalCapProp, SealCapProp, UnsealCapProp, SpecialRegisterProp, InvokeCapProp,
 * ExceptionProp; with those that RISC-V needs besides. CapabilityInvariant and ValidStateProp are oracle S's;
 * AddressTranslationProp has no subject here, since no machine translates addresses.
 */
export const intentions = [
  "load_data",
  "store_data",
  "load_capability",
  "store_capability",
  "store_local_capability",
  "load_tags",
  "restrict",
  "seal",
  "unseal",
  "seal_entry",
  "rebuild",
  "link",
  "jump",
  "jump_capability",
  "invoke",
  "special_register",
  "system_register",
  "clear",
  "return",
  "never_retires",
] as const;

export type Intention = (typeof intentions)[number];

/** What every step must satisfy, whatever its instruction. */
const universal = [
  // CHERI-MIPS, S&P'20: ExecuteProp, ExceptionProp, MemoryInvariant.
  "execute",
  "exception",
  "memory_invariant",
  // What is claimed is what the instruction's form names; what it wrote is what its label covers.
  "claimed_authority",
  "claimed_source",
  "covered",
  // The instruction-local axioms of T-CHERI (Morello, ESOP'22).
  "read_reg",
  "write_reg",
  "load_mem",
  "store_mem",
  "store_tag",
  "store_cap_mem",
  "store_cap_reg",
] as const;

export const clauses = [...intentions, ...universal] as const;
export type Clause = (typeof clauses)[number];

/** The place of each clause. */
export const place = Object.fromEntries(clauses.map((clause, at) => [clause, at])) as Record<Clause, number>;
