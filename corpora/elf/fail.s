# Says through tohost that it failed with code 5, from a trap handler reached by an illegal instruction.
.symbol tohost 0x80000400

  addi x11, x0, 1
  slli x11, x11, 31       # x11 = 0x80000000
  addi x12, x11, 24
  csrrw x0, mtvec, x12
  .2byte 0x0000           # an illegal instruction
  .2byte 0x0000
  addi x0, x0, 0
  addi x10, x0, 11        # (5 << 1) | 1
  sd x10, 1024(x11)
report:
  jal x0, report
