# Faults that are repaired: a load that is not allowed gives -1, a breakpoint nothing, and the program goes on behind it.
#
# The frame that a handler finds lies at the top of the stack of its thread: who registers one leaves that room free.
.include "runtime.s"

.equ FRAME_BYTES, 272
.equ A0_IN_FRAME, 96
.equ BREAKPOINT, 3

.text
# Registers the handler.
repair_faults:
  addi sp, sp, -16
  sd ra, 0(sp)
  la a0, repair
  call exception_register
  lea a1, registering
  call must
  ld ra, 0(sp)
  addi sp, sp, 16
  ret

# The byte at a0, or -1.
try_load:
  lbu a0, 0(a0)
  ret

# The handler: a0 cause, a2 where it was, a3 the frame. All registers are those of the frame again when it is over.
repair:
  mv s0, a2
  call find_data
  lea t0, repaired
  ld t1, 0(t0)
  addi t1, t1, 1
  sd t1, 0(t0)
  li t0, BREAKPOINT
  beq a0, t0, go_on
  li t0, -1
  sd t0, A0_IN_FRAME(a3)
go_on:
  addi a0, s0, 4
  call exception_return
  lea a1, returning
  j must

.data
registering: .asciz "register"
returning: .asciz "return"
.align 8
repaired: .8byte 0
