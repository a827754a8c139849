# Takes the numbers of a producer (see there) and adds them up: arguments: key, how many.
.include "opening.s"

.equ READ_WRITE, 3

.text
main:
  addi sp, sp, -48
  sd ra, 0(sp)
  sd s0, 8(sp)
  li a0, 0
  call argument
  li a2, READ_WRITE
  call open_file
  mv s2, a0
  li a0, 1
  call argument_number
  mv s0, a0
  li s1, 0
  li s3, 0
  li s5, 0

# s0: how many, s1: how many taken, s2: handle, s3: epoch of the last notice, s5: sum.
next_number:
  beq s1, s0, all_taken
wait_for_one:
  lea a2, word
  mv a0, s2
  li a1, 0
  li a3, 8
  call cp_file_pread
  lea a1, reading
  call must
  lea t0, word
  ld t0, 0(t0)
  bltu s1, t0, take
  mv a0, s2
  mv a1, s3
  li a2, -1
  call cp_file_wait
  lea a1, waiting
  call must
  mv s3, a0
  j wait_for_one
take:
  andi t0, s1, 3
  slli a1, t0, 3
  addi a1, a1, 16
  mv a0, s2
  lea a2, word
  li a3, 8
  call cp_file_pread
  lea t0, word
  ld t1, 0(t0)
  add s5, s5, t1
  addi s1, s1, 1
  sd s1, 0(t0)
  mv a0, s2
  li a1, 8
  mv a2, t0
  li a3, 8
  call cp_file_pwrite
  lea a1, writing
  call must
# The last number ends the file: nobody may be there to be told.
  beq s1, s0, all_taken
  mv a0, s2
  call cp_file_notify
  j next_number
all_taken:
  mv a0, s2
  call cp_file_notify
  lea a0, sum
  mv a1, s5
  call print_line
  li a0, 0
  ld ra, 0(sp)
  ld s0, 8(sp)
  addi sp, sp, 48
  ret

.data
reading: .asciz "read"
writing: .asciz "write"
waiting: .asciz "wait"
sum: .asciz "sum: "
.align 8
word: .8byte 0
