# Loads the single-copy object on its disk, binds it, calls its first export with each number it is given and then its
# second. A loader needs no trust: what it has changed in the file is for the Intravisor to find.
# Arguments: mode (0 compartment, 1 library), offset of a byte of the file to raise by one (0: none), numbers.
.include "runtime.s"

.equ HEADER, 48
.equ EXPORT_BYTES, 16
.equ IMPORT_BYTES, 8
.equ RELOCATION_BYTES, 20
.equ FILE_MAX, 4096

.text
main:
  addi sp, sp, -16
  sd ra, 0(sp)
  li s0, 0
  call read_sector
  call file_length
  mv s1, a0
read_rest:
  addi s0, s0, 1
  slli t0, s0, 9
  bgeu t0, s1, is_read
  call read_sector
  j read_rest
is_read:
  li a0, 1
  call argument_number
  beqz a0, unspoilt
  lea t0, file
  add t0, t0, a0
  lbu t1, 0(t0)
  addi t1, t1, 1
  sb t1, 0(t0)
unspoilt:
  lea a0, file
  mv a1, s1
  call sco_create
  bltz a0, refused
  mv s2, a0
  li a0, 0
  call argument_number
  mv a1, a0
  mv a0, s2
  call sco_bind
  mv s3, a1
  lea a1, binding
  call must
  mv a1, s3
  lea a0, number
  call print_line
  li s4, 2
next_call:
  call argument_count
  bgeu s4, a0, all_called
  mv a0, s4
  call argument_number
  mv a2, a0
  mv a0, s2
  li a1, 0
  li a6, 0
  li a7, 0
  call sco_call
  mv a1, a0
  lea a0, counted
  call print_line
  addi s4, s4, 1
  j next_call
all_called:
  mv a0, s2
  li a1, 1
  li a6, 0
  li a7, 0
  call sco_call
  mv a1, a0
  lea a0, sum
  call print_line
  mv a0, s2
  call sco_unbind
  lea a1, leaving
  call must
  mv a0, s2
  call sco_close
  lea a1, closing
  call must
  li a0, 0
  j done_here
refused:
  mv s2, a1
  mv a1, a0
  lea a0, error
  call print_line
  mv a1, s2
  lea a0, reason
  call print_line
  li a0, 0
done_here:
  ld ra, 0(sp)
  addi sp, sp, 16
  ret

# Reads sector s0 of the disk to where it belongs in the file.
read_sector:
  addi sp, sp, -16
  sd ra, 0(sp)
  slli t0, s0, 9
  li t1, FILE_MAX
  bgeu t0, t1, too_long
  lea t1, file
  add t0, t0, t1
  lea a2, piece
  sd t0, 0(a2)
  li t0, SECTOR_BYTES
  sd t0, 8(a2)
  li a0, 0
  mv a1, s0
  li a3, 1
  li a4, 0
  call disk_rw
  lea a1, reading
  call must
  ld ra, 0(sp)
  addi sp, sp, 16
  ret
too_long:
  li a0, -7
  lea a1, reading
  call must

# a0: bytes of the file, as its header says.
file_length:
  lea t0, file
  li a0, HEADER
  lwu t1, 8(t0)
  add a0, a0, t1
  lwu t1, 12(t0)
  add a0, a0, t1
  lwu t1, 16(t0)
  add a0, a0, t1
  lwu t1, 36(t0)
  add a0, a0, t1
  lwu t1, 24(t0)
  li t2, EXPORT_BYTES
  mul t1, t1, t2
  add a0, a0, t1
  lwu t1, 28(t0)
  li t2, IMPORT_BYTES
  mul t1, t1, t2
  add a0, a0, t1
  lwu t1, 32(t0)
  li t2, RELOCATION_BYTES
  mul t1, t1, t2
  add a0, a0, t1
  ret

.data
reading: .asciz "disk"
binding: .asciz "bind"
leaving: .asciz "unbind"
closing: .asciz "close"
number: .asciz "object "
counted: .asciz "count: "
sum: .asciz "total: "
error: .asciz "refused with "
reason: .asciz "check "
.bss
piece: .zero 16
file: .zero FILE_MAX
