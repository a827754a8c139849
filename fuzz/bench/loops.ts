/** Endless loops for the steady-state benchmarks, one kind of work each; both machines start them `bare`. */
import { assembleProgram } from "../../model/isa/index.ts";

/** RAM for data: two areas of a kilobyte, away from the code. x28 and x29 point at them, c28 and c29 cover them. */
const PREPARE = `
  auipc x30, 0
  lui x31, 1
  add x28, x30, x31
  addi x29, x28, 1024
  cspecialrw c27, ddc, c0
  csetaddr c28, c27, x28
  csetboundsimm c28, c28, 1024
  csetaddr c29, c27, x29
  csetboundsimm c29, c29, 1024
`;

const INTEGER = `
${PREPARE}
loop:
  add x5, x5, x6
  xor x7, x5, x6
  slli x8, x7, 3
  srli x9, x8, 5
  mul x10, x9, x6
  addi x6, x6, 1
  sub x11, x10, x5
  andi x12, x11, 255
  sltu x13, x12, x5
  jal x0, loop
`;

const CAPABILITY = `
${PREPARE}
loop:
  andi x5, x6, 511
  cincoffset c7, c28, x5
  csetboundsimm c8, c7, 16
  cgetbase x9, c8
  cgetlen x10, c8
  cincoffsetimm c11, c8, 4
  lw.cap x12, (c11)
  candperm c13, c8, x5
  cgettag x14, c13
  addi x6, x6, 8
  jal x0, loop
`;

const MEMORY_COPY = `
${PREPARE}
outer:
  cmove c5, c28
  cmove c6, c29
  addi x7, x0, 64
loop:
  lc.cap c8, (c5)
  sc.cap c8, (c6)
  cincoffsetimm c5, c5, 16
  cincoffsetimm c6, c6, 16
  addi x7, x7, -1
  bne x7, x0, loop
  addi x5, x28, 0
  addi x6, x29, 0
  addi x7, x0, 128
bytes:
  ld x8, 0(x5)
  sd x8, 0(x6)
  addi x5, x5, 8
  addi x6, x6, 8
  addi x7, x7, -1
  bne x7, x0, bytes
  jal x0, outer
`;

const CALL = `
${PREPARE}
  cspecialrw c20, pcc, c0
  cincoffsetimm c20, c20, 28
  csealentry c21, c20
  jal x0, loop
# The callee of integer calls, 16 bytes after the read of PCC, and of sealed entries, 12 further.
integer:
  addi x10, x10, 1
  jalr x0, 0(x1)
  addi x0, x0, 0
entry:
  addi x11, x11, 1
  jalr.cap c0, c1
loop:
  jal x1, integer
  jalr.cap c1, c21
  addi x12, x12, 1
  jal x0, loop
`;

/** The words of each loop, to lie at the start of RAM. */
export const loops: Readonly<Record<string, readonly number[]>> = Object.fromEntries(
  Object.entries({ integer: INTEGER, capability: CAPABILITY, "memory copy": MEMORY_COPY, call: CALL }).map(
    ([name, text]) => [name, assembleProgram(text).words],
  ),
);
