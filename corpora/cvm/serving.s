# Being called: how a cVM waits for its calls, and how a call counts itself.

.include "runtime.s"

.equ NEVER, -1
# Time for the last call to return before the cVM ends.
.equ FAREWELL_NS, 100000

.text
# a0: text of the key, a1: entry, a2: bytes of a buffer at most, a3: mode. Result: handle; callers are the peers.
register:
  addi sp, sp, -48
  sd ra, 0(sp)
  sd a0, 8(sp)
  sd a1, 16(sp)
  sd a2, 24(sp)
  sd a3, 32(sp)
  call peers
  mv a5, a0
  mv a6, a1
  ld a0, 8(sp)
  call text_length
  ld a2, 16(sp)
  ld a3, 24(sp)
  ld a4, 32(sp)
  call cp_call_register
  lea a1, registering
  call must
  ld ra, 0(sp)
  addi sp, sp, 48
  ret

# Waits until so many (a0) calls have been served.
serve_calls:
  addi sp, sp, -32
  sd ra, 0(sp)
  sd s0, 8(sp)
  mv s0, a0
wait_more:
  lea a0, served
  ld a1, 0(a0)
  bgeu a1, s0, all_served
  li a2, NEVER
  call futex_wait
  j wait_more
all_served:
  li a0, FAREWELL_NS
  call sleep
  ld ra, 0(sp)
  ld s0, 8(sp)
  addi sp, sp, 32
  ret

# The end of a call, which is counted: a0 goes to the caller.
end_call:
  mv s0, a0
  lea a0, served
  li t0, 1
  amoadd.d t1, t0, (a0)
  li a1, 1
  call futex_wake
  mv a0, s0
  call cp_call_return

.data
registering: .asciz "register"
.align 8
served: .8byte 0
