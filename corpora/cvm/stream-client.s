# Echo over CP_Stream, the client: arguments: key, then texts; each is sent and read back, in pieces if it comes so.
.include "opening.s"

.equ WRITE_END, 1
.equ PIECE, 32

.text
main:
  addi sp, sp, -16
  sd ra, 0(sp)
  li a0, 0
  call argument
  call open_stream
  mv s0, a0
  call argument_count
  mv s1, a0
  li s2, 1
next_text:
  bgeu s2, s1, all_sent
  mv a0, s2
  call argument
  call text_length
  mv s3, a0
  mv s4, a1
  lea s6, text
# A piece at a time: a stream keeps nothing, so that who sends more than the other is ready to take waits for it.
next_piece:
  beqz s4, text_done
  mv s5, s4
  li t0, PIECE
  bgeu t0, s5, send_rest
  mv s5, t0
send_rest:
  mv a0, s0
  mv a1, s3
  mv a2, s5
  li a3, 0
  call cps_send
  lea a1, sending
  call must
  add s3, s3, a0
  sub s4, s4, a0
  sub s5, s5, a0
  mv s7, a0
read_back:
  mv a0, s0
  mv a1, s6
  mv a2, s7
  li a3, 0
  call cps_recv
  lea a1, receiving
  call must
  beqz a0, text_done
  add s6, s6, a0
  sub s7, s7, a0
  bnez s7, read_back
  bnez s5, send_rest
  j next_piece
text_done:
  sb x0, 0(s6)
  lea a0, answer
  call print
  lea a0, text
  call print
  lea a0, new_line
  call print
  addi s2, s2, 1
  j next_text
all_sent:
  mv a0, s0
  li a1, WRITE_END
  call cps_shutdown
  mv a0, s0
  lea a1, text
  li a2, 1
  li a3, 0
  call cps_recv
  mv a1, a0
  lea a0, end
  call print_line
  li a0, 0
  ld ra, 0(sp)
  addi sp, sp, 16
  ret

.data
sending: .asciz "send"
receiving: .asciz "receive"
answer: .asciz "echo: "
end: .asciz "bytes after the end: "
.bss
text: .zero 256
