# A program inside a libOS (see libos.s): what it has to say goes through the layer around it. Arguments: key of the layer.
.include "opening.s"

.equ WRITE, 0
.equ IDENTITY, 1
.equ EXIT, 2

.text
main:
  li a0, 0
  call argument
  call open_call
  mv s2, a0

  li a0, WRITE
  lea a1, greeting
  li a2, 17
  call system
  lea a1, writing
  call must

# The layer does not read what is not the program's, whatever the program says.
  li a0, WRITE
  cspecialrw ct0, ddc, cnull
  cgetbase a1, ct0
  cgetlen a2, ct0
  cmove ct0, cnull
  add a1, a1, a2
  li a2, 0x5000
  add a1, a1, a2
  li a2, 8
  call system
  mv a1, a0
  lea a0, refused
  call print_line

  li a0, EXIT
  li a1, 7
  call system
  li a0, 0
  j exit

# Calls the layer: a0 to a2 are what it gets. s2 is the handle.
system:
  lea t0, block
  sd a0, 0(t0)
  sd a1, 8(t0)
  sd a2, 16(t0)
  li t1, -1
  sd t1, 72(t0)
  mv a0, s2
  mv a1, t0
  j cp_call

.data
greeting: .ascii "inside a layer!!\n"
writing: .asciz "write"
refused: .asciz "beyond its own: "
.bss
block: .zero 80
