# Greets, with its arguments.
.include "runtime.s"

.text
main:
  addi sp, sp, -32
  sd ra, 0(sp)
  sd s0, 8(sp)
  sd s1, 16(sp)
  lea a0, greeting
  call print
  call argument_count
  mv s0, a0
  li s1, 0
each_argument:
  beq s1, s0, greeted
  lea a0, space
  call print
  mv a0, s1
  call argument
  call print
  addi s1, s1, 1
  j each_argument
greeted:
  lea a0, new_line
  call print
  li a0, 0
  ld ra, 0(sp)
  ld s0, 8(sp)
  ld s1, 16(sp)
  addi sp, sp, 32
  ret

.data
greeting: .asciz "hello"
space: .asciz " "
