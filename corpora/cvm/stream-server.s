# Echo over CP_Stream: arguments: key. Serves one stream until its peer has no more to say; every byte goes back.
.include "runtime.s"

.equ NEVER, -1
.equ PIECE, 64

.text
main:
  addi sp, sp, -16
  sd ra, 0(sp)
  call peers
  mv a2, a0
  mv a3, a1
  li a0, 0
  call argument
  call text_length
  call cps_listen
  lea a1, listening
  call must
  li a1, NEVER
  call cps_accept
  lea a1, accepting
  call must
  mv s0, a0
  li s1, 0
next_piece:
  mv a0, s0
  lea a1, piece
  li a2, PIECE
  li a3, 0
  call cps_recv
  lea a1, receiving
  call must
  beqz a0, at_end
  mv s2, a0
  add s1, s1, a0
  lea s3, piece
send_rest:
  mv a0, s0
  mv a1, s3
  mv a2, s2
  li a3, 0
  call cps_send
  lea a1, sending
  call must
  add s3, s3, a0
  sub s2, s2, a0
  bnez s2, send_rest
  j next_piece
at_end:
  mv a0, s0
  call cps_close
  lea a0, echoed
  mv a1, s1
  call print_line
  li a0, 0
  ld ra, 0(sp)
  addi sp, sp, 16
  ret

.data
listening: .asciz "listen"
accepting: .asciz "accept"
receiving: .asciz "receive"
sending: .asciz "send"
echoed: .asciz "bytes echoed: "
.bss
piece: .zero 64
