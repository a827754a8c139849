/* A checksum with a table that is filled on first use, and bytes in a stack frame. */
static unsigned int table[16];
static unsigned char ready;

static void fill(void) {
  for (unsigned int index = 0; index < 16; index++) {
    unsigned int value = index;
    for (int bit = 0; bit < 4; bit++) value = value & 1 ? (value >> 1) ^ 0xedb88320u : value >> 1;
    table[index] = value;
  }
  ready = 1;
}

/* CRC-32 of the eight bytes of a number, least significant first. */
unsigned int checksum(unsigned long value) {
  volatile unsigned char bytes[8];
  if (!ready) fill();
  for (int at = 0; at < 8; at++) bytes[at] = (unsigned char)(value >> (8 * at));
  unsigned int sum = ~0u;
  for (int at = 0; at < 8; at++) {
    unsigned int byte = bytes[at];
    sum = (sum >> 4) ^ table[(sum ^ byte) & 15];
    sum = (sum >> 4) ^ table[(sum ^ (byte >> 4)) & 15];
  }
  return ~sum;
}
