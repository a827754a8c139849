#!/bin/sh
# Compiles the C sources of this folder; Debian's package gcc-riscv64-linux-gnu (12.2.0) has the compiler.
set -e
cd "$(dirname "$0")"
flags="-O2 -march=rv64ima -mabi=lp64 -fPIC -ffreestanding -fno-section-anchors -ffixed-x26 -ffixed-x27
  -fno-asynchronous-unwind-tables -fno-ident"
for name in counters checksum; do
  riscv64-linux-gnu-gcc $flags -fno-jump-tables -c $name.c -o $name.o
done
# As the compiler does it of itself: with instructions of 16 bits.
riscv64-linux-gnu-gcc $flags -march=rv64imac -fno-jump-tables -c counters.c -o counters-compressed.o
riscv64-linux-gnu-gcc $flags -march=rv64imac -fno-jump-tables -Os -c checksum.c -o checksum-compressed.o
for reason in 1 2 3 4 5 6 7 8 9; do
  riscv64-linux-gnu-gcc $flags -DREASON=$reason -c unshared.c -o unshared-$reason.o
done
