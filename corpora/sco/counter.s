# Counts calls and adds to a total that every cVM has for itself. `step` starts at 5; names of days are shared.
.export count
.export total
.export day
.import notify

.text
count:                      # total += a0; returns how often it was called, + step
  cls c5, calls
  ld a1, 0(c5)
  addi a1, a1, 1
  sd a1, 0(c5)
  cls c6, sum
  ld a2, 0(c6)
  add a2, a2, a0
  sd a2, 0(c6)
  cls c7, where
  lc c7, 0(c7)
  ld a3, 0(c7)
  add a0, a1, a3
  ret

total:
  cls c5, sum
  ld a0, 0(c5)
  ret

day:                        # the first letter of day a0 % 8, through a pointer to rodata and a function
  andi a0, a0, 7
  slot c5, days
  cincoffset c5, c5, a0
  lbu a0, 0(c5)
  slot c6, self
  cgettag a1, c6
  add a0, a0, a1
  ret

.align 16
days: .ro letters
self: .code total

.rodata
letters: .ascii "MTWTFSS?"
.align 16
table: .code count
  .ro letters, 4

.data
calls: .8byte 0
step: .8byte 5
.align 16
where: .ptr step
text: .roptr letters
hook: .importslot notify

.bss
sum: .zero 8
