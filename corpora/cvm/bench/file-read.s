# Copies out of another cVM's memory by CP_File.
.include "file.s"

.equ RIGHTS, 1

.text
main:
  addi sp, sp, -16
  sd ra, 0(sp)
  call prepare
  la a0, cp_file_pread
  mv a1, s3
  li a2, RIGHTS
  call move_by_file
  li a0, 0
  ld ra, 0(sp)
  addi sp, sp, 16
  ret
