/**
 * Where everything lives in the engine's linear memory. Addresses below RAM are fixed; what depends on the size of
 * RAM follows from `layoutFor`. Address 0 is never used: functions return it for "failed".
 */
import { RECORD_BYTES } from "./record.ts";

/** First guest address of RAM. */
export const RAM_BASE = 0x8000_0000n;

/**
 * The register file: 64 slots of 64 bytes. Slot i is c0-c31 for i < 32 and special register i - 32 otherwise, which is
 * the numbering of cap_idx in mtval and of `authority` and `source` in a step event.
 */
export const REGISTERS_AT = 0x800;
export const SLOT_BYTES = 64;

/** Address of a register's slot. */
export function slotAt(index: number): number {
  return REGISTERS_AT + index * SLOT_BYTES;
}

export const C31_AT = slotAt(31);
export const PCC_AT = slotAt(0x20);
export const DDC_AT = slotAt(0x21);
/** Takes writes to x0. Special register 2 does not exist, so its slot is free for this. */
export const SINK_AT = slotAt(0x22);
/** Two more slots of special registers that do not exist: the argument of writeTrapVector, and the tracer's own. */
export const SCRATCH_AT = slotAt(0x23);
export const TRACE_SLOT_AT = slotAt(0x24);
export const STCC_AT = slotAt(0x2c);
export const SEPCC_AT = slotAt(0x2f);
export const MTCC_AT = slotAt(0x3c);
export const MEPCC_AT = slotAt(0x3f);

/** Special capability registers that exist, by scr number. */
export const SPECIALS = [0, 1, 12, 13, 14, 15, 28, 29, 30, 31] as const;

/** Fields of a slot. Which of them hold sense depends on `flags`: see flag.lazy and flag.integer. */
export const field = {
  /** i64, always valid. */
  address: 0,
  /** i32, see `flag`. */
  flags: 8,
  /** i64, register form: perms 63:48, reserved 47:46, flags 45, otype 44:27, IE 26, T 25:14, B 13:0. */
  high: 16,
  /** i64. */
  base: 24,
  /** i64, low 64 bits; bit 64 is flag.top64. */
  top: 32,
  /** i64, top - base, at most 2^63-1 and at least 0: right for a quick check, never for an exact one. */
  length: 40,
} as const;

/** Bits of a slot's flag word. Bits 15:0 are the permissions, `high` >> 48, as in CGetPerm for bits 11:0. */
export const flag = {
  global: 1 << 0,
  execute: 1 << 1,
  load: 1 << 2,
  store: 1 << 3,
  loadCap: 1 << 4,
  storeCap: 1 << 5,
  storeLocalCap: 1 << 6,
  seal: 1 << 7,
  cinvoke: 1 << 8,
  unseal: 1 << 9,
  system: 1 << 10,
  tag: 1 << 16,
  /** otype other than unsealed. */
  sealed: 1 << 17,
  /** Bit 64 of top. */
  top64: 1 << 18,
  /** Only address, high and the tag bit are valid: loaded from memory, not looked at yet. */
  lazy: 1 << 19,
  /** Only address is valid, the rest is that of null: an integer result. The flag word is exactly this bit. */
  integer: 1 << 20,
} as const;

/** Bits of a granule byte, one for each 16 bytes of RAM. */
export const granule = {
  tag: 1 << 0,
  /** Operations decoded from this granule are cached. */
  code: 1 << 1,
  /** The page was written since the last reset; zero until its first write. */
  touched: 1 << 2,
} as const;

/** Log2 of the bytes of a page, the unit in which a reset clears RAM. */
export const PAGE_SHIFT = 12;

/** State of the hart outside the register file; every entry is 8 bytes. */
export const state = {
  /** i64. Address of the next instruction, while the run loop does not hold it in a local. */
  pc: 0x400,
  /** i32: 0 user, 3 machine. */
  privilege: 0x408,
  /** i32. Of a trap under way: mcause; i64 mtval. */
  cause: 0x410,
  trapValue: 0x418,
  /** i32: 1 if LR holds a reservation; i64 its address. */
  reserved: 0x420,
  reservation: 0x428,
  /** CSRs, i64 each. */
  mstatus: 0x440,
  misa: 0x448,
  mie: 0x450,
  mcounteren: 0x458,
  mscratch: 0x460,
  mcause: 0x468,
  mtval: 0x470,
  /** i64. In a step of the run loop mcycle and minstret are these minus the steps left of the budget. */
  cycleBase: 0x478,
  instretBase: 0x480,
  /** i64. Steps left of the budget, stored before a CSR is read or written. */
  stepsLeft: 0x488,
  /** The fetch window: pc - fetchBase <u fetchCount means that PCC and RAM allow 4 bytes at pc. */
  fetchBase: 0x4c0,
  fetchCount: 0x4c8,
  /** i32. Decoded operations of the halfword at fetchBase, in the table of the current encoding mode. */
  fetchTable: 0x4d0,
  /** i32: 1 in capability encoding mode. */
  mode: 0x4d8,
  /** i32: 1 if instructions are injected: then RAM does not limit pc. */
  injecting: 0x4e0,
  /**
   * DDC's windows for loads and stores. An access of 2^k bytes at `address` is allowed by DDC and lies in RAM
   * if address - base <u count[k], count being an i64 for k = 0..4 at `+ 8 * k`.
   */
  ddcLoadBase: 0x500,
  ddcLoadCount: 0x508,
  ddcStoreBase: 0x540,
  ddcStoreCount: 0x548,
  /** i32. Number of pages written since the last reset (their numbers are at `touchedPages`). */
  touchedCount: 0x580,
  /** i32. Why a loop stopped or a translated path ended, see `exit`. */
  exit: 0x588,
  /** i32: 1 if the loops stop behind every trap that is taken, see hart.ts. */
  stopsAtTrap: 0x598,
  /** i32: 1 after decoded code was dropped: translated paths may be out of date. */
  stale: 0x590,
} as const;

