# Starts behind its first instructions, and fails unless every register it looks at is null there.
.symbol tohost 0x80000400
.entry 0x80000008

fail:
  addi x10, x0, 3
  jal x0, report
  addi x10, x0, 1
  bne x1, x0, fail
  cgettag x5, c1
  bne x5, x0, fail
  csrrs x5, minstret, x0
  addi x6, x0, 4
  bne x5, x6, fail
report:
  addi x11, x0, 1
  slli x11, x11, 31
  sd x10, 1024(x11)
  jal x0, report
