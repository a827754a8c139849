# Serves calls by calling another cVM: the middle of a nested call.
.include "work.s"

.equ SERIAL, 0
.equ A_DAY_NS, 86400000000000

.text
main:
  addi sp, sp, -16
  sd ra, 0(sp)
  call peers
  mv a5, a0
  mv a6, a1
  lea a0, own_key
  li a1, 5
  la a2, serve
  li a3, 0
  li a4, SERIAL
  call cp_call_register
  lea a1, registering
  call must
  lea a0, key
  call open_call
  lea t0, inner
  sd a0, 0(t0)
  li t1, -1
  lea t0, block
  sd t1, 72(t0)
  li a0, A_DAY_NS
  call sleep
  li a0, 0
  ld ra, 0(sp)
  addi sp, sp, 16
  ret

serve:
  call find_data
  lea t0, inner
  ld a0, 0(t0)
  lea a1, block
  call cp_call
  call cp_call_return

.data
own_key: .asciz "relay"
key: .asciz "bench"
registering: .asciz "register"
.bss
inner: .zero 8
block: .zero 80
