# Counts its runs in the first word of its disk.
.include "runtime.s"

.text
main:
  addi sp, sp, -16
  sd ra, 0(sp)
  li a4, 0
  call first_sector
  lea t0, content
  ld t1, 0(t0)
  addi t1, t1, 1
  sd t1, 0(t0)
  li a4, DISK_WRITE
  call first_sector
  lea t0, content
  ld a1, 0(t0)
  lea a0, runs
  call print_line
  li a0, 0
  ld ra, 0(sp)
  addi sp, sp, 16
  ret

# Reads or writes (a4) the first sector.
first_sector:
  addi sp, sp, -16
  sd ra, 0(sp)
  lea t0, content
  lea a2, piece
  sd t0, 0(a2)
  li t0, SECTOR_BYTES
  sd t0, 8(a2)
  li a0, 0
  li a1, 0
  li a3, 1
  call disk_rw
  lea a1, moving
  call must
  ld ra, 0(sp)
  addi sp, sp, 16
  ret

.data
moving: .asciz "disk"
runs: .asciz "runs: "
.bss
piece: .zero 16
content: .zero 512
