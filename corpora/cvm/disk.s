# Prints the text at the start of a sector of its disk, a line, and how many sectors there are. Argument: the sector.
.include "runtime.s"

.text
main:
  addi sp, sp, -16
  sd ra, 0(sp)
  li a0, 0
  call argument_number
  mv a1, a0
  lea t0, content
  lea a2, piece
  sd t0, 0(a2)
  li t0, SECTOR_BYTES
  sd t0, 8(a2)
  li a0, 0
  li a3, 1
  li a4, 0
  call disk_rw
  lea a1, reading
  call must
  lea a0, content
  call print
  li a0, 0
  call disk_capacity
  mv a1, a0
  lea a0, sectors
  call print_line
  li a0, 0
  ld ra, 0(sp)
  addi sp, sp, 16
  ret

.data
reading: .asciz "read"
sectors: .asciz "sectors: "
.bss
piece: .zero 16
content: .zero 520
