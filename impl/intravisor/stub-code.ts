/**
 * The guest's side of the gate, as text for an assembler: the first page of every code part. It runs in integer mode,
 * and is the only code of an unaware guest that has capability instructions in it.
 *
 * It is the guest's own: a guest may use anything else in its place, and gains nothing by it.
 */

import { SCOCALL } from "../sco/stub.ts";
import { PAGE, RECORD_BYTES, STORE_HANDLES_AT } from "./layout.ts";
import { DELIVER } from "./stream-code.ts";

/** So many instructions that do nothing: room for more jumps. */
const pad = (count: number): string => "  addi x0, x0, 0\n".repeat(count);

/** Bytes that one turn of a long copy moves. */
const UNROLLED = 256;

/** Leaves PCC in c7 and the end of what it covers in x5: behind the capability store. */
const findEnd = `
  cspecialrw c7, pcc, c0
  cgetbase x5, c7
  cgetlen x6, c7
  add x5, x5, x6
`;

export const STUBS = `
# Where images find what is below, wherever it comes to be: a jump each, four bytes apart, from the start of the code part.
  jal x0, hostcall
  jal x0, pread
  jal x0, pwrite
  jal x0, bread
  jal x0, bwrite
  jal x0, scocall

# The plain accesses of steps begin at offset 0x40.
${pad(10)}
load1:
  lbu x10, 0(x10)
  jalr x0, 0(x1)
load2:
  lhu x10, 0(x10)
  jalr x0, 0(x1)
load4:
  lwu x10, 0(x10)
  jalr x0, 0(x1)
load8:
  ld x10, 0(x10)
  jalr x0, 0(x1)
store1:
  sb x11, 0(x10)
  addi x10, x0, 0
  jalr x0, 0(x1)
store2:
  sh x11, 0(x10)
  addi x10, x0, 0
  jalr x0, 0(x1)
store4:
  sw x11, 0(x10)
  addi x10, x0, 0
  jalr x0, 0(x1)
store8:
  sd x11, 0(x10)
  addi x10, x0, 0
  jalr x0, 0(x1)
# The step is done: whoever runs the script looks at a0 to a2.
done:
  ebreak

# Number in t5, arguments in a0 to a7, thread number in tp. The gate comes back to ra.
hostcall:
${findEnd}
  lui x6, 1048575
  add x5, x5, x6
  slli x6, x4, 5
  add x5, x5, x6
  csetaddr c7, c7, x5
  lc.cap c5, (c7)
  cincoffsetimm c7, c7, 16
  lc.cap c6, (c7)
  cmove c7, c0
  cinvoke c5, c6

# Byte i of [a0, a0 + a1) := seed * 31 + i * 7 + (i / 256) * 13 + 1, the seed in a2.
fill:
  slli x5, x12, 5
  sub x5, x5, x12
  addi x5, x5, 1
  addi x6, x0, 0
  jal x0, filling
fillOne:
  slli x7, x6, 3
  sub x7, x7, x6
  add x7, x7, x5
  srli x28, x6, 8
  slli x29, x28, 3
  add x7, x7, x29
  slli x29, x28, 2
  add x7, x7, x29
  add x7, x7, x28
  add x28, x10, x6
  sb x7, 0(x28)
  addi x6, x6, 1
filling:
  bltu x6, x11, fillOne
  addi x10, x0, 0
  jalr x0, 0(x1)

# DDC := [a0, a0 + a1), exactly, or EINVAL.
narrow:
  cspecialrw c5, ddc, c0
  csetaddr c5, c5, x10
  csetboundsexact c5, c5, x11
  cgettag x6, c5
  addi x10, x0, -22
  beq x6, x0, narrowed
  cspecialrw c0, ddc, c5
  addi x10, x0, 0
narrowed:
  cmove c5, c0
  addi x6, x0, 0
  jalr x0, 0(x1)

# pread(handle, offset, buffer, n) and pwrite: t0 1 to read, 2 to write. Never crosses into anybody.
pwrite:
  addi x28, x0, 2
  jal x0, transfer
pread:
  addi x28, x0, 1
transfer:
${findEnd}
  slli x6, x10, 48
  srli x6, x6, ${48 - Math.log2(RECORD_BYTES)}
  addi x29, x0, ${63 * RECORD_BYTES}
  bltu x29, x6, badHandle
  add x5, x5, x6
  addi x5, x5, ${STORE_HANDLES_AT - PAGE}
  csetaddr c7, c7, x5
  cincoffsetimm c6, c7, 16
  ld.cap x29, (c6)
  srli x30, x10, 16
  bne x29, x30, badHandle
  beq x29, x0, badHandle
  lc.cap c5, (c7)
  cgettag x29, c5
  beq x29, x0, stale
  cincoffsetimm c6, c7, 24
  ld.cap x29, (c6)
  and x29, x29, x28
  beq x29, x0, notAllowed
checked:
  lui x29, 32768
  slli x29, x29, 20
  bltu x29, x13, badArgument
  addi x10, x0, 0
  beq x13, x0, leave
  cgetlen x29, c5
  bgeu x11, x29, beyond
  sub x29, x29, x11
  bgeu x29, x13, clamped
  addi x13, x29, 0
clamped:
# The buffer must lie in DDC: base <= buffer, and n <= top - buffer.
  cspecialrw c6, ddc, c0
  cgetbase x29, c6
  bltu x12, x29, fault
  cgetlen x30, c6
  add x30, x30, x29
  bltu x30, x12, fault
  sub x30, x30, x12
  bltu x30, x13, fault
  addi x10, x13, 0
  addi x30, x0, 1
  beq x28, x30, reading
# c5 from, c6 to, x29 and x30 their addresses.
  cincoffset c7, c5, x11
  csetaddr c5, c6, x12
  cmove c6, c7
  addi x29, x12, 0
  cgetaddr x30, c6
  jal x0, copy
reading:
  csetaddr c6, c6, x12
  cincoffset c5, c5, x11
  cgetaddr x29, c5
  addi x30, x12, 0
copy:
# Backwards if the target lies within the source behind its start, as if through a temporary.
  sub x31, x30, x29
  bltu x31, x13, backwards
  or x31, x29, x30
  andi x31, x31, 7
  bne x31, x0, bytes
words:
  addi x31, x0, ${UNROLLED}
  bltu x13, x31, eights
# In capability mode, where loads and stores have offsets: 28 bytes behind the read of PCC. It comes back as from a call.
  cspecialrw c7, pcc, c0
  addi x29, x0, 1
  csetflags c7, c7, x29
  cincoffsetimm c7, c7, 28
  jalr.cap c29, c7
  beq x13, x0, leave
  jal x0, eights
unrolled:
${Array.from({ length: UNROLLED / 8 }, (_, at) => `  ld x28, ${8 * at}(x5)\n  sd x28, ${8 * at}(x6)\n`).join("")}
  cincoffsetimm c5, c5, ${UNROLLED}
  cincoffsetimm c6, c6, ${UNROLLED}
  addi x13, x13, -${UNROLLED}
  bgeu x13, x31, unrolled
  jalr.cap c0, c29
eights:
  addi x31, x0, 8
  bltu x13, x31, bytes
eight:
${move("ld", "sd", 8)}
  addi x13, x13, -8
  bgeu x13, x31, eight
bytes:
  beq x13, x0, leave
byte:
${move("lbu", "sb", 1)}
  addi x13, x13, -1
  bne x13, x0, byte
  jal x0, leave
backwards:
  cincoffset c5, c5, x13
  cincoffset c6, c6, x13
back:
  cincoffsetimm c5, c5, -1
  cincoffsetimm c6, c6, -1
  lbu.cap x28, (c5)
  sb.cap x28, (c6)
  addi x13, x13, -1
  bne x13, x0, back
leave:
  cclear 0, 224
  cclear 3, 240
  jalr x0, 0(x1)
# bread(offset, buffer, n) and bwrite: the same with the buffer of the call being served, in c27.
bwrite:
  addi x28, x0, 2
  jal x0, shared
bread:
  addi x28, x0, 1
shared:
  addi x13, x12, 0
  addi x12, x11, 0
  addi x11, x10, 0
  cmove c5, c27
  cgettag x29, c5
  beq x29, x0, badHandle
  cgetperm x29, c5
  srli x29, x29, 2
  and x29, x29, x28
  beq x29, x0, notAllowed
  jal x0, checked
${DELIVER}
${SCOCALL}
badHandle:
  addi x10, x0, -9
  jal x0, leave
# A handle whose record has no capability any more: revoked, wherever the copy was.
stale:
  addi x10, x0, -116
  jal x0, leave
notAllowed:
  addi x10, x0, -13
  jal x0, leave
badArgument:
  addi x10, x0, -22
  jal x0, leave
fault:
  addi x10, x0, -14
  jal x0, leave
beyond:
  addi x10, x0, 0
  addi x30, x0, 1
  beq x28, x30, leave
  addi x10, x0, -28
  jal x0, leave
`;

/** Moves one piece from c5 to c6 and both on. */
function move(load: string, store: string, size: number): string {
  return `  ${load}.cap x28, (c5)
  ${store}.cap x28, (c6)
  cincoffsetimm c5, c5, ${size}
  cincoffsetimm c6, c6, ${size}
`;
}
