/**
 * What any machine under test says to the outside: types only, shared by every folder.
 *
 * This is the one file that `impl` may import from `model`, and only as types. Constants of the architecture
 * are not here: they are written down twice, on purpose.
 */

/** A capability with its exact bounds, as the CHERI ISAv9 128-bit format for RV64 can express it. */
export interface Capability {
  readonly tag: boolean;
  /** 64 bits, 0 to 2^64-1. */
  readonly address: bigint;
  /** Lowest address covered, 0 to 2^64-1. Derived from `bounds` and `address`. */
  readonly base: bigint;
  /** First address beyond, a 65-bit number (2^64 for the root; malformed untagged patterns may go below base). */
  readonly top: bigint;
  /** 16 bits as they are encoded: user[3:0] @ hardware[11:0]. CGetPerm shows user permissions at 18:15. */
  readonly perms: bigint;
  /** 18 bits; 2^18-1 is unsealed, 2^18-2 a sentry. */
  readonly otype: bigint;
  /** 1 bit: capability encoding mode when in PCC. */
  readonly flags: bigint;
  /** 2 reserved bits, kept as given. */
  readonly reserved: bigint;
  /** The encoded bounds field in register form (not XORed with null): IE[26] T[25:14] B[13:0]. */
  readonly bounds: bigint;
}

/** 0 user, 1 supervisor, 3 machine. */
export type Privilege = 0 | 1 | 3;

/**
 * Names a capability: 0-31 a register, 0x20 PCC, 0x21 DDC, 0x20|scr another special capability register.
 * The same numbering as `cap_idx` in mtval.
 */
export type CapabilityIndex = number;

/** One data access. A step makes at most one read and one write, at the same address when it makes both. */
export interface MemoryAccess {
  readonly address: bigint;
  /** 1, 2, 4, 8 or 16; 64 for CLoadTags, whose `data` is the four tags, lowest granule in bit 0. */
  readonly size: number;
  /** Little-endian bytes as one number. A capability travels in memory form (XORed with the null pattern). */
  readonly data: bigint;
  /** The granule's tag as read or written by a capability access; false for plain data. */
  readonly tag: boolean;
}

export interface Trap {
  /** mcause without the interrupt bit. */
  readonly cause: bigint;
  /** mtval. */
  readonly value: bigint;
}

/** What a step wrote to its destination register; x0 is never reported. */
export type RegisterWrite =
  | { readonly kind: "integer"; readonly index: number; readonly value: bigint }
  | { readonly kind: "capability"; readonly index: number; readonly value: Capability };

/** A special capability register that a step replaced. */
export interface SpecialWrite {
  /** The scr number: 0 PCC, 1 DDC, 28 MTCC, 29 MTDC, 30 MScratchC, 31 MEPCC, ... */
  readonly scr: number;
  readonly value: Capability;
}

/**
 * Everything one step did. A superset of an RVFI packet.
 *
 * A trapped step has no register, memory, csr, cleared, authority or source; its `specials` are MEPCC then PCC.
 */
export interface StepEvent {
  /** Position in the run, from 0. */
  readonly order: number;
  /** The word injected or fetched; a compressed one fits 16 bits. 0 if it could not be fetched. */
  readonly word: number;
  /** Privilege before the step. */
  readonly mode: Privilege;
  readonly pcBefore: bigint;
  /** Address of the next instruction (the trap vector after a trap). */
  readonly pcAfter: bigint;
  readonly trap: Trap | null;
  readonly register: RegisterWrite | null;
  /** Bit i set: CClear made register i null (bit 0 is DDC). 0 for every other instruction. */
  readonly cleared: number;
  /**
   * Special capability registers replaced, at most two, in this order: the one an instruction or a trap names
   * (CSpecialRW, a CSR write to mtvec or mepc, CClear of DDC, MEPCC on a trap), then PCC when the step replaced
   * it as a whole (capability jump, CInvoke, xRET, trap). Sequential flow and integer jumps only move pcAfter.
   */
  readonly specials: readonly SpecialWrite[];
  /** The CSR that a CSR instruction wrote, with its value after legalisation. mtvec and mepc appear here too. */
  readonly csr: { readonly number: number; readonly value: bigint } | null;
  readonly read: MemoryAccess | null;
  readonly write: MemoryAccess | null;
  /**
   * The capability whose fields were checked to allow the effect:
   * data access: DDC (0x21) or the base register; integer-mode JAL, JALR, JALR.PCC, CJAL and *taken* branches: PCC (0x20);
   * CJALR, JALR.CAP, C.CJR, C.CJALR: cs1; CInvoke: cs2 (the data half); CSeal, CCSeal, CUnseal: cs2; CBuildCap: cs1 or DDC;
   * CSpecialRW of a register that needs ASR, any CSR access and xRET: PCC. Otherwise null.
   */
  readonly authority: CapabilityIndex | null;
  /**
   * The capability that was copied or derived into the register, special register, PCC or memory granule:
   * one-source and set instructions: cs1 (CFromPtr with c0: DDC); CBuildCap: cs2; AUIPCC, CJAL: PCC;
   * CJALR, JALR.CAP, C.CJR, C.CJALR, CInvoke: cs1; CSpecialRW: cs1 if it writes, else 0x20|scr; xRET: MEPCC (0x3f);
   * SC, SC.C, AMOSWAP.C: cs2. Instructions that write only integers, and loads: null.
   */
  readonly source: CapabilityIndex | null;
}

