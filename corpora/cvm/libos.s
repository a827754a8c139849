# The outer layer of two: a small operating system for the program inside it. Arguments: key.
#
# The program calls it over CP_Call: i0 0 write, 1 identity, 2 exit; i1 address, i2 length of a text. The text is read
# where it is: the data part of the layer includes that of its program, and gp is where its own begins. An address that
# is not the program's is refused: the layer must not be talked into reading its own memory for it.
.include "serving.s"

.equ WRITE, 0
.equ IDENTITY, 1
.equ EXIT, 2
.equ EFAULT, -14
.equ ENOSYS, -38
.equ TEXT_MAX, 128

.text
main:
  addi sp, sp, -16
  sd ra, 0(sp)
  li a0, 0
  call argument
  la a1, serve
  li a2, 0
  li a3, 0
  call register
  lea a0, booted
  call print
# Until the program has ended.
wait_for_exit:
  lea a0, exited
  ld a1, 0(a0)
  bnez a1, program_ended
  li a2, NEVER
  call futex_wait
  j wait_for_exit
program_ended:
  li a0, FAREWELL_NS
  call sleep
  lea t0, status
  ld a1, 0(t0)
  lea a0, ended
  call print_line
  lea t0, served
  ld a1, 0(t0)
  lea a0, calls
  call print_line
  li a0, 0
  ld ra, 0(sp)
  addi sp, sp, 16
  ret

serve:
  call find_data
  beqz a0, write
  li t0, IDENTITY
  beq a0, t0, identity
  li t0, EXIT
  beq a0, t0, leave
  li a0, ENOSYS
  j end_call

write:
# The whole text below gp, and in the data part: base <= address, length <= gp - address.
  cspecialrw ct0, ddc, cnull
  cgetbase t1, ct0
  cmove ct0, cnull
  bltu a1, t1, not_the_programs
  bgeu a1, gp, not_the_programs
  sub t1, gp, a1
  bltu t1, a2, not_the_programs
  li t1, TEXT_MAX
  bltu t1, a2, not_the_programs
# Once into memory of its own: the program may change it meanwhile.
  mv s1, a2
  lea a0, text
  call copy_bytes
  lea a0, says
  call print
  lea a0, text
  mv a1, s1
  call console_write
  j end_call
not_the_programs:
  li a0, EFAULT
  j end_call

identity:
  mv a0, a6
  j end_call

leave:
  lea t0, status
  sd a1, 0(t0)
  lea a0, exited
  li t0, 1
  sd t0, 0(a0)
  li a1, 1
  call futex_wake
  li a0, 0
  j end_call

.data
booted: .asciz "booted\n"
says: .asciz "program: "
ended: .asciz "program ended with "
calls: .asciz "calls served: "
.align 8
exited: .8byte 0
status: .8byte 0
.bss
text: .zero 128
