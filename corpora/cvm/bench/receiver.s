# Receives on a stream until there is no more.
.include "work.s"

.equ NEVER, -1

.text
main:
  addi sp, sp, -16
  sd ra, 0(sp)
  call prepare
  call peers
  mv a2, a0
  mv a3, a1
  lea a0, key
  li a1, 5
  call cps_listen
  lea a1, listening
  call must
  li a1, NEVER
  call cps_accept
  lea a1, accepting
  call must
  mv s4, a0
next_piece:
  mv a0, s4
  mv a1, s3
  mv a2, s1
  li a3, 0
  call cps_recv
  lea a1, receiving
  call must
  bnez a0, next_piece
  li a0, 0
  ld ra, 0(sp)
  addi sp, sp, 16
  ret

.data
key: .asciz "bench"
listening: .asciz "listen"
accepting: .asciz "accept"
receiving: .asciz "receive"
