# A callee that never returns. Arguments: key, how long the cVM lives, in nanoseconds.
.include "serving.s"

.text
main:
  li a0, 0
  call argument
  la a1, spin
  li a2, 64
  li a3, 0
  call register
  li a0, 1
  call argument_number
  call sleep
  lea a0, over
  call print
  li a0, 0
  j exit

spin:
  j spin

.data
over: .asciz "enough\n"
