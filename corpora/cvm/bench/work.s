# What the benchmarks of copies and crossings share: arguments: how many times, and bytes at a time where there are any.
# Buffers lie behind the program's own data, aligned, with room for a mebibyte each.
.include "../opening.s"

.equ FROM_AT, 0x10000
.equ TO_AT, 0x120000

.text
# Leaves in s0 how many times, in s1 how many bytes, in s2 and s3 the places to copy from and to.
prepare:
  addi sp, sp, -16
  sd ra, 0(sp)
  li a0, 0
  call argument_number
  mv s0, a0
  li a0, 1
  call argument_number
  mv s1, a0
  li s2, FROM_AT
  add s2, s2, gp
  li s3, TO_AT
  add s3, s3, gp
  ld ra, 0(sp)
  addi sp, sp, 16
  ret

# A plain copy of a2 bytes, a multiple of 8, from a1 to a0, as a C library would have it. Changes t1, t3.
copy_plain:
  li t1, 256
  bltu a2, t1, copy_words
copy_unrolled:
  ld t3, 0(a1)
  sd t3, 0(a0)
  ld t3, 8(a1)
  sd t3, 8(a0)
  ld t3, 16(a1)
  sd t3, 16(a0)
  ld t3, 24(a1)
  sd t3, 24(a0)
  ld t3, 32(a1)
  sd t3, 32(a0)
  ld t3, 40(a1)
  sd t3, 40(a0)
  ld t3, 48(a1)
  sd t3, 48(a0)
  ld t3, 56(a1)
  sd t3, 56(a0)
  ld t3, 64(a1)
  sd t3, 64(a0)
  ld t3, 72(a1)
  sd t3, 72(a0)
  ld t3, 80(a1)
  sd t3, 80(a0)
  ld t3, 88(a1)
  sd t3, 88(a0)
  ld t3, 96(a1)
  sd t3, 96(a0)
  ld t3, 104(a1)
  sd t3, 104(a0)
  ld t3, 112(a1)
  sd t3, 112(a0)
  ld t3, 120(a1)
  sd t3, 120(a0)
  ld t3, 128(a1)
  sd t3, 128(a0)
  ld t3, 136(a1)
  sd t3, 136(a0)
  ld t3, 144(a1)
  sd t3, 144(a0)
  ld t3, 152(a1)
  sd t3, 152(a0)
  ld t3, 160(a1)
  sd t3, 160(a0)
  ld t3, 168(a1)
  sd t3, 168(a0)
  ld t3, 176(a1)
  sd t3, 176(a0)
  ld t3, 184(a1)
  sd t3, 184(a0)
  ld t3, 192(a1)
  sd t3, 192(a0)
  ld t3, 200(a1)
  sd t3, 200(a0)
  ld t3, 208(a1)
  sd t3, 208(a0)
  ld t3, 216(a1)
  sd t3, 216(a0)
  ld t3, 224(a1)
  sd t3, 224(a0)
  ld t3, 232(a1)
  sd t3, 232(a0)
  ld t3, 240(a1)
  sd t3, 240(a0)
  ld t3, 248(a1)
  sd t3, 248(a0)
  addi a1, a1, 256
  addi a0, a0, 256
  addi a2, a2, -256
  bgeu a2, t1, copy_unrolled
copy_words:
  beqz a2, copied_plain
  ld t3, 0(a1)
  sd t3, 0(a0)
  addi a1, a1, 8
  addi a0, a0, 8
  addi a2, a2, -8
  j copy_words
copied_plain:
  ret

# Adds up a1 bytes, a multiple of 8, from a0: what a network stack does to each segment. Changes t0, a0, a1; sum in a2.
sum_words:
  li a2, 0
next_word:
  beqz a1, summed
  ld t0, 0(a0)
  add a2, a2, t0
  addi a0, a0, 8
  addi a1, a1, -8
  j next_word
summed:
  ret
