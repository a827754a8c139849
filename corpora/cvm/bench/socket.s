# What a TCP socket costs, as a model: segments of 1448 bytes at most, each copied into a buffer between, added up, added
# up again by the receiver and copied out, with a call of the system on either side.
.include "work.s"

.equ SEGMENT, 1448
.equ BETWEEN_AT, 0x8000

.text
main:
  addi sp, sp, -16
  sd ra, 0(sp)
  call prepare
  li s6, BETWEEN_AT
  add s6, s6, gp
next_copy:
  beqz s0, all_copied
  li s4, 0
next_segment:
  sub s5, s1, s4
  beqz s5, copied
  li t0, SEGMENT
  bgeu t0, s5, segment_known
  mv s5, t0
segment_known:
  call time
  mv a0, s6
  add a1, s2, s4
  mv a2, s5
  call copy_plain
  mv a0, s6
  mv a1, s5
  call sum_words
  call time
  mv a0, s6
  mv a1, s5
  call sum_words
  add a0, s3, s4
  mv a1, s6
  mv a2, s5
  call copy_plain
  add s4, s4, s5
  j next_segment
copied:
  addi s0, s0, -1
  j next_copy
all_copied:
  li a0, 0
  ld ra, 0(sp)
  addi sp, sp, 16
  ret
