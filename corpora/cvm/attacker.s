# An attacker that knows where everything is: argument: which of its attempts to make.
#
# An attempt leaves in a0 what it came to. What is negative was refused; anything else is a gain, and so is coming back
# from what should trap: it leaves 0.
.include "runtime.s"

# The victim is created in front of the attackers: its data part ends a page before the first of them begins. Ranges are
# 64 KiB, all alike, with a page between them, so that its data lies this much above the start of the arena.
.equ VICTIM_DATA, 0x80904000

.text
main:
  addi sp, sp, -16
  sd ra, 0(sp)
  li a0, 0
  call argument_number
  mv s0, a0
  lea a0, tries
  call print
  lea t0, names
  li t1, 64
  mul t1, s0, t1
  add a0, t0, t1
  call print
  lea a0, new_line
  call print
  la t0, attempts
  slli t1, s0, 3
  add t0, t0, t1
  jalr ra, 0(t0)
  bltz a0, was_refused
  mv a1, a0
  lea a0, gained
  call print_line
  li a0, 1
  j exit
was_refused:
  mv a1, a0
  lea a0, refused
  call print_line
  li a0, 0
  j exit

# a0: where the data of the victim begins.
victim_data:
  li a0, VICTIM_DATA
  ret

# The sealed pair of this thread's gate: code in ct0, data in ct1.
gate_pair:
  cspecialrw ct2, pcc, cnull
  cgetbase t3, ct2
  cgetlen t4, ct2
  add t3, t3, t4
  lui t4, 1048575
  add t3, t3, t4
  csetaddr ct2, ct2, t3
  lc.cap ct0, (ct2)
  addi t3, t3, 16
  csetaddr ct2, ct2, t3
  lc.cap ct1, (ct2)
  ret

attempts:
  addi s1, ra, 0
  jal x0, try_below
  addi s1, ra, 0
  jal x0, try_above
  addi s1, ra, 0
  jal x0, try_straddle
  addi s1, ra, 0
  jal x0, try_victim
  addi s1, ra, 0
  jal x0, try_gate_read
  addi s1, ra, 0
  jal x0, try_gate_jump
  addi s1, ra, 0
  jal x0, try_own_code
  addi s1, ra, 0
  jal x0, try_wider
  addi s1, ra, 0
  jal x0, try_forge
  addi s1, ra, 0
  jal x0, try_keep
  addi s1, ra, 0
  jal x0, try_sealed
  addi s1, ra, 0
  jal x0, try_unseal
  addi s1, ra, 0
  jal x0, try_cross
  addi s1, ra, 0
  jal x0, try_swap
  addi s1, ra, 0
  jal x0, try_ecall
  addi s1, ra, 0
  jal x0, try_csr
  addi s1, ra, 0
  jal x0, try_spoof
  addi s1, ra, 0
  jal x0, try_print
  addi s1, ra, 0
  jal x0, try_wrap
  addi s1, ra, 0
  jal x0, try_advertise
  addi s1, ra, 0
  jal x0, try_probe
  addi s1, ra, 0
  jal x0, try_handles
  addi s1, ra, 0
  jal x0, try_call
  addi s1, ra, 0
  jal x0, try_entry
  addi s1, ra, 0
  jal x0, try_thread
  addi s1, ra, 0
  jal x0, try_return
  addi s1, ra, 0
  jal x0, try_number

try_below:
  cspecialrw ct0, ddc, cnull
  cgetbase t1, ct0
  lbu a0, -1(t1)
  jalr x0, 0(s1)

try_above:
  cspecialrw ct0, ddc, cnull
  cgetbase t1, ct0
  cgetlen t2, ct0
  add t1, t1, t2
  lbu a0, 0(t1)
  jalr x0, 0(s1)

try_straddle:
  cspecialrw ct0, ddc, cnull
  cgetbase t1, ct0
  cgetlen t2, ct0
  add t1, t1, t2
  li t2, -1
  sd t2, -4(t1)
  li a0, 0
  jalr x0, 0(s1)

try_victim:
  call victim_data
  ld a0, 0(a0)
  jalr x0, 0(s1)

try_gate_read:
  li t1, 0x80001000
  ld a0, 0(t1)
  jalr x0, 0(s1)

try_gate_jump:
  li t1, 0x80001000
  jalr ra, 0(t1)
  li a0, 0
  jalr x0, 0(s1)

try_own_code:
  la t1, image
  sd x0, 0(t1)
  li a0, 0
  jalr x0, 0(s1)

try_wider:
  cspecialrw ct0, ddc, cnull
  cgetbase t1, ct0
  addi t1, t1, -16
  csetaddr ct0, ct0, t1
  li t1, 64
  csetbounds ct0, ct0, t1
  cspecialrw cnull, ddc, ct0
  lbu a0, 0(gp)
  jalr x0, 0(s1)

try_forge:
  call victim_data
  csetaddr ct0, cnull, a0
  ld.cap a0, (ct0)
  jalr x0, 0(s1)

