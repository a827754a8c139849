# Sends texts to its first peer, a packet each, and prints what comes back from there. Arguments: the texts.
.include "datagram.s"

.text
main:
  addi sp, sp, -16
  sd ra, 0(sp)
  call peers
  ld s0, 0(a0)
  call argument_count
  mv s1, a0
  li s2, 0
next_text:
  beq s2, s1, all_sent
  mv a0, s2
  call argument
  call text_length
  mv a2, a1
  mv a1, a0
  mv a0, s0
  call send_packet
# What anybody else has sent is no answer.
next_answer:
  lea a0, content
  call receive_packet
  bne a1, s0, next_answer
  lea t0, content
  add t0, t0, a0
  sb x0, 0(t0)
  lea a0, answer
  call print
  lea a0, content
  call print
  lea a0, new_line
  call print
  addi s2, s2, 1
  j next_text
all_sent:
  li a0, 0
  ld ra, 0(sp)
  addi sp, sp, 16
  ret

.data
answer: .asciz "answer: "
.bss
content: .zero 256
