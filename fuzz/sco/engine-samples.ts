/** Objects that are tried on the engine: one that counts, one that does a little of everything. */
import { objectOf } from "./engine-world.ts";

export const counter = objectOf(`.export count
.text
count: cls c5, calls
  ld a1, 0(c5)
  add a0, a0, a1
  sd a0, 0(c5)
  ret
.data
calls: .8byte 1000
`);

/** What each export does says its name. */
export const many = objectOf(`.export sum
.export touch
.export beyond
.export loop
.export chain
.export seen
.export stackless
.export far
.import other
.text
sum: add a0, a0, a1
  add a0, a0, a2
  add a0, a0, a3
  ret
touch: lbu a0, 0(c27)
  sb a1, 0(c27)
  add a0, a0, a4
  ret
beyond: ld a0, 8(c27)
  ret
loop: j loop
chain: cmove c18, c1
  cls c5, hook
  lc c6, 0(c5)
  lc c7, 16(c5)
  addi s4, x0, 77
  auipcc c1, 0
  cincoffsetimm c1, c1, 12
  cinvoke c6, c7
  add a0, a0, s4
  cjalr c0, 0(c18)
seen: addi a0, sp, 0
  cgetlen a0, c2
  add a0, a0, gp
  add a0, a0, tp
  add a0, a0, s0
  add a0, a0, s11
  add a0, a0, t6
  add a0, a0, a5
  ret
stackless: cmove c2, c0
  cls c5, hook
  lc c6, 0(c5)
  lc c7, 16(c5)
  cinvoke c6, c7
far: addi a0, x0, 1
  slli a0, a0, 40
  cincoffset c1, c1, a0
  ret
.data
hook: .importslot other
`);
/** Numbers of what it exports. */
export const [SUM, TOUCH, BEYOND, LOOP, CHAIN, SEEN, STACKLESS, FAR] = [0, 1, 2, 3, 4, 5, 6, 7];
