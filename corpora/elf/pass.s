# Adds, compares, and says through tohost that it passed.
.symbol tohost 0x80000400

  addi x11, x0, 1
  slli x11, x11, 31       # x11 = 0x80000000
  addi x5, x0, 1
  addi x6, x5, 1
  addi x7, x0, 2
  addi x10, x0, 3         # failed with code 1
  bne x6, x7, report
  addi x10, x0, 1         # passed
report:
  sd x10, 1024(x11)
  jal x0, report
