/** The client's side of a call into an object: part of the guest's stubs. */
import { OBJECT_ENTRY_PLACE, STORE_HANDLES_AT, STORE_PAIR_BYTES } from "../intravisor/layout.ts";

/**
 * sco_call(handle, export, four arguments, buffer, n): through the sealed pair of the handle, with the capability to the
 * buffer in c7. It is there for objects that are bound; never a host call.
 */
export const SCOCALL = `
scocall:
  cspecialrw c7, pcc, c0
  cgetbase x5, c7
  cgetlen x6, c7
  add x5, x5, x6
  lui x6, 1048575
  add x5, x5, x6
  slli x6, x10, 48
  srli x6, x6, 48
  addi x29, x0, 63
  bltu x29, x6, noObject
  slli x6, x6, 5
  add x6, x6, x5
  lui x29, 1
  addi x29, x29, ${STORE_HANDLES_AT - 4096}
  add x6, x6, x29
  csetaddr c7, c7, x6
  cincoffsetimm c6, c7, 24
  ld.cap x29, (c6)
  srli x30, x29, 48
  beq x30, x0, noObject
  slli x29, x29, 16
  srli x29, x29, 16
  srli x28, x10, 16
  bne x28, x29, noObject
  bgeu x11, x30, notObject
  cmove c6, c0
  beq x17, x0, unbuffered
  crrl x29, x17
  bne x29, x17, notObject
  cram x29, x17
  and x29, x29, x16
  bne x29, x16, notObject
  cspecialrw c6, ddc, c0
  csetaddr c6, c6, x16
  csetboundsexact c6, c6, x17
  cgettag x29, c6
  beq x29, x0, notBuffer
unbuffered:
  lc.cap c30, (c7)
  addi x5, x5, ${OBJECT_ENTRY_PLACE * STORE_PAIR_BYTES}
  csetaddr c7, c7, x5
  lc.cap c5, (c7)
  cmove c7, c6
invoke:
  cinvoke c5, c30
noObject:
  addi x10, x0, -9
  jal x0, uncalled
notObject:
  addi x10, x0, -22
  jal x0, uncalled
notBuffer:
  addi x10, x0, -14
uncalled:
  addi x11, x0, 0
  addi x12, x0, 0
  jal x0, leave
`;
