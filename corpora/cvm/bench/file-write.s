# Copies into another cVM's memory by CP_File.
.include "file.s"

.equ RIGHTS, 3

.text
main:
  addi sp, sp, -16
  sd ra, 0(sp)
  call prepare
  la a0, cp_file_pwrite
  mv a1, s2
  li a2, RIGHTS
  call move_by_file
  li a0, 0
  ld ra, 0(sp)
  addi sp, sp, 16
  ret
