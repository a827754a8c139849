# A client of the key-value store: arguments: key of the endpoint, then words: "+1 text" as two arguments puts a text under
# a number, "?1" asks for it, "-1" removes it. Numbers have one digit.
.include "opening.s"

.equ PUT, 0
.equ GET, 1
.equ REMOVE, 2
.equ VALUE_MAX, 64

.text
main:
  addi sp, sp, -48
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
next_word:
  bgeu s1, s0, no_more_words
  mv a0, s1
  call argument
  lbu t0, 0(a0)
  lbu a1, 1(a0)
  addi a1, a1, -48
  addi s1, s1, 1
  li t1, 43
  beq t0, t1, put
  li t1, 63
  beq t0, t1, get
  li a0, REMOVE
  li a2, 1
  call ask
  mv s3, a0
  lea a0, removed
  mv a1, s3
  call print_line
  j next_word

put:
  mv s3, a1
  mv a0, s1
  addi s1, s1, 1
  call argument
  call text_length
  mv s4, a1
  mv a2, a1
  mv a1, a0
  lea a0, value
  call copy_bytes
  li a0, PUT
  mv a1, s3
  mv a2, s4
  call ask
  mv a1, a0
  lea a0, stored
  call print_line
  j next_word

get:
  li a0, GET
  li a2, VALUE_MAX
  call ask
  bltz a0, got_nothing
  lea t0, value
  add t0, t0, a0
  sb x0, 0(t0)
  lea a0, found
  call print
  lea a0, value
  call print
  lea a0, new_line
  call print
  j next_word
got_nothing:
  mv a1, a0
  lea a0, nothing
  call print_line
  j next_word

no_more_words:
  li a0, 0
  ld ra, 0(sp)
  ld s0, 8(sp)
  ld s1, 16(sp)
  ld s2, 24(sp)
  addi sp, sp, 48
  ret

# a0: what to do, a1: number, a2: bytes of the buffer. Result of the call; s2 is the handle.
ask:
  lea t0, block
  sd a0, 0(t0)
  sd a1, 8(t0)
  lea t1, value
  sd t1, 48(t0)
  sd a2, 56(t0)
  li t1, 3
  sd t1, 64(t0)
  li t1, -1
  sd t1, 72(t0)
  mv a0, s2
  mv a1, t0
  j cp_call

.data
stored: .asciz "stored, bytes: "
removed: .asciz "removed, bytes: "
found: .asciz "found: "
nothing: .asciz "nothing found: "
.bss
block: .zero 80
value: .zero 80
