# Sends on a stream, from the sender's memory straight into the receiver's (see receiver.s).
.include "work.s"

.text
main:
  addi sp, sp, -16
  sd ra, 0(sp)
  call prepare
  lea a0, key
  call open_stream
  mv s4, a0
next_send:
  beqz s0, all_sent
  mv s5, s1
  mv s6, s2
send_rest:
  mv a0, s4
  mv a1, s6
  mv a2, s5
  li a3, 0
  call cps_send
  lea a1, sending
  call must
  add s6, s6, a0
  sub s5, s5, a0
  bnez s5, send_rest
  addi s0, s0, -1
  j next_send
all_sent:
  mv a0, s4
  call cps_close
  li a0, 0
  ld ra, 0(sp)
  addi sp, sp, 16
  ret

.data
key: .asciz "bench"
sending: .asciz "send"
