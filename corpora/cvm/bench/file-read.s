# Copies out of another cVM's memory by CP_File.
.include "work.s"

.equ RIGHTS, 1

.text
main:
  addi sp, sp, -16
  sd ra, 0(sp)
  call prepare
  lea a0, key
  li a2, RIGHTS
  call open_file
  mv s4, a0
next_copy:
  beqz s0, all_copied
  mv a0, s4
  li a1, 0
  mv a2, s3
  mv a3, s1
  call cp_file_pread
  bne a0, s1, went_wrong
  addi s0, s0, -1
  j next_copy
all_copied:
  li a0, 0
  ld ra, 0(sp)
  addi sp, sp, 16
  ret
went_wrong:
  lea a1, copying
  call must
  li a0, 1
  call exit

.data
key: .asciz "bench"
copying: .asciz "copy"
