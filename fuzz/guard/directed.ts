/**
 * Programs for guards that generation hardly ever decides both ways: each sets up what one of them asks for.
 */
import type { Program } from "../../model/contract.ts";
import { assembleProgram } from "../../model/isa/index.ts";
import { injectedProgram } from "../program/index.ts";
import { fetchedFrom } from "./corpus.ts";

/** Ways to write a CSR, with x1 as its operand. */
const WRITES = ["csrrw x0, CSR, x1", "csrrs x0, CSR, x1", "csrrc x0, CSR, x1"].concat([
  "csrrwi x0, CSR, 9",
  "csrrsi x0, CSR, 9",
  "csrrci x0, CSR, 9",
]);

/**
 * Capabilities in c3 that behave in their own ways when their address changes. All registers hold the root
 * with the address 0 before.
 */
const MADE: readonly string[] = [
  "csealentry c3, c3",
  "csetboundsimm c3, c3, 16\n cincoffsetimm c3, c3, 64",
  "cincoffsetimm c3, c3, 1024\n csetboundsimm c3, c3, 16\n cincoffsetimm c3, c3, -8",
  `${power(2, 20)}\n csetbounds c3, c3, x2\n slli x2, x2, 8\n cincoffset c3, c3, x2`,
  `${power(2, 62)}\n csetbounds c3, c3, x2\n cincoffsetimm c3, c3, -16`,
  `${power(2, 63)}\n csetbounds c3, c3, x2\n cincoffsetimm c3, c3, -16`,
  `${power(2, 62)}\n csetaddr c3, c3, x2\n slli x2, x2, 1\n csetbounds c3, c3, x2`,
  // A top whose low mantissa bits are below those of the base.
  `${power(2, 12)}\n addi x2, x2, -16\n csetaddr c3, c3, x2
  csetboundsimm c3, c3, 32\n cincoffsetimm c3, c3, -8`,
  // An exponent beyond the greatest useful one.
  `${power(2, 14)}\n addi x2, x2, 1027\n csethigh c3, c3, x2`,
  // Bounds of a few bytes at the bottom, seen from the top of the address space.
  `${power(2, 26)}\n addi x3, x0, -1\n csethigh c3, c3, x2`,
];

const sources: readonly string[] = [
  ...MADE.map((made) => `${made}\n cincoffsetimm c3, c3, 1\n cspecialrw c0, mepcc, c3\n mret`),
  ...MADE.flatMap((made) =>
    [
      ["mtcc", "mtvec"],
      ["mepcc", "mepc"],
    ].flatMap(([special, csr]) =>
      WRITES.map((write) => `${made}\n cspecialrw c0, ${special}, c3\n ${write.replace("CSR", csr!)}`),
    ),
  ),
  ...["cycle", "instret"].flatMap((counter) =>
    ["csrrs x0, CSR, x0", "csrrc x0, CSR, x0", "csrrsi x0, CSR, 0", "csrrci x0, CSR, 0"].flatMap((read) =>
      [0, 7].map((enabled) => inUserMode(`csrrwi x0, mcounteren, ${enabled}`, read.replace("CSR", counter))),
    ),
  ),
  // Two patterns that differ in their reserved bits alone.
  `csethigh c1, c30, x0\n ${power(2, 47)}\n csethigh c2, c30, x2\n cseqx x3, c1, c2`,
  // A code capability of half the address space, and an address before it.
  `${power(2, 63)}
  csetbounds c3, c3, x2
  cincoffsetimm c3, c3, 256
  addi x1, x0, 1
  csetflags c3, c3, x1
  jalr.cap c0, c3
  auipcc c4, -2147483648`,
];

/** Runs from its second half on beyond the last byte of RAM. */
const atTheEnd = `${power(5, 31)}
  lui x6, 0x800
  add x5, x5, x6
  addi x5, x5, -2
  addi x7, x0, 3
  sh x7, 0(x5)
  jalr x0, 0(x5)`;

export const directed: readonly Program[] = [
  ...sources.map((source) => injectedProgram(assembleProgram(source).words)),
  fetchedFrom(assembleProgram(atTheEnd).words, 10),
];

/** Puts 2^exponent into a register. */
function power(register: number, exponent: number): string {
  return `addi x${register}, x0, 1\n slli x${register}, x${register}, ${exponent}`;
}

function inUserMode(before: string, access: string): string {
  return `${before}
    lui x5, 2
    addi x5, x5, -2048
    csrrc x0, mstatus, x5
    cspecialrw c6, pcc, c0
    cspecialrw c0, mepcc, c6
    mret
    ${access}`;
}
