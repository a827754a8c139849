# Prints the text in a capfile of 32 bytes at most, and writes over its start. Arguments: key.
.include "opening.s"

.text
main:
  li a0, 0
  call argument
  li a2, 3
  call open_file
  mv s0, a0
  mv s1, a1
  li a1, 0
  lea a2, content
  li a3, 32
  call cp_file_pread
  mv s2, a0
  lea a0, content
  call print
  mv a1, s2
  lea a0, bytes
  call print_line
  mv a0, s0
  li a1, 0
  lea a2, over
  li a3, 5
  call cp_file_pwrite
  lea a1, writing
  call must
  li a0, 0
  j exit

.data
bytes: .asciz "bytes: "
writing: .asciz "write"
over: .ascii "HOWDY"
.bss
content: .zero 40
