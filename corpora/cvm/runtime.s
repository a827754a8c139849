# The runtime of guests: start, data, texts, and the host calls by name.
#
# gp: where the guest's own data begins. A label of .data or .bss is an offset from it: `lea a0, label`.
# Callee-saved as in the RISC-V ABI; s11 is the buffer of the call being served, and nobody's to use.
# A program defines `main`; what it returns is the exit status.

.include "calls.s"

.equ START_BLOCK_MAX, 5120
.equ SECTOR_BYTES, 512
.equ DISK_WRITE, 1

.bss
start_block: .zero START_BLOCK_MAX

.text
# a1: address of the image.
start:
  call find_data
  cspecialrw ct3, pcc, cnull
  la t0, __data
  lui t1, %dataHigh(__data_size)
  addi t1, t1, %dataLow(__data_size)
  mv t2, gp
  call copy_code
  la t0, image
  addi t0, t0, 16
  addi t1, t0, 24
  csetaddr ct3, ct3, t1
  ld.cap t1, (ct3)
  li t4, START_BLOCK_MAX
  bgeu t4, t1, start_block_fits
  mv t1, t4
start_block_fits:
  lea t2, start_block
  call copy_code
  cmove ct3, cnull
  call main
  j exit

# Leaves in gp where own data begins. Every entry from outside comes here first. Changes t0, t3.
find_data:
  la t0, image
  addi t0, t0, 16
  cspecialrw ct3, pcc, cnull
  csetaddr ct3, ct3, t0
  ld.cap t0, (ct3)
  cspecialrw ct3, ddc, cnull
  cgetbase gp, ct3
  add gp, gp, t0
  cmove ct3, cnull
  ret

# Copies t1 bytes, whole words, from t0 in the code part to t2; ct3 is PCC. Changes t0, t1, t2, t4.
copy_code:
  beqz t1, copied_code
  csetaddr ct3, ct3, t0
  ld.cap t4, (ct3)
  sd t4, 0(t2)
  addi t0, t0, 8
  addi t2, t2, 8
  addi t1, t1, -8
  j copy_code
copied_code:
  ret

# a0: how many arguments there are.
argument_count:
  lea t0, start_block
  ld a0, 8(t0)
  ret

# a0: address and a1: number of the identities of those it deals with.
peers:
  lea a0, start_block
  ld a1, 16(a0)
  addi a0, a0, 32
  ret

# a0: argument of that number, or an empty text.
argument:
  lea t0, start_block
  ld t1, 8(t0)
  ld t2, 16(t0)
  slli t2, t2, 3
  add t0, t0, t2
  addi t0, t0, 32
  bltu a0, t1, find_argument
  lea a0, no_text
  ret
find_argument:
  beqz a0, found_argument
skip_argument:
  lbu t1, 0(t0)
  addi t0, t0, 1
  bnez t1, skip_argument
  addi a0, a0, -1
  j find_argument
found_argument:
  mv a0, t0
  ret

# a0: argument of that number as a decimal number.
argument_number:
  addi sp, sp, -16
  sd ra, 0(sp)
  call argument
  mv t0, a0
  li a0, 0
  li t2, 10
next_digit:
  lbu t1, 0(t0)
  beqz t1, no_more_digits
  mul a0, a0, t2
  addi t1, t1, -48
  add a0, a0, t1
  addi t0, t0, 1
  j next_digit
no_more_digits:
  ld ra, 0(sp)
  addi sp, sp, 16
  ret

# a1: length of the text at a0, which stays.
text_length:
  mv a1, a0
find_end:
  lbu t0, 0(a1)
  beqz t0, found_end
  addi a1, a1, 1
  j find_end
found_end:
  sub a1, a1, a0
  ret

# Prints the text at a0.
print:
  addi sp, sp, -16
  sd ra, 0(sp)
  call text_length
  call console_write
  ld ra, 0(sp)
  addi sp, sp, 16
  ret

# Prints a0 in decimal, with a sign if it is negative.
print_number:
  addi sp, sp, -48
  sd ra, 40(sp)
  addi t0, sp, 32
  li t1, 10
  mv t2, a0
  bgez t2, each_digit
  neg t2, a0
each_digit:
  remu t3, t2, t1
  divu t2, t2, t1
  addi t3, t3, 48
  addi t0, t0, -1
  sb t3, 0(t0)
  bnez t2, each_digit
  bgez a0, print_digits
  li t3, 45
  addi t0, t0, -1
  sb t3, 0(t0)
print_digits:
  addi a1, sp, 32
  sub a1, a1, t0
  mv a0, t0
  call console_write
  ld ra, 40(sp)
  addi sp, sp, 48
  ret

# Prints the text at a0, the number a1 and a new line.
print_line:
  addi sp, sp, -16
  sd ra, 0(sp)
  sd a1, 8(sp)
  call print
  ld a0, 8(sp)
  call print_number
  lea a0, new_line
  call print
  ld ra, 0(sp)
  addi sp, sp, 16
  ret

# Goes on if a0 is no error; otherwise says what failed (text at a1) with what, and ends the cVM with status 1.
must:
  bltz a0, failed
  ret
failed:
  mv s0, a0
  mv a0, a1
  call print
  lea a0, failed_with
  mv a1, s0
  call print_line
  li a0, 1
  j exit

# Copies a2 bytes from a1 to a0.
copy_bytes:
  beqz a2, copied_bytes
  lbu t0, 0(a1)
  sb t0, 0(a0)
  addi a0, a0, 1
  addi a1, a1, 1
  addi a2, a2, -1
  j copy_bytes
copied_bytes:
  ret

.data
no_text: .asciz ""
new_line: .asciz "\n"
failed_with: .asciz " failed with "
