# Has a secret at the start of its data, keeps a copy in a CP_File that nobody may open, and an endpoint that nobody may
# call; looks at the end whether all is as it was.
.include "runtime.s"

.equ SECRET, 0x5ec2e75ec2e7
.equ READ_WRITE, 3
.equ HOLD_NS, 2000000

.text
main:
  addi sp, sp, -16
  sd ra, 0(sp)
  lea s0, secret
  li t0, SECRET
  sd t0, 0(gp)
  sd t0, 0(s0)
  lea a0, key
  li a1, 5
  mv a2, s0
  li a3, 64
  li a4, READ_WRITE
  li a5, 0
  li a6, 0
  call cp_file_advertise
  lea a1, offering
  call must
  lea a0, door
  li a1, 4
  la a2, answer
  li a3, 0
  li a4, 0
  li a5, 0
  li a6, 0
  call cp_call_register
  lea a1, offering
  call must
  li a0, HOLD_NS
  call sleep
  li t0, SECRET
  ld t1, 0(gp)
  bne t0, t1, changed
  ld t1, 0(s0)
  bne t0, t1, changed
  lea a0, kept
  call print
  li a0, 0
  ld ra, 0(sp)
  addi sp, sp, 16
  ret
changed:
  lea a0, lost
  call print
  li a0, 1
  j exit

answer:
  ld a0, 0(gp)
  call cp_call_return

.data
# The first word of all data is the secret.
first: .8byte 0
offering: .asciz "offer"
kept: .asciz "the secret is as it was\n"
lost: .asciz "the secret has CHANGED\n"
key: .asciz "vault"
door: .asciz "door"
.align 8
secret: .zero 64
