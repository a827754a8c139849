# What copies by CP_File share: another cVM's memory is opened under a key, and pieces are moved from its start or to it.
.include "work.s"

.text
# a0: how to move pieces (cp_file_pread or cp_file_pwrite), a1: where this cVM has them, a2: rights to ask for. As many
# times as s0 says, s1 bytes each.
move_by_file:
  addi sp, sp, -16
  sd ra, 0(sp)
  mv s5, a0
  mv s6, a1
  lea a0, key
  call open_file
  mv s4, a0
next_copy:
  beqz s0, all_copied
  mv a0, s4
  li a1, 0
  mv a2, s6
  mv a3, s1
  jalr ra, 0(s5)
  bne a0, s1, went_wrong
  addi s0, s0, -1
  j next_copy
all_copied:
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
