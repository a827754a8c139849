# Echo over CP_Call: arguments: key, and how many calls to serve before it ends.
# A call hands over a buffer; its bytes come back with small letters made capitals. The result is how many.
.include "serving.s"

.equ MESSAGE_MAX, 256

.text
main:
  addi sp, sp, -32
  sd ra, 0(sp)
  li a0, 0
  call argument
  la a1, serve
  li a2, MESSAGE_MAX
  li a3, 0
  call register
  lea a0, serving
  call print
  li a0, 1
  call argument_number
  call serve_calls
  lea t0, served
  ld a1, 0(t0)
  lea a0, done
  call print_line
  li a0, 0
  ld ra, 0(sp)
  addi sp, sp, 32
  ret

# a7: bytes of the buffer.
serve:
  call find_data
  addi sp, sp, -256
  mv s1, a7
  li a0, 0
  mv a1, sp
  mv a2, s1
  call cp_buffer_read
  bltz a0, end_call
  mv t0, sp
  add t1, sp, s1
  li t3, 97
  li t4, 123
each_byte:
  bgeu t0, t1, spelt
  lbu t2, 0(t0)
  bltu t2, t3, no_letter
  bgeu t2, t4, no_letter
  addi t2, t2, -32
  sb t2, 0(t0)
no_letter:
  addi t0, t0, 1
  j each_byte
spelt:
  li a0, 0
  mv a1, sp
  mv a2, s1
  call cp_buffer_write
  j end_call

.data
serving: .asciz "serving\n"
done: .asciz "calls served: "
