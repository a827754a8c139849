/** Names of registers, CSRs and special capability registers, as assembly text spells them. */

/** ABI names by register number; `c` before them names the whole capability (`csp`), `cnull` is c0. */
const ABI = [
  ..."zero ra sp gp tp t0 t1 t2 s0 s1 a0 a1 a2 a3 a4 a5 a6 a7".split(" "),
  ..."s2 s3 s4 s5 s6 s7 s8 s9 s10 s11 t3 t4 t5 t6".split(" "),
];

const CSR_NAMES: ReadonlyMap<number, string> = new Map([
  [0x300, "mstatus"],
  [0x301, "misa"],
  [0x304, "mie"],
  [0x305, "mtvec"],
  [0x306, "mcounteren"],
  [0x340, "mscratch"],
  [0x341, "mepc"],
  [0x342, "mcause"],
  [0x343, "mtval"],
  [0x344, "mip"],
  [0x8c0, "uccsr"],
  [0x9c0, "sccsr"],
  [0xbc0, "mccsr"],
  [0xb00, "mcycle"],
  [0xb02, "minstret"],
  [0xc00, "cycle"],
  [0xc02, "instret"],
  [0xf11, "mvendorid"],
  [0xf12, "marchid"],
  [0xf13, "mimpid"],
  [0xf14, "mhartid"],
  [0xf15, "mconfigptr"],
]);

const SCR_NAMES: ReadonlyMap<number, string> = new Map([
  [0, "pcc"],
  [1, "ddc"],
  [4, "utcc"],
  [5, "utdc"],
  [6, "uscratchc"],
  [7, "uepcc"],
  [12, "stcc"],
  [13, "stdc"],
  [14, "sscratchc"],
  [15, "sepcc"],
  [28, "mtcc"],
  [29, "mtdc"],
  [30, "mscratchc"],
  [31, "mepcc"],
]);

const registers = new Map<string, number>([
  ...ABI.flatMap((name, index): [string, number][] => [
    [name, index],
    [`x${index}`, index],
    [`c${index}`, index],
    [`c${name}`, index],
  ]),
  ["fp", 8],
  ["cfp", 8],
  ["cnull", 0],
]);
const csrs = new Map([...CSR_NAMES].map(([number, name]) => [name, number]));
const scrs = new Map([...SCR_NAMES].map(([number, name]) => [name, number]));

/** The number of a register called x5, c5, t0 or ct0; undefined if there is none. */
export function registerFromName(name: string): number | undefined {
  return registers.get(name);
}

/** The name of a CSR, or its number in hexadecimal. */
export function csrName(number: number): string {
  return CSR_NAMES.get(number) ?? `0x${number.toString(16)}`;
}

/** The number of a CSR by its name; undefined if it has none. */
export function csrFromName(name: string): number | undefined {
  return csrs.get(name);
}

/** The name of a special capability register, or its number. */
export function scrName(number: number): string {
  return SCR_NAMES.get(number) ?? String(number);
}

/** The number of a special capability register by its name; undefined if it has none. */
export function scrFromName(name: string): number | undefined {
  return scrs.get(name);
}
