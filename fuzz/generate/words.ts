import { type Instruction, instructionByName } from "../../model/isa/index.ts";

/**
 * Builders of single words, by name of the instruction. Their fixed bits come from the definitions; the
 * operands lie where the manual's R, I and U formats have them. Nothing is checked here: callers pass what
 * fits.
 */

/** rd, rs1, rs2 or their capability forms. For CSpecialRW the third is the scr number. */
export type RegisterWord = (rd: number, rs1: number, rs2: number) => number;
/** rd, rs1. */
export type SourceWord = (rd: number, rs1: number) => number;
/** rd, rs1, immediate of 12 bits or fewer. */
export type ImmediateWord = (rd: number, rs1: number, imm: number) => number;
/** A quarter of the registers, and a mask of the eight registers in it. */
export type ClearWord = (quarter: number, mask: number) => number;
/** rd, the upper 20 bits. */
export type UpperWord = (rd: number, upper: number) => number;

export const add = registers("add");
export const sub = registers("sub");
export const xor = registers("xor");
export const addi = immediate("addi");
export const slli = immediate("slli");
export const sw = store("sw");
export const sh = store("sh");
export const lui = upper("lui");
export const auipc = upper("auipc");
export const csrrw = immediate("csrrw");
export const csrrs = immediate("csrrs");
export const csrrc = immediate("csrrc");
export const csrrsi = immediate("csrrsi");
export const csrrci = immediate("csrrci");
export const mret = fixed("mret");

export const cspecialrw = registers("cspecialrw");
export const csetbounds = registers("csetbounds");
export const csetboundsexact = registers("csetboundsexact");
export const csetboundsimm = immediate("csetboundsimm");
export const cincoffset = registers("cincoffset");
export const cincoffsetimm = immediate("cincoffsetimm");
export const csetoffset = registers("csetoffset");
export const csetaddr = registers("csetaddr");
export const candperm = registers("candperm");
export const csetflags = registers("csetflags");
export const cseal = registers("cseal");
export const ccseal = registers("ccseal");
export const cunseal = registers("cunseal");
export const ccopytype = registers("ccopytype");
export const csethigh = registers("csethigh");
export const cbuildcap = registers("cbuildcap");
export const ctestsubset = registers("ctestsubset");
export const csub = registers("csub");
export const cinvoke = pair("cinvoke");
export const cgetbase = source("cgetbase");
export const cgetlen = source("cgetlen");
export const cgettop = source("cgettop");
export const cgethigh = source("cgethigh");
export const cgettag = source("cgettag");
export const cmove = source("cmove");
export const ccleartag = source("ccleartag");
export const csealentry = source("csealentry");
export const cloadtags = source("cloadtags");
export const cclear = clearing("cclear");
export const jalrCap = source("jalr.cap");
export const loadCapability = source("lc.cap");
export const storeCapability = pair("sc.cap");

/** The definition with this name, which this release has. */
export function definition(name: string): Instruction {
  const instruction = instructionByName(name);
  if (instruction === undefined) throw new Error(`defect: no instruction ${name}`);
  return instruction;
}

function registers(name: string): RegisterWord {
  const { match } = definition(name);
  return (rd, rs1, rs2) => (match | (rd << 7) | (rs1 << 15) | (rs2 << 20)) >>> 0;
}

/** rd is part of the fixed bits. */
function pair(name: string): SourceWord {
  const { match } = definition(name);
  return (rs1, rs2) => (match | (rs1 << 15) | (rs2 << 20)) >>> 0;
}

function source(name: string): SourceWord {
  const { match } = definition(name);
  return (rd, rs1) => (match | (rd << 7) | (rs1 << 15)) >>> 0;
}

function immediate(name: string): ImmediateWord {
  const { match } = definition(name);
  return (rd, rs1, imm) => (match | (rd << 7) | (rs1 << 15) | (imm << 20)) >>> 0;
}

/** The immediate lies in two pieces. */
function store(name: string): ImmediateWord {
  const { match } = definition(name);
  return (rs2, rs1, imm) =>
    (match | (rs2 << 20) | (rs1 << 15) | ((imm & 31) << 7) | (((imm >> 5) & 127) << 25)) >>> 0;
}

/** The mask lies in two pieces. */
function clearing(name: string): ClearWord {
  const { match } = definition(name);
  return (quarter, mask) => (match | (quarter << 18) | ((mask >> 5) << 15) | ((mask & 31) << 7)) >>> 0;
}

function upper(name: string): UpperWord {
  const { match } = definition(name);
  return (rd, top) => (match | (rd << 7) | (top << 12)) >>> 0;
}

function fixed(name: string): number {
  return definition(name).match >>> 0;
}
