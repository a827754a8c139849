# Tries loads within and beyond what is its own, and a breakpoint, and says what came of them.
.include "handling.s"

.text
main:
  addi sp, sp, -288
  sd ra, 0(sp)
  call repair_faults
  lea a0, inside
  call try_load
  mv a1, a0
  lea a0, inside
  call print_line
  cspecialrw ct3, ddc, cnull
  cgetbase a0, ct3
  addi a0, a0, -1
  call try_load
  mv a1, a0
  lea a0, below
  call print_line
  cspecialrw ct3, ddc, cnull
  cgetbase a0, ct3
  cgetlen t0, ct3
  add a0, a0, t0
  call try_load
  mv a1, a0
  lea a0, above
  call print_line
  ebreak
  lea t0, repaired
  ld a1, 0(t0)
  lea a0, faults
  call print_line
  li a0, 0
  ld ra, 0(sp)
  addi sp, sp, 288
  ret

.data
inside: .asciz "inside: "
below: .asciz "below: "
above: .asciz "above: "
faults: .asciz "faults repaired: "
