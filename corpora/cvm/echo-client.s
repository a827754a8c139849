# Echo over CP_Call, the client: arguments: key, then texts to send one after the other.
.include "opening.s"

.equ BUFFER_RW, 3

.text
main:
  addi sp, sp, -32
  sd ra, 0(sp)
  sd s0, 8(sp)
  sd s1, 16(sp)
  sd s2, 24(sp)
  li a0, 0
  call argument
  call open_call
  mv s2, a0
  call argument_count
  mv s0, a0
  li s1, 1
next_text:
  bgeu s1, s0, all_sent
  mv a0, s1
  call argument
  call text_length
  mv a2, a1
  mv a1, a0
  lea a0, text
  lea t0, block
  sd a0, 48(t0)
  sd a2, 56(t0)
  li t1, BUFFER_RW
  sd t1, 64(t0)
  li t1, -1
  sd t1, 72(t0)
  call copy_bytes
  sb x0, 0(a0)
  mv a0, s2
  lea a1, block
  call cp_call
  lea a1, calling
  call must
  lea a0, answer
  call print
  lea a0, text
  call print
  lea a0, new_line
  call print
  addi s1, s1, 1
  j next_text
all_sent:
  li a0, 0
  ld ra, 0(sp)
  ld s0, 8(sp)
  ld s1, 16(sp)
  ld s2, 24(sp)
  addi sp, sp, 32
  ret

.data
calling: .asciz "call"
answer: .asciz "answer: "
.bss
block: .zero 80
text: .zero 256
