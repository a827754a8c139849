# A key-value store over CP_Call: arguments: key of the endpoint, and how many calls to serve.
# A call: i0 0 put, 1 get, 2 remove; i1 the key, a number above 0; the buffer holds the value, or takes it.
# Result: bytes of the value; -2 if there is no such key, -28 if there is no room.
.include "serving.s"

.equ SLOTS, 8
.equ SLOT_BYTES, 80
.equ VALUE_MAX, 64
.equ ENOENT, -2
.equ ENOSPC, -28
.equ EINVAL, -22

.text
main:
  addi sp, sp, -16
  sd ra, 0(sp)
  li a0, 0
  call argument
  la a1, serve
  li a2, VALUE_MAX
  li a3, 0
  call register
  li a0, 1
  call argument_number
  call serve_calls
  li a0, 0
  ld ra, 0(sp)
  addi sp, sp, 16
  ret

# s1: slot, s2: bytes of the buffer.
serve:
  call find_data
  mv s2, a7
  mv s3, a0
  mv a0, a1
  li t0, 1
  beq s3, t0, get
  li t0, 2
  beq s3, t0, remove
  bnez s3, unknown
  beqz a1, unknown

put:
  mv s4, a1
  call find_slot
  bnez a0, put_here
  li a0, 0
  call find_slot
  beqz a0, full
put_here:
  mv s1, a0
  li a0, 0
  addi a1, s1, 16
  mv a2, s2
  call cp_buffer_read
  bltz a0, end_call
  sd s4, 0(s1)
  sd a0, 8(s1)
  j end_call

get:
  call find_slot
  beqz a0, absent
  mv s1, a0
  li a0, 0
  addi a1, s1, 16
  ld a2, 8(s1)
  call cp_buffer_write
  j end_call

remove:
  call find_slot
  beqz a0, absent
  sd x0, 0(a0)
  ld a0, 8(a0)
  j end_call

absent:
  li a0, ENOENT
  j end_call
full:
  li a0, ENOSPC
  j end_call
unknown:
  li a0, EINVAL
  j end_call

# a0: the slot with this key, or 0.
find_slot:
  lea t0, slots
  li t1, SLOTS
each_slot:
  ld t2, 0(t0)
  beq t2, a0, found_slot
  addi t0, t0, SLOT_BYTES
  addi t1, t1, -1
  bnez t1, each_slot
  li a0, 0
  ret
found_slot:
  mv a0, t0
  ret

.bss
slots: .zero 640
