# Threads that take turns: each waits for its own, does it, and wakes the others. Arguments: how many besides the first, and
# how many turns each takes.
.include "runtime.s"

.equ ALL, 64
.equ NEVER, -1

.text
main:
  addi sp, sp, -16
  sd ra, 0(sp)
  li a0, 0
  call argument_number
  lea t0, workers
  sd a0, 0(t0)
  mv s0, a0
  li a0, 1
  call argument_number
  lea t0, rounds
  sd a0, 0(t0)
  li s1, 0
begin_next:
  beq s1, s0, all_begun
  la a0, worker
  mv a1, s1
  call thread_create
  lea a1, beginning
  call must
  slli t0, s1, 3
  lea t1, numbers
  add t0, t0, t1
  sd a0, 0(t0)
  addi s1, s1, 1
  j begin_next
all_begun:
  li s1, 0
  li s2, 0
join_next:
  beq s1, s0, all_joined
  slli t0, s1, 3
  lea t1, numbers
  add t0, t0, t1
  ld a0, 0(t0)
  call thread_join
  lea a1, joining
  call must
  add s2, s2, a0
  addi s1, s1, 1
  j join_next
all_joined:
  lea a0, taken
  mv a1, s2
  call print_line
  lea t0, sum
  ld a1, 0(t0)
  lea a0, added
  call print_line
  li a0, 0
  ld ra, 0(sp)
  addi sp, sp, 16
  ret

# A thread of its own: a0 says which. Nobody else is at the sum while it is its turn.
worker:
  mv s0, a0
  call find_data
  lea t0, workers
  ld s1, 0(t0)
  lea t0, rounds
  ld s2, 0(t0)
  li s3, 0
  lea s4, turn
next_round:
  beq s3, s2, rounds_over
wait_for_turn:
  ld s5, 0(s4)
  remu t0, s5, s1
  beq t0, s0, take_turn
  mv a0, s4
  mv a1, s5
  li a2, NEVER
  call futex_wait
  j wait_for_turn
take_turn:
  lea t0, sum
  ld t1, 0(t0)
  add t1, t1, s5
  sd t1, 0(t0)
  addi s5, s5, 1
  sd s5, 0(s4)
  mv a0, s4
  li a1, ALL
  call futex_wake
  addi s3, s3, 1
  j next_round
rounds_over:
  mv a0, s3
  call thread_exit

.data
beginning: .asciz "thread"
joining: .asciz "join"
taken: .asciz "turns taken: "
added: .asciz "sum of their numbers: "
.align 8
turn: .8byte 0
sum: .8byte 0
.bss
workers: .zero 8
rounds: .zero 8
numbers: .zero 64
