# Calls somebody, but not for ever. Arguments: key, nanoseconds that it waits for an answer.
.include "opening.s"

.text
main:
  li a0, 0
  call argument
  call open_call
  mv s0, a0
  li a0, 1
  call argument_number
  lea a1, block
  sd a0, 72(a1)
  lea t0, buffer
  sd t0, 48(a1)
  li t0, 64
  sd t0, 56(a1)
  li t0, 3
  sd t0, 64(a1)
  mv a0, s0
  call cp_call
  mv a1, a0
  lea a0, gave
  call print_line
  li a0, 0
  j exit

.data
gave: .asciz "the call gave "
.bss
block: .zero 80
buffer: .zero 64