/** Steps that one call can trace, and words that one call can inject. */
export const STEPS_PER_CALL = 4096;

/**
 * A decoded operation: op u16, length u8 (in bytes), path u8, rd, rs1, rs2 u16 (slot addresses), heat u16, imm i32.
 * Heat counts a jump back. Where a translated path begins, op is TRANSLATED, path its number, and heat holds the op.
 */
export const OPERATION_BYTES = 16;
export const operationField = {
  op: 0,
  length: 2,
  path: 3,
  rd: 4,
  rs1: 6,
  rs2: 8,
  heat: 10,
  imm: 12,
} as const;
export const TRANSLATED = 0xffff;

/**
 * Of translation, i32 each unless it says otherwise; a reset leaves them alone. `hot` is the heat at which the target
 * of a jump back, or what follows a path, is worth a translation; then how often a path began, i64 its steps, and how
 * often it ended with a trap, because code was written over, and at a jump or with a PCC that it was not made for.
 */
export const translation = {
  hot: 0x380,
  begun: 0x384,
  steps: 0x388,
  trapped: 0x390,
  overwritten: 0x394,
  strayed: 0x398,
} as const;

/** Windows of capabilities in the translated path that runs: i64 base and i64 count, 16 bytes each. */
export const WINDOWS_AT = 0x100;
export const WINDOWS_END = 0x300;

/**
 * Values of state.exit: nothing; code at pc is hot; steps that no path may take; a path ends with a trap; a trap was
 * taken and the host wants to know.
 */
export const exit = { none: 0, hot: 1, plain: 2, trap: 3, taken: 4 } as const;

/** State and registers lie together; these are two copies of them as a reset leaves them, `dii` and `bare`. */
export const HART_AT = 0x400;
export const HART_BYTES = REGISTERS_AT + 64 * SLOT_BYTES - HART_AT;
export const RESETS_AT = 0x2000;
export const RESET_PRESETS = ["dii", "bare"] as const;

/** By number of a path, i32 each: how often it has ended other than by a trap, since that was last worth a look. */
export const PATH_HEATS_AT = 0x4800;

/** The decoded operation of an injected word, and the words to inject, u32 each. */
export const INJECTED_AT = 0x4fc0;
export const WORDS_AT = 0x5000;
export const RECORDS_AT = WORDS_AT + 4 * STEPS_PER_CALL;
const RECORDS_END = RECORDS_AT + RECORD_BYTES * STEPS_PER_CALL;

/** Addresses that depend on the size of RAM. */
export interface Layout {
  readonly ramSize: number;
  /** Decoder tables. */
  readonly decoderAt: number;
  /** Numbers of the pages written since the last reset, i32 each. */
  readonly touchedPagesAt: number;
  /** One byte for each granule. */
  readonly granulesAt: number;
  readonly ramAt: number;
  /** Decoded operations, one for each halfword of RAM, for integer mode and for capability mode. */
  readonly operationsAt: readonly [number, number];
  /** Size of the memory in pages of 64 KiB. */
  readonly pages: number;
}

const DECODER_BYTES = 0x4_0000;

/** Largest RAM whose decoded operations fit into 4 GiB of linear memory. */
const RAM_LIMIT = 224 * 2 ** 20;

/** Throws RangeError unless `ramSize` is a multiple of 64 KiB, up to 224 MiB. */
export function layoutFor(ramSize: number): Layout {
  if (!Number.isInteger(ramSize) || ramSize <= 0 || ramSize % 0x1_0000 !== 0 || ramSize > RAM_LIMIT) {
    throw new RangeError(`ramSize: a multiple of 65536 up to ${RAM_LIMIT} was expected, not ${ramSize}`);
  }
  const decoderAt = align(RECORDS_END);
  const touchedPagesAt = decoderAt + DECODER_BYTES;
  const granulesAt = align(touchedPagesAt + 4 * (ramSize >> PAGE_SHIFT));
  const ramAt = align(granulesAt + ramSize / 16);
  const perMode = (ramSize / 2) * OPERATION_BYTES;
  const integer = ramAt + ramSize;
  const end = integer + 2 * perMode;
  return {
    ramSize,
    decoderAt,
    touchedPagesAt,
    granulesAt,
    ramAt,
    operationsAt: [integer, integer + perMode],
    pages: end / 0x1_0000,
  };
}

/** The next multiple of 64 KiB. */
function align(at: number): number {
  return Math.ceil(at / 0x1_0000) * 0x1_0000;
}
