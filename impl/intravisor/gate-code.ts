/**
 * The Intravisor's own machine code, as text for an assembler: the gate that every host call goes through, and the
 * ways out of it. It runs in capability mode under a PCC that covers it alone.
 *
 * CInvoke leaves c31 unsealed: the thread block, the only thing that says who calls (I-23), and it has to be the block
 * of the thread that runs, whose address is where no guest can write. Nothing here touches memory
 * through anything that the guest holds, and every register that is not a result or preserved is null on the way out
 * but for c6, which is the PCC of the domain gone to, and c27, the buffer of the call that it serves (I-26, I-27).
 */
import { block } from "./layout.ts";

/** Integer registers that a call preserves: ra, sp, gp, tp, s0 to s10. */
export const PRESERVED = [1, 2, 3, 4, 8, 9, 18, 19, 20, 21, 22, 23, 24, 25, 26] as const;
export const ARGUMENTS = [10, 11, 12, 13, 14, 15, 16, 17] as const;

const each = (
  registers: readonly number[],
  at: number,
  spell: (register: number, at: number) => string,
): string => registers.map((register, index) => spell(register, at + 8 * index)).join("\n");

export const GATE = `
gate:
  cspecialrw c5, mscratchc, c0
  bne x5, x31, refuse
  addi x5, x0, 1
  cincoffsetimm c6, c31, ${block.inUse}
  amoswap.d x5, x5, (c6)
  bne x5, x0, refuse
${each(PRESERVED, block.preserved, (register, at) => `  sd x${register}, ${at}(c31)`)}
${each(ARGUMENTS, block.arguments, (register, at) => `  sd x${register}, ${at}(c31)`)}
  sd x30, ${block.number}(c31)
  sd x1, ${block.target}(c31)
  cspecialrw c5, ddc, c0
  sc c5, ${block.ddc}(c31)
  lc c6, ${block.monitor}(c31)
  cspecialrw c0, ddc, c6
ask:
  ecall
return:
  ld x10, ${block.results}(c31)
  ld x11, ${block.results + 8}(c31)
  ld x12, ${block.results + 16}(c31)
  cclear 1, 224
  cclear 2, 3
  cclear 3, 112
  cjal c0, leave
enter:
${each(ARGUMENTS, block.arguments, (register, at) => `  ld x${register}, ${at}(c31)`)}
  cclear 3, 112
leave:
${each(PRESERVED, block.preserved, (register, at) => `  ld x${register}, ${at}(c31)`)}
  ld x5, ${block.target}(c31)
  lc c6, ${block.pcc}(c31)
  csetaddr c6, c6, x5
  lc c5, ${block.ddc}(c31)
  lc c27, ${block.buffer}(c31)
  sd x0, ${block.inUse}(c31)
  cclear 3, 128
  cspecialrw c0, ddc, c5
  cclear 0, 160
  cjalr c0, 0(c6)
refuse:
  ebreak
`;
