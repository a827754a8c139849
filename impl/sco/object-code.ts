/**
 * The Intravisor's machine code between clients and objects, as text for an assembler: the ways into an object, from a
 * client and from another object, and the way out of one. It runs in capability mode under a PCC that covers it alone.
 *
 * Nothing here believes a register. The thread is the one whose block MScratchC names; what an object is, and whose state
 * it has, says the descriptor that CInvoke has unsealed; where a call goes back to is on the trusted object stack, in a
 * page of the thread's own that nobody else reaches. The object has nothing of its caller's but its arguments (in library
 * mode also the DDC of its client), and goes back through a sealed entry; its caller has nothing of the object's but one
 * integer.
 *
 * Registers that a call of a client's preserves are integers; those of an object are capabilities.
 */
import { PRESERVED } from "../intravisor/gate-code.ts";
import { block } from "../intravisor/layout.ts";
import {
  descriptor,
  FRAME_BYTES,
  frame,
  LIBRARY_DATA_AT,
  page,
  record,
  STACK_BYTES,
  TABLE_BYTES,
} from "./layout.ts";

/** Of an object that calls another: what it finds again as it was, c1 to go on with first. */
export const KEPT = [1, 2, 4, 8, 9, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27] as const;

const LOAD_STORE = 12;
const [EPERM, EBADF, EFAULT, EINVAL, ELOOP] = [-1, -9, -14, -22, -40] as const;

/** Offsets of the places that find the Intravisor's own capability from where they are. */
export interface Places {
  readonly enter: number;
  readonly chain: number;
  readonly ended: number;
}

const each = (
  registers: readonly number[],
  unit: number,
  spell: (register: number, at: number) => string,
): string => registers.map((register, index) => `  ${spell(register, unit * index)}`).join("\n");

/** Leaves the block of the thread that runs in c5; c6 is spoilt. The capability to all blocks is at the start of the code. */
const findBlock = (at: number): string => `
  auipcc c6, 0
  lc c6, ${-at}(c6)
  cspecialrw c5, mscratchc, c0
  csetaddr c5, c6, x5`;

/**
 * c31 is a descriptor and c28 its record: c1 leads to the entry with this number, and c26 is the CLS table. What there is
 * behind that is not for objects.
 */
const takeEntry = (index: string): string => `
  slli x29, ${index}, 4
  cincoffset c29, c28, x29
  lc c1, ${record.entries}(c29)
  lc c26, ${descriptor.table}(c31)
  csetboundsimm c26, c26, ${TABLE_BYTES}`;

/** Makes c2 the stack from x29, x15 bytes of it: c6 is the page of the thread. Leaves in x29 what data may be used for. */
const takeStack = `
  csetaddr c2, c6, x29
  csetbounds c2, c2, x15
  addi x29, x0, ${LOAD_STORE}
  candperm c2, c2, x29`;

/**
 * c31 is a descriptor: c16 is the DDC of its object, null or what the client has there, as from its base. That has to be
 * of the data part, for anything else in that register, such as a grant, ends without asking objects.
 */
const takeDdc = `
  ld x16, ${descriptor.isLibrary}(c31)
  beq x16, x0, apart
  cspecialrw c16, ddc, c0
  cgetbase x29, c16
  csetaddr c16, c16, x29
  lc c10, ${descriptor.table}(c31)
  lc c10, ${LIBRARY_DATA_AT}(c10)
  ctestsubset x29, c10, c16
  beq x29, x0, beyond
  cgetperm x29, c16
  addi x29, x29, ${-LOAD_STORE}
  bne x29, x0, beyond
  cgetlen x29, c16
  beq x29, x0, beyond
apart:`;

