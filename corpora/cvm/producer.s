# Makes numbers for a consumer, through a CP_File: arguments: key, how many.
#
# The file: head (numbers made so far), tail (numbers taken), then places for four. Who changes one of them notifies, who
# finds nothing to do waits for the next notice.
.include "runtime.s"

.equ FILE_BYTES, 48
.equ PLACES, 4
.equ READ_WRITE, 3

.text
main:
  addi sp, sp, -48
  sd ra, 0(sp)
  sd s0, 8(sp)
  call peers
  mv a5, a0
  mv a6, a1
  li a0, 0
  call argument
  call text_length
  lea a2, file
  li a3, FILE_BYTES
  li a4, READ_WRITE
  call cp_file_advertise
  lea a1, advertising
  call must
  mv s2, a0
  li a0, 1
  call argument_number
  mv s0, a0
  li s1, 0
  li s3, 0

# s0: how many, s1: how many made, s2: handle, s3: epoch of the last notice.
next_number:
  beq s1, s0, all_made
wait_for_room:
  lea s4, file
  ld t0, 8(s4)
  sub t0, s1, t0
  li t1, PLACES
  bltu t0, t1, make
  mv a0, s2
  mv a1, s3
  li a2, -1
  call cp_file_wait
  lea a1, waiting
  call must
  mv s3, a0
  j wait_for_room
make:
  andi t0, s1, 3
  slli t0, t0, 3
  add t0, t0, s4
  mul t1, s1, s1
  sd t1, 16(t0)
  addi s1, s1, 1
  sd s1, 0(s4)
  mv a0, s2
  call cp_file_notify
  j next_number

# The last is taken, too, before the file goes.
all_made:
  ld t0, 8(s4)
  beq t0, s0, all_taken
  mv a0, s2
  mv a1, s3
  li a2, -1
  call cp_file_wait
  lea a1, waiting
  call must
  mv s3, a0
  j all_made
all_taken:
  lea a0, made
  mv a1, s0
  call print_line
  mv a0, s2
  call cp_file_revoke
  li a0, 0
  ld ra, 0(sp)
  ld s0, 8(sp)
  addi sp, sp, 48
  ret

.data
advertising: .asciz "advertise"
waiting: .asciz "wait"
made: .asciz "numbers made: "
.align 8
file: .zero 48
