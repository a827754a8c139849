/* Static counters and a table: state and read-only data of an object. */
static unsigned long calls;
static unsigned long sum = 100;
unsigned int histogram[16];

static const unsigned char weights[16] = {1, 2, 3, 5, 8, 13, 21, 34, 55, 89, 144, 233, 7, 11, 17, 19};

unsigned long count(unsigned long step) {
  calls += 1;
  sum += step;
  return calls;
}

unsigned long total(void) { return sum; }

/* Weighs a value by the table and keeps how often each of the sixteen was asked for. */
unsigned long weigh(unsigned long value) {
  unsigned long index = value & 15;
  histogram[index]++;
  return weights[index] * value;
}

/* A loop over state. */
unsigned long asked(void) {
  unsigned long all = 0;
  for (int index = 0; index < 16; index++) all += histogram[index];
  return all;
}

void reset(void) {
  for (int index = 0; index < 16; index++) histogram[index] = 0;
  calls = 0;
  sum = 0;
}

/* A function that another one ends with. */
unsigned long again(unsigned long value) { return weigh(value + 1); }
