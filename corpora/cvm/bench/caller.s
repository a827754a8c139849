# Calls another cVM, with a buffer if there are bytes to hand over (see callee.s). Third argument: key.
.include "work.s"

.equ BUFFER_R, 1

.text
main:
  addi sp, sp, -16
  sd ra, 0(sp)
  call prepare
  li a0, 2
  call argument
  call open_call
  mv s4, a0
  lea t0, block
  beqz s1, no_buffer
  sd s2, 48(t0)
  sd s1, 56(t0)
  li t1, BUFFER_R
  sd t1, 64(t0)
no_buffer:
  li t1, -1
  sd t1, 72(t0)
next_call:
  beqz s0, all_called
  mv a0, s4
  lea a1, block
  call cp_call
  bne a0, s1, went_wrong
  addi s0, s0, -1
  j next_call
all_called:
  li a0, 0
  ld ra, 0(sp)
  addi sp, sp, 16
  ret
went_wrong:
  lea a1, calling
  call must
  li a0, 1
  call exit

.data
calling: .asciz "call"
.bss
block: .zero 80
