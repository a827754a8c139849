# Opening what another cVM offers, which may not be there yet: tried again every microsecond.

.include "runtime.s"

.equ ENOENT, -2

.text
# a0: text of the key. Result: handle of the endpoint; anything but its absence ends the cVM.
open_call:
  la a1, cp_call_open
  j open_when_there

# a0: text of the key. Result: handle of a stream.
open_stream:
  la a1, cps_connect
  j open_when_there

# a0: text of the key, a2: rights. Result: handle, a1: bytes.
open_file:
  la a1, cp_file_probe

open_when_there:
  addi sp, sp, -48
  sd ra, 0(sp)
  sd s0, 8(sp)
  sd s1, 16(sp)
  sd s2, 24(sp)
  sd a2, 32(sp)
  mv s0, a0
  mv s1, a1
try_again:
  mv a0, s0
  call text_length
  ld a2, 32(sp)
  jalr ra, 0(s1)
  li t0, ENOENT
  bne a0, t0, there
  li a0, 1000
  call sleep
  j try_again
there:
  mv s2, a1
  mv a1, s0
  call must
  mv a1, s2
  ld ra, 0(sp)
  ld s0, 8(sp)
  ld s1, 16(sp)
  ld s2, 24(sp)
  addi sp, sp, 48
  ret
