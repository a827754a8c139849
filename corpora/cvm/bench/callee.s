# Serves calls: copies the caller's buffer to itself and answers how many bytes there were.
.include "work.s"

.equ MESSAGE_MAX, 0x100000
.equ SERIAL, 0
.equ A_DAY_NS, 86400000000000

.text
main:
  addi sp, sp, -16
  sd ra, 0(sp)
  call peers
  mv a5, a0
  mv a6, a1
  lea a0, key
  li a1, 5
  la a2, serve
  li a3, MESSAGE_MAX
  li a4, SERIAL
  call cp_call_register
  lea a1, registering
  call must
  li a0, A_DAY_NS
  call sleep
  li a0, 0
  ld ra, 0(sp)
  addi sp, sp, 16
  ret

# a7: bytes of the buffer.
serve:
  mv s1, a7
  li a0, 0
  beqz s1, served_call
  call find_data
  li a0, 0
  li a1, TO_AT
  add a1, a1, gp
  mv a2, s1
  call cp_buffer_read
served_call:
  call cp_call_return

.data
key: .asciz "bench"
registering: .asciz "register"
