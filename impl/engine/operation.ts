/**
 * What an emitter is given and must do: the interface between the run loop and the operations.
 *
 * An emitter returns the code of one instruction. The same emitter serves every variant of the run loop, so it names
 * what happens ("the step wrote rd", "this was the authority") and lets the variant decide what that costs.
 */
import type { CapabilityFunctions } from "../capability/functions.ts";
import type { Code, FunctionRef, Local, Operand, Statement } from "../wasm/code.ts";
import type { Locals } from "../wasm/module.ts";
import type { Layout } from "./layout.ts";

export type { CapabilityFunctions };

/** Functions on the machine's state that the engine defines. */
export interface MachineFunctions {
  /**
   * (authority slot, address, access): all checks of a data access in the manual's order. Returns where the byte lies
   * in linear memory, or 0 after setting state.cause and state.trapValue. `access`: see access.ts.
   */
  readonly checkAccess: FunctionRef<readonly ["i32", "i64", "i32"], "i32">;
  /** (authority slot, address, access, window): checkAccess, and what it allows is remembered in the window. */
  readonly admitAccess: FunctionRef<readonly ["i32", "i64", "i32", "i32"], "i32">;
  /** (at, size): before bytes in RAM change: clears the tags of their granules, drops decoded code, notes the page. */
  readonly touch: FunctionRef<readonly ["i32", "i32"], "void">;
  /** (): after DDC changed. */
  readonly refreshDdc: FunctionRef<readonly [], "void">;
  /** (): after PCC changed. */
  readonly refreshFetch: FunctionRef<readonly [], "void">;
  /** (): after nothing but the encoding mode of PCC changed. */
  readonly refreshMode: FunctionRef<readonly [], "void">;
  /** (slot): writes a trap vector, MTCC or STCC, from SCRATCH_AT with the legalisation of the manual. */
  readonly writeTrapVector: FunctionRef<readonly ["i32"], "void">;
  /** High 64 bits of the product of two unsigned factors. */
  readonly mulHigh: FunctionRef<readonly ["i64", "i64"], "i64">;
  /** Low and high 64 bits of a product without carries. */
  readonly clmul: FunctionRef<readonly ["i64", "i64"], "i64">;
  readonly clmulHigh: FunctionRef<readonly ["i64", "i64"], "i64">;
  /** CSR file, see csr.ts. */
  readonly mayAccessCsr: FunctionRef<readonly ["i32", "i32"], "i32">;
  readonly readCsr: FunctionRef<readonly ["i32"], "i64">;
  readonly writeCsr: FunctionRef<readonly ["i32", "i64", "i64"], "i64">;
  /** (target): 1 if PCC allows a jump there, else 0 after setting state.cause and state.trapValue. */
  readonly checkJump: FunctionRef<readonly ["i64"], "i32">;
  /** (): MRET; returns where execution goes on. */
  readonly leaveTrap: FunctionRef<readonly [], "i64">;
  /** (slot): legalises the copy of an exception pc in the slot as a read of MEPCC or SEPCC does. */
  readonly legaliseExceptionPc: FunctionRef<readonly ["i32"], "void">;
}

/** What a jump leaves behind: the address of the next instruction, or PCC there, sealed as a sentry. */
export type Link = "integer" | "sentry";

/** What becomes of PCC in a jump: nothing but its address changes, the encoding mode too, or everything may. */
export type PccChange = "none" | "mode" | "whole";

/** What a data access of an integer needs. */
export type Permission = "load" | "store";

/**
 * Address of what is remembered of a capability for accesses of one kind: i64 low, then i64 count. An access is allowed
 * if address - low <u count; a count of 0 says nothing.
 */
export type AccessWindow = number;

/** One instruction while its code is emitted. */
export interface Operation {
  readonly name: string;
  /** Encoding mode that this code is for; only meaningful when the instruction is emitted per mode. */
  readonly capabilityMode: boolean;
  readonly locals: Locals;
  readonly functions: CapabilityFunctions & MachineFunctions;
  readonly layout: Layout;

  /** Slot addresses of the operands. rd = x0 is the sink; an operand the encoding lacks is c0's slot (rd: the sink). */
  readonly rd: Code<"i32">;
  readonly rs1: Code<"i32">;
  readonly rs2: Code<"i32">;
  /** Whether rd is x0, known while emitting: a link need not be written. */
  readonly discardsRd: boolean;
  /** Whether rd is rs1, as far as is known while emitting. */
  readonly isInPlace: boolean;
  /** Slot of the capability that authorizes the instruction's data access: DDC or rs1. */
  readonly authority: Code<"i32">;
  /** Whether that is DDC, known while emitting. */
  readonly authorityIsDdc: boolean;
  /** What is remembered of the authority, a capability, from one access of this kind to the next; null: nothing. */
  window(permission: Permission, size: number): AccessWindow | null;
  /** The immediate, sign- or zero-extended as its encoding says. */
  readonly imm: Code<"i64">;
  /** Address of this instruction, and of the one behind it. */
  readonly pc: Code<"i64">;
  readonly nextPc: Code<"i64">;
  /** A place that the fetch window holds and a jump probably goes to; null if none is known. */
  readonly likelyTarget: Code<"i64"> | null;
  /** The address of the link in rs1, if it is known that a jump under this very PCC has left it there; else null. */
  link(kind: Link): Code<"i64"> | null;
  /**
   * The value of a condition on rs1 and PCC, neither of which changes while this code is run again and again, worked
   * out beforehand (after `looks`, what it takes); null if they may change.
   */
  foreseen(looks: Statement, condition: Code<"i32">): Code<"i32"> | null;
  /** Steps left of the budget after this one. */
  readonly stepsLeft: Code<"i32">;
  /** The instruction word, zero-extended; for rare use only. */
  readonly word: Code<"i64">;

