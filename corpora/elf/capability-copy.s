# Stores a bounded capability, copies it by loads and stores of capabilities, then of integers, and leaves in the
# signature: the tag of the first copy, its length, the tag of the second copy, its address.
.symbol tohost 0x80000400
.symbol begin_signature 0x80000500
.symbol end_signature 0x80000520

  addi x11, x0, 1
  slli x11, x11, 31       # x11 = 0x80000000
  cspecialrw c5, ddc, c0
  csetaddr c5, c5, x11
  cincoffsetimm c6, c5, 1536
  csetboundsimm c6, c6, 64
  cincoffsetimm c7, c6, 16
  cincoffsetimm c8, c6, 32
  csetboundsimm c9, c5, 100
  sc.cap c9, (c6)

  lc.cap c10, (c6)        # the whole capability
  sc.cap c10, (c7)
  lc.cap c12, (c7)
  cgettag x13, c12
  sd x13, 1280(x11)
  cgetlen x13, c12
  sd x13, 1288(x11)

  ld.cap x10, (c6)        # its two halves
  sd.cap x10, (c8)
  cincoffsetimm c14, c6, 8
  cincoffsetimm c15, c8, 8
  ld.cap x10, (c14)
  sd.cap x10, (c15)
  lc.cap c12, (c8)
  cgettag x13, c12
  sd x13, 1296(x11)
  cgetaddr x13, c12
  sd x13, 1304(x11)

  addi x10, x0, 1
  sd x10, 1024(x11)
report:
  jal x0, report