/** The code is laid out from offset 16. */
export const objectCode = (at: Places): string => `
  ebreak
  ebreak
  ebreak
  ebreak
# A client: x11 the number of an export, x12 to x15 arguments, c7 a buffer, c31 the descriptor. The first call of a thread
# traps where it looks for its page: the Intravisor gives it one, and it comes again.
enter:${findBlock(at.enter)}
  lc c28, ${descriptor.record}(c31)
  ld x29, ${descriptor.domain}(c31)
  ld x30, ${block.domain}(c5)
  bne x29, x30, foreign
  ld x29, ${record.count}(c28)
  bgeu x11, x29, unknown
  lc c6, ${block.objects}(c5)
pageless:
  ld x30, ${page.next}(c6)
  ld x29, ${page.limit}(c6)
  bgeu x30, x29, tooDeep
  ld x17, ${page.top}(c6)
  beq x17, x0, topless
${takeDdc}
  cincoffset c10, c6, x30
${each(PRESERVED, 8, (register, offset) => `sd x${register}, ${offset}(c10)`)}
  cspecialrw c29, ddc, c0
  sc c29, ${frame.ddc}(c10)
  sc c27, ${frame.buffer}(c10)
  sd x0, ${frame.kind}(c10)
  sd x31, ${frame.descriptor}(c10)
${takeEntry("x11")}
  ld x29, ${page.stack}(c6)
  sd x17, ${frame.top}(c10)
  addi x10, x12, 0
  addi x11, x13, 0
  addi x12, x14, 0
  addi x13, x15, 0
  sub x15, x17, x29
${takeStack}
  candperm c27, c7, x29
  cgettag x14, c27
  bne x14, x0, buffered
  cmove c27, c0
zero:
  srli x29, x15, 2
  sub x29, x0, x29
  auipcc c28, 0
  cincoffset c28, c28, x29
  cjalr c0, ${12 + STACK_BYTES / 4}(c28)
${each(
  Array.from({ length: STACK_BYTES / 16 }, (_, index) => index),
  16,
  (_, offset) => `sc c0, ${STACK_BYTES - 16 - offset}(c2)`,
)}
  cincoffset c2, c2, x15
  addi x30, x30, ${FRAME_BYTES}
  sd x30, ${page.next}(c6)
  cspecialrw c0, ddc, c16
  cclear 0, 248
  cclear 1, 131
  cclear 2, 255
  cclear 3, 243
go:
  cjalr c1, 0(c1)
# The object is done, or runs away with c1: x10 is all that leaves it. Nothing else is to be believed.
leave:
  cclear 1, 24
ended:${findBlock(at.ended)}
  lc c6, ${block.objects}(c5)
  ld x30, ${page.next}(c6)
  addi x30, x30, ${-FRAME_BYTES}
  cincoffset c31, c6, x30
  ld x29, ${frame.kind}(c31)
  andi x29, x29, 1
  bne x29, x0, back
${each(PRESERVED, 8, (register, offset) => `ld x${register}, ${offset}(c31)`)}
  lc c29, ${frame.ddc}(c31)
  lc c27, ${frame.buffer}(c31)
  cspecialrw c0, ddc, c29
  sd x30, ${page.next}(c6)
out:
  addi x10, x10, 0
  lc c6, ${block.pcc}(c5)
  csetaddr c6, c6, x1
  cclear 0, 160
  cclear 1, 224
  cclear 2, 3
  cclear 3, 240
home:
  cjalr c0, 0(c6)
back:
${each(KEPT, 16, (register, offset) => `lc c${register}, ${offset}(c31)`)}
  lc c29, ${frame.ddc}(c31)
  cspecialrw c0, ddc, c29
  sd x30, ${page.next}(c6)
on:
  addi x10, x10, 0
  cclear 0, 232
  cclear 1, 248
  cclear 2, 3
  cclear 3, 240
turn:
  cjalr c0, 0(c1)
# An object, through an import: c10 to c13 arguments, c31 the descriptor, the number of the export above its base.
chain:${findBlock(at.chain)}
  cgetbase x29, c31
  cgetaddr x14, c31
  sub x14, x14, x29
  csetaddr c31, c31, x29
  lc c28, ${descriptor.record}(c31)
  cgettag x29, c28
  beq x29, x0, unboundObject
  lc c6, ${block.objects}(c5)
  ld x30, ${page.next}(c6)
  ld x29, ${page.limit}(c6)
  bgeu x30, x29, tooDeepObject
  cgettag x29, c2
  beq x29, x0, stackless
  cgetsealed x29, c2
  bne x29, x0, stackless
  cincoffset c16, c6, x30
${each(KEPT, 16, (register, offset) => `sc c${register}, ${offset}(c16)`)}
  cspecialrw c29, ddc, c0
  sc c29, ${frame.ddc}(c16)
  addi x29, x0, 1
  sd x29, ${frame.kind}(c16)
  sd x31, ${frame.descriptor}(c16)
${takeEntry("x14")}
  ld x17, ${frame.top - FRAME_BYTES}(c16)
  ld x29, ${page.stack}(c6)
  cgetaddr x15, c2
  bltu x15, x29, empty
  bltu x17, x15, empty
  andi x15, x15, -16
  cjal c0, bounded
empty:
  addi x15, x29, 0
bounded:
  sd x15, ${frame.top}(c16)
  sub x15, x15, x29
${takeStack}
  cincoffset c2, c2, x15
  addi x30, x30, ${FRAME_BYTES}
  sd x30, ${page.next}(c6)
  cclear 0, 248
  cclear 1, 195
  cclear 2, 255
  cclear 3, 251
  cspecialrw c0, ddc, c31
  cjal c0, go
unboundObject:
  addi x10, x0, ${EBADF}
  cjal c0, on
tooDeepObject:
  addi x10, x0, ${ELOOP}
  cjal c0, on
# An import that leads back into the client: the Intravisor takes it from here.
callback:
  ecall
# What an object calls with has to be a stack.
stackless:
  ebreak
# A client calls from a callback, and the object that waits for it has no stack to share.
topless:
  ebreak
buffered:
  cgetlen x14, c27
  cjal c0, zero
# Nobody's domain is that of a descriptor which has been taken back.
foreign:
  cgettag x29, c28
  beq x29, x0, unbound
  addi x10, x0, ${EPERM}
  cjal c0, refuse
unbound:
  addi x10, x0, ${EBADF}
  cjal c0, refuse
unknown:
  addi x10, x0, ${EINVAL}
  cjal c0, refuse
beyond:
  addi x10, x0, ${EFAULT}
  cjal c0, refuse
tooDeep:
  addi x10, x0, ${ELOOP}
refuse:
  addi x11, x0, 0
  addi x12, x0, 0
  cjal c0, out
`;