  /** Address of the granule byte (layout.ts) of the byte of RAM at `at`. */
  granuleOf(at: Code<"i32">): Code<"i32">;

  /** rd := integer. */
  writeInteger(value: Operand<"i64">): Statement;
  /** Says that the emitter has filled rd's slot with a capability. Nothing else needs saying for x0. */
  wroteCapability(): Statement;
  /** As `wroteCapability`, for a slot other than rd (CInvoke's c31). */
  wroteCapabilityTo(slot: Code<"i32">): Statement;
  /** Says which slot's fields allowed the effect, and which was copied or derived from: model/contract.ts. */
  usedAuthority(slot: Operand<"i32">): Statement;
  usedSource(slot: Operand<"i32">): Statement;
  /** Says that a special register was replaced (not PCC by a jump: installPcc says that). */
  wroteSpecial(slot: Operand<"i32">): Statement;
  /** Says that CClear made the registers of the mask null. */
  cleared(mask: Operand<"i64">): Statement;
  /** Says that a CSR instruction wrote CSR `number`, which reads `value` afterwards. */
  wroteCsr(number: Operand<"i32">, value: Operand<"i64">): Statement;
  /** Says what was read or written: `at` as checkAccess returned it, so after a write its new bytes count. */
  didRead(address: Local<"i64">, at: Local<"i32">, size: number): Statement;
  didWrite(address: Local<"i64">, at: Local<"i32">, size: number): Statement;
  /** As didRead and didWrite with 16 bytes, for an access by capability: the granule's tag counts. */
  didReadCapability(address: Local<"i64">, at: Local<"i32">): Statement;
  didWriteCapability(address: Local<"i64">, at: Local<"i32">): Statement;
  /** As didRead for CLoadTags: 64 bytes at address, data the four tags. */
  didReadTags(address: Local<"i64">, tags: Code<"i64">): Statement;

  /** Goes on at `target`, PCC staying as it is. Ends the instruction. */
  jump(target: Operand<"i64">): Statement;
  /** Says that PCC has been replaced, and goes on at `target`. */
  returnTo(target: Operand<"i64">): Statement;
  /** Says that PCC was replaced by itself with another address and perhaps mode, and goes on at `target`. */
  jumpAsPcc(target: Operand<"i64">, change: "none" | "mode"): Statement;
  /** PCC := unsealed copy of the settled slot `from`, pc := target. Ends the instruction. */
  installPcc(from: Operand<"i32">, target: Operand<"i64">): Statement;
  /** Ends the instruction with a trap. */
  trap(cause: Operand<"i32">, value: Operand<"i64">): Statement;
  /** Ends the instruction with a capability exception: mtval names the slot. */
  capabilityTrap(cause: number, slot: Operand<"i32">): Statement;
  /** Ends the instruction with the trap that checkAccess has left in state. */
  pendingTrap(): Statement;
  /** Ends the instruction with an illegal-instruction trap. */
  illegal(): Statement;
  /** Ends the instruction; so does falling off the end of the code. */
  retire(): Statement;
}

/** The code of one instruction. */
export type Emitter = (operation: Operation) => readonly Statement[];

/** One instruction: encodings and meaning in one place. */
export interface Instruction {
  readonly name: string;
  /**
   * Encodings, most significant field first: bits, or `operand[slice]`, in 32 or 16 bits.
   *
   * Operands: rd or cd, rs1 or cs1, rs2 or cs2; ds1 and ds2 are cs1 and cs2 where c0 means DDC; a prime (rd') adds 8
   * to a three-bit field; `rd=rs1[4:0]` names two at once; imm is sign-extended from its highest bit, uimm is not; `_`
   * is ignored. Slices as in the manual: imm[11|4:1]. Operands without a field follow a semicolon, and so does the
   * only encoding mode in which the encoding exists: "; rs1=2 mode=capability".
   * Earlier instructions win where encodings overlap.
   */
  readonly encodings: readonly string[];
  /**
   * What `authority` is: DDC, rs1, or whichever the encoding mode says ("mode": emitted once for each mode). Absent
   * if the instruction makes no data access.
   */
  readonly authority?: "ddc" | "base" | "mode";
  /** rd is rs1 with another address; what cannot be represented loses its tag. */
  readonly movesAddress?: true;
  /** What it leaves in rd. */
  readonly links?: Link;
  readonly emit: Emitter;
}