try_keep:
  cspecialrw ct0, ddc, cnull
  addi t1, gp, 0
  csetaddr ct1, ct0, t1
  sc.cap ct0, (ct1)
  li a0, 0
  jalr x0, 0(s1)

try_sealed:
  call gate_pair
  ld.cap a0, (ct1)
  jalr x0, 0(s1)

try_unseal:
  call gate_pair
  cspecialrw ct2, ddc, cnull
  cgettype t3, ct1
  csetaddr ct2, ct2, t3
  cunseal ct1, ct1, ct2
  ld.cap a0, (ct1)
  jalr x0, 0(s1)

try_cross:
  call gate_pair
  cspecialrw ct0, pcc, cnull
  cinvoke ct0, ct1
  li a0, 0
  jalr x0, 0(s1)

try_swap:
  call gate_pair
  cinvoke ct1, ct0
  li a0, 0
  jalr x0, 0(s1)

try_ecall:
  li a7, 64
  ecall
  jalr x0, 0(s1)

try_csr:
  csrrw a0, mtvec, x0
  jalr x0, 0(s1)

try_spoof:
  li tp, 1
  li t5, 8
  call hostcall
  li tp, 0
  bnez a0, spoofed
  li a0, -1
spoofed:
  jalr x0, 0(s1)

try_print:
  li a0, 0x80001000
  li a1, 64
  call console_write
  jalr x0, 0(s1)

try_wrap:
  li a0, -8
  li a1, 16
  call console_write
  jalr x0, 0(s1)

try_advertise:
  call victim_data
  mv a2, a0
  lea a0, key
  li a1, 5
  li a3, 64
  li a4, 3
  li a5, 0
  li a6, 0
  call cp_file_advertise
  jalr x0, 0(s1)

try_probe:
  lea a0, key
  li a1, 5
  li a2, 1
  call cp_file_probe
  jalr x0, 0(s1)

try_handles:
  li s4, 0
  li s5, 0
  lea s6, key
next_guess:
  andi t0, s4, 15
  srli t1, s4, 4
  slli t1, t1, 16
  add a0, t0, t1
  li a1, 0
  mv a2, s6
  li a3, 8
  call cp_file_pread
  bltz a0, wrong_guess
  addi s5, s5, 1
wrong_guess:
  addi s4, s4, 1
  li t0, 128
  bltu s4, t0, next_guess
  mv a0, s5
  bnez s5, guessed
  li a0, -9
guessed:
  jalr x0, 0(s1)

try_call:
  lea a0, door
  li a1, 4
  call cp_call_open
  jalr x0, 0(s1)

try_entry:
  call victim_data
  li t0, 0x3000
  sub a2, a0, t0
  lea a0, key
  li a1, 4
  li a3, 0
  li a4, 0
  li a5, 0
  li a6, 0
  call cp_call_register
  jalr x0, 0(s1)

try_thread:
  li a0, 0x80001000
  li a1, 0
  call thread_create
  jalr x0, 0(s1)

try_return:
  li a0, 0
  call cp_call_return
  jalr x0, 0(s1)

try_number:
  li a0, 0
  li t5, 700
  call hostcall
  jalr x0, 0(s1)

.data
tries: .asciz "tries "
gained: .asciz "GAINED "
refused: .asciz "refused: "
key: .asciz "vault"
door: .asciz "door"
.align 8
# 64 bytes each.
names:
  .asciz "a byte in front of its data"
  .zero 36
  .asciz "a byte behind its data"
  .zero 41
  .asciz "a word that begins inside and ends outside"
  .zero 21
  .asciz "the secret of its neighbour"
  .zero 36
  .asciz "the code of the gate"
  .zero 43
  .asciz "a jump into the gate"
  .zero 43
  .asciz "a store to its own code"
  .zero 40
  .asciz "a DDC with wider bounds"
  .zero 40
  .asciz "a capability made of numbers"
  .zero 35
  .asciz "a capability kept in memory"
  .zero 36
  .asciz "a load through the sealed thread block"
  .zero 25
  .asciz "unsealing the thread block"
  .zero 37
  .asciz "its own code with the Intravisor's data"
  .zero 24
  .asciz "the halves of the gate swapped"
  .zero 33
  .asciz "a system call of its own"
  .zero 39
  .asciz "the trap vector"
  .zero 48
  .asciz "host calls as another thread"
  .zero 35
  .asciz "the Intravisor's memory on the console"
  .zero 25
  .asciz "a text that wraps around the address space"
  .zero 21
  .asciz "advertising its neighbour's memory"
  .zero 29
  .asciz "a CP_File that is not for it"
  .zero 35
  .asciz "reading through handles of others"
  .zero 30
  .asciz "an endpoint that is not for it"
  .zero 33
  .asciz "an endpoint in its neighbour's code"
  .zero 28
  .asciz "a thread that begins in the gate"
  .zero 31
  .asciz "returning from a call that nobody made"
  .zero 25
  .asciz "a host call that there is not"
  .zero 34
