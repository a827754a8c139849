# Answers packets with their bytes turned round. Argument: how many before it ends.
.include "datagram.s"

.text
main:
  addi sp, sp, -16
  sd ra, 0(sp)
  li a0, 0
  call argument_number
  mv s0, a0
  li s1, 0
next_packet:
  beq s1, s0, all_answered
  lea a0, content
  call receive_packet
  mv s2, a1
  mv s3, a0
  lea t0, content
  add t1, t0, a0
turn_round:
  addi t1, t1, -1
  bgeu t0, t1, turned_round
  lbu t2, 0(t0)
  lbu t4, 0(t1)
  sb t4, 0(t0)
  sb t2, 0(t1)
  addi t0, t0, 1
  j turn_round
turned_round:
  mv a0, s2
  lea a1, content
  mv a2, s3
  call send_packet
  addi s1, s1, 1
  j next_packet
all_answered:
  lea a0, answered
  mv a1, s1
  call print_line
  li a0, 0
  ld ra, 0(sp)
  addi sp, sp, 16
  ret

.data
answered: .asciz "packets answered: "
.bss
content: .zero 248