/** How a run begins. */
export interface Start {
  /**
   * `dii`: the RVFI-DII reset state, x1-x31 = root capability with address 0.
   * `bare`: registers null. Both: pc 0x80000000, machine mode, PCC, DDC, MTCC, MEPCC root, RAM zero.
   */
  readonly preset: "dii" | "bare";
}

export interface Granule {
  /** 16-byte aligned. */
  readonly address: bigint;
  /** 128 bits, little-endian, memory form. */
  readonly data: bigint;
  readonly tag: boolean;
}

/** The whole architectural state, for the comparison at the end of a run. */
export interface MachineState {
  readonly pc: bigint;
  readonly mode: Privilege;
  /** 32 entries; entry 0 is null. */
  readonly registers: readonly Capability[];
  /** By ascending scr number; PCC is reported with address = pc. */
  readonly specials: readonly SpecialWrite[];
  /** By ascending CSR number; every implemented CSR that is not a view of a special register or a counter. */
  readonly csrs: readonly { readonly number: number; readonly value: bigint }[];
  /** Address held by LR, or null. */
  readonly reservation: bigint | null;
  /** Granules with a tag or a byte other than zero, by ascending address. */
  readonly memory: readonly Granule[];
}

/** The contract of a machine under test. RAM is `ramBase` .. `ramBase + ramSize`; nothing else is mapped. */
export interface MachineUnderTest {
  readonly name: string;
  readonly ramBase: bigint;
  readonly ramSize: number;
  reset(start: Start): void;
  /** Copies bytes into RAM and clears the tags of the granules touched. Throws RangeError outside RAM. */
  load(address: bigint, bytes: Uint8Array): void;
  /** Executes one injected word instead of fetching at pc (PCC is still checked): direct instruction injection. */
  inject(word: number): StepEvent;
  /** Fetches at pc and executes. */
  step(): StepEvent;
  state(): MachineState;
  /** Reads RAM for a host protocol (tohost, signature). Throws RangeError outside RAM. */
  peek(address: bigint, size: number): Uint8Array;
}

/**
 * A program: plain data, the only interface between generators, corpora, drivers, shrinkers, RVFI and reports.
 * JSON on disk; see fuzz/program for the schema.
 */
export interface Program {
  readonly format: "capwright-program";
  readonly version: 1;
  readonly level: "machine";
  readonly start: Start;
  /** `injected`: words go in one by one, whatever pc says. `memory`: words lie at 0x80000000 and are fetched. */
  readonly fetch: "injected" | "memory";
  /** Instruction words; bits 1:0 other than 3 mean a 16-bit word. */
  readonly words: readonly number[];
  /** The most steps a `memory` program runs; an `injected` one runs each word once. */
  readonly budgetSteps: number;
  /** Optional remarks on single words, by index; assertions of TestRIG traces travel here. */
  readonly marks: readonly Mark[];
}

export interface Mark {
  readonly at: number;
  readonly kind: "keep" | "note" | "assert";
  /** For `assert`: an RVFI field name, e.g. rd_wdata. */
  readonly field?: string;
  /** For `assert`: the value expected, hexadecimal with 0x. */
  readonly value?: string;
  readonly text?: string;
}
