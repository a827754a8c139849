# Packets over the loopback network, to a cVM by its identity. Nothing says whether one has arrived.
.include "runtime.s"

.equ PACKET_MAX, 256
.equ ADDRESS_BYTES, 8
.equ PAYLOAD_MAX, 248
.equ QUEUE_FULL, -11

.text
# a0: identity of who is to have it, a1: address, a2: bytes, PAYLOAD_MAX at most. Tries again while the queue is full.
send_packet:
  addi sp, sp, -16
  sd ra, 0(sp)
  sd s0, 8(sp)
  lea t1, packet_out
  sd a0, 0(t1)
  mv s0, a2
  addi a0, t1, ADDRESS_BYTES
  call copy_bytes
send_again:
  li a0, 0
  lea a1, packet_out
  addi a2, s0, ADDRESS_BYTES
  call net_tx
  li t0, QUEUE_FULL
  bne a0, t0, packet_sent
  li a0, 1000
  call sleep
  j send_again
packet_sent:
  lea a1, sending_packet
  call must
  ld ra, 0(sp)
  ld s0, 8(sp)
  addi sp, sp, 16
  ret

# a0: address with room for PAYLOAD_MAX bytes. Waits for the next packet; a0: its bytes, a1: identity of its sender.
receive_packet:
  addi sp, sp, -16
  sd ra, 0(sp)
  sd s0, 8(sp)
  mv s0, a0
  li a0, 0
  lea a1, packet_in
  li a2, PACKET_MAX
  li a3, -1
  call net_rx
  lea a1, receiving_packet
  call must
  addi a2, a0, -8
  mv a0, s0
  mv s0, a2
  lea a1, packet_in
  addi a1, a1, ADDRESS_BYTES
  call copy_bytes
  mv a0, s0
  lea t0, packet_in
  ld a1, 0(t0)
  ld ra, 0(sp)
  ld s0, 8(sp)
  addi sp, sp, 16
  ret

.data
sending_packet: .asciz "send"
receiving_packet: .asciz "receive"
.bss
packet_out: .zero 256
packet_in: .zero 256
