/** The client's side of a call into an object: part of the guest's stubs. */
import {
  OBJECT_ENTRY_PLACE,
  PAGE,
  RECORD_BYTES,
  STORE_HANDLES_AT,
  STORE_PAIR_BYTES,
} from "../intravisor/layout.ts";

/** There are as many as the page has room for. */
const RECORD_LAST = (PAGE - STORE_HANDLES_AT) / RECORD_BYTES - 1;

/**
 * sco_call(handle, export, four arguments, buffer, n): through the sealed pair of the handle, with the capability to the
 * buffer in c7. It is there for objects that are bound; never a host call. c31 leads to the capability store, x5 is where
 * the records of handles begin there; the record of a handle that is no bound object's tells of no exports.
 */
export const SCOCALL = `
scocall:
  cspecialrw c31, pcc, c0
  cgetbase x5, c31
  cgetlen x6, c31
  add x5, x5, x6
  addi x5, x5, ${STORE_HANDLES_AT - PAGE}
  slli x6, x10, 48
  srli x6, x6, ${48 - Math.log2(RECORD_BYTES)}
  addi x29, x0, ${RECORD_BYTES * RECORD_LAST}
  bltu x29, x6, noObject
  add x6, x6, x5
  csetaddr c31, c31, x6
  cincoffsetimm c6, c31, 24
  ld.cap x29, (c6)
  srli x30, x29, 48
  slli x29, x29, 16
  srli x29, x29, 16
  srli x28, x10, 16
  bne x28, x29, noObject
  bgeu x11, x30, noExport
  cmove c7, c0
  beq x17, x0, unbuffered
  crrl x29, x17
  bne x29, x17, notObject
  cram x29, x17
  and x29, x29, x16
  bne x29, x16, notObject
  cspecialrw c7, ddc, c0
  csetaddr c7, c7, x16
  csetboundsexact c7, c7, x17
  cgettag x29, c7
  beq x29, x0, notBuffer
unbuffered:
  lc.cap c30, (c31)
  addi x5, x5, ${OBJECT_ENTRY_PLACE * STORE_PAIR_BYTES - STORE_HANDLES_AT}
  csetaddr c31, c31, x5
  lc.cap c5, (c31)
invoke:
  cinvoke c5, c30
noExport:
  bne x30, x0, notObject
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
