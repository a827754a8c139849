/* What an object cannot have; REASON says which one is compiled. */
#if REASON == 1
static unsigned long value;
unsigned long *address(void) { return &value; }
#elif REASON == 2
unsigned long outside(unsigned long);
unsigned long call(unsigned long value) { return outside(value) + 1; }
#elif REASON == 3
unsigned long load(unsigned long *from) { return *from; }
#elif REASON == 4
static unsigned long first, second;
unsigned long *which[2] = {&first, &second};
unsigned long **table(void) { return which; }
#elif REASON == 5
static unsigned long value;
unsigned long *kept;
void keep(void) { kept = &value; }
#elif REASON == 6
__thread unsigned long own;
unsigned long mine(void) { return own; }
#elif REASON == 7
unsigned long choose(unsigned long which, unsigned long value) {
  switch (which) {
    case 0: return value * 3;
    case 1: return value + 17;
    case 2: return value ^ 5;
    case 3: return value / 3;
    case 4: return value << 7;
    case 5: return value % 11;
    default: return value;
  }
}
#elif REASON == 8
void start(void) __attribute__((constructor));
static unsigned long ready;
void start(void) { ready = 1; }
#elif REASON == 9
unsigned long large[2000];
unsigned long read(unsigned long at) { return large[at % 2000]; }
#endif
