/**
 * C: 16-bit integer arithmetic. Forms without an effect are hints: they leave their register, tag and all,
 * alone.
 */

import type { Machine } from "../machine/machine.ts";
import { signed, signedWord } from "./arithmetic.ts";
import { define, type Outcome, retire } from "./define.ts";

const SP = 2;

/** rd receives what `compute` makes of rd and rs2. */
function onPair(compute: (left: bigint, right: bigint) => bigint) {
  return (machine: Machine, { rd, rs2 }: { rd: number; rs2: number }): Outcome => {
    machine.writeInt(rd, compute(machine.readInt(rd), machine.readInt(rs2)));
    return retire;
  };
}

/** rd receives what `compute` makes of rd and the shift amount. */
function onShifted(compute: (left: bigint, amount: bigint) => bigint) {
  return (machine: Machine, { rd, nzshamt }: { rd: number; nzshamt: bigint }): Outcome => {
    machine.writeInt(rd, compute(machine.readInt(rd), nzshamt));
    return retire;
  };
}

export const cAddi4spn = define({
  name: "c.addi4spn",
  pattern: "000 nzuimm[5:4|9:6|2|3] rd[2:0] 00",
  syntax: "rd, sp, nzuimm",
  manual: "RISC-V Unprivileged, C, C.ADDI4SPN",
  mode: "integer",
  execute: (machine, { rd, nzuimm }) => {
    machine.writeInt(rd, machine.readInt(SP) + nzuimm);
    return retire;
  },
});

export const cNop = define({
  name: "c.nop",
  pattern: "000 imm[5] 00000 imm[4:0] 01",
  syntax: "[imm]",
  manual: "RISC-V Unprivileged, C, C.NOP and its hints",
  execute: () => retire,
});

export const cAddi = define({
  name: "c.addi",
  pattern: "000 nzimm[5] rd[4:0] nzimm[4:0] 01",
  syntax: "rd, nzimm",
  manual: "RISC-V Unprivileged, C, C.ADDI",
  except: { rd: [0] },
  execute: (machine, { rd, nzimm }) => {
    machine.writeInt(rd, machine.readInt(rd) + nzimm);
    return retire;
  },
});

export const cAddiHint = define({
  name: "c.addi.hint",
  pattern: "000 0 rd[4:0] 00000 01",
  syntax: "rd",
  manual: "RISC-V Unprivileged, C, C.ADDI, hint",
  except: { rd: [0] },
  execute: () => retire,
});

export const cAddiw = define({
  name: "c.addiw",
  pattern: "001 imm[5] rd[4:0] imm[4:0] 01",
  syntax: "rd, imm",
  manual: "RISC-V Unprivileged, C, C.ADDIW",
  except: { rd: [0] },
  execute: (machine, { rd, imm }) => {
    machine.writeInt(rd, signedWord(machine.readInt(rd) + imm));
    return retire;
  },
});

export const cLi = define({
  name: "c.li",
  pattern: "010 imm[5] rd[4:0] imm[4:0] 01",
  syntax: "rd, imm",
  manual: "RISC-V Unprivileged, C, C.LI; a hint for x0",
  execute: (machine, { rd, imm }) => {
    machine.writeInt(rd, imm);
    return retire;
  },
});

export const cAddi16sp = define({
  name: "c.addi16sp",
  pattern: "011 nzimm[9] 00010 nzimm[4|6|8:7|5] 01",
  syntax: "sp, nzimm",
  manual: "RISC-V Unprivileged, C, C.ADDI16SP",
  mode: "integer",
  execute: (machine, { nzimm }) => {
    machine.writeInt(SP, machine.readInt(SP) + nzimm);
    return retire;
  },
});

export const cLui = define({
  name: "c.lui",
  pattern: "011 nzimm[5] rd[4:0] nzimm[4:0] 01",
  syntax: "rd, nzimm",
  manual: "RISC-V Unprivileged, C, C.LUI; a hint for x0",
  except: { rd: [2] },
  execute: (machine, { rd, nzimm }) => {
    machine.writeInt(rd, nzimm << 12n);
    return retire;
  },
});

export const cSrli = define({
  name: "c.srli",
  pattern: "100 nzshamt[5] 00 rd[2:0] nzshamt[4:0] 01",
  syntax: "rd, nzshamt",
  manual: "RISC-V Unprivileged, C, C.SRLI",
  execute: onShifted((left, amount) => left >> amount),
});

export const cSrliHint = define({
  name: "c.srli.hint",
  pattern: "100 0 00 rd[2:0] 00000 01",
  syntax: "rd",
  manual: "RISC-V Unprivileged, C, C.SRLI, hint",
  execute: () => retire,
});

export const cSrai = define({
  name: "c.srai",
  pattern: "100 nzshamt[5] 01 rd[2:0] nzshamt[4:0] 01",
  syntax: "rd, nzshamt",
  manual: "RISC-V Unprivileged, C, C.SRAI",
  execute: onShifted((left, amount) => signed(left) >> amount),
});

export const cSraiHint = define({
  name: "c.srai.hint",
  pattern: "100 0 01 rd[2:0] 00000 01",
  syntax: "rd",
  manual: "RISC-V Unprivileged, C, C.SRAI, hint",
  execute: () => retire,
});

export const cAndi = define({
  name: "c.andi",
  pattern: "100 imm[5] 10 rd[2:0] imm[4:0] 01",
  syntax: "rd, imm",
  manual: "RISC-V Unprivileged, C, C.ANDI",
  execute: (machine, { rd, imm }) => {
    machine.writeInt(rd, machine.readInt(rd) & imm);
    return retire;
  },
});

export const cSub = define({
  name: "c.sub",
  pattern: "100 0 11 rd[2:0] 00 rs2[2:0] 01",
  syntax: "rd, rs2",
  manual: "RISC-V Unprivileged, C, C.SUB",
  execute: onPair((left, right) => left - right),
});

export const cXor = define({
  name: "c.xor",
  pattern: "100 0 11 rd[2:0] 01 rs2[2:0] 01",
  syntax: "rd, rs2",
  manual: "RISC-V Unprivileged, C, C.XOR",
  execute: onPair((left, right) => left ^ right),
});

export const cOr = define({
  name: "c.or",
  pattern: "100 0 11 rd[2:0] 10 rs2[2:0] 01",
  syntax: "rd, rs2",
  manual: "RISC-V Unprivileged, C, C.OR",
  execute: onPair((left, right) => left | right),
});

export const cAnd = define({
  name: "c.and",
  pattern: "100 0 11 rd[2:0] 11 rs2[2:0] 01",
  syntax: "rd, rs2",
  manual: "RISC-V Unprivileged, C, C.AND",
  execute: onPair((left, right) => left & right),
});

export const cSubw = define({
  name: "c.subw",
  pattern: "100 1 11 rd[2:0] 00 rs2[2:0] 01",
  syntax: "rd, rs2",
  manual: "RISC-V Unprivileged, C, C.SUBW",
  execute: onPair((left, right) => signedWord(left - right)),
});

export const cAddw = define({
  name: "c.addw",
  pattern: "100 1 11 rd[2:0] 01 rs2[2:0] 01",
  syntax: "rd, rs2",
  manual: "RISC-V Unprivileged, C, C.ADDW",
  execute: onPair((left, right) => signedWord(left + right)),
});

export const cSlli = define({
  name: "c.slli",
  pattern: "000 nzshamt[5] rd[4:0] nzshamt[4:0] 10",
  syntax: "rd, nzshamt",
  manual: "RISC-V Unprivileged, C, C.SLLI; a hint for x0",
  execute: onShifted((left, amount) => left << amount),
});

export const cSlliHint = define({
  name: "c.slli.hint",
  pattern: "000 0 rd[4:0] 00000 10",
  syntax: "rd",
  manual: "RISC-V Unprivileged, C, C.SLLI, hint",
  execute: () => retire,
});

export const cMv = define({
  name: "c.mv",
  pattern: "100 0 rd[4:0] rs2[4:0] 10",
  syntax: "rd, rs2",
  manual: "RISC-V Unprivileged, C, C.MV; a hint for x0",
  except: { rs2: [0] },
  execute: (machine, { rd, rs2 }) => {
    machine.writeInt(rd, machine.readInt(rs2));
    return retire;
  },
});

export const cAdd = define({
  name: "c.add",
  pattern: "100 1 rd[4:0] rs2[4:0] 10",
  syntax: "rd, rs2",
  manual: "RISC-V Unprivileged, C, C.ADD; a hint for x0",
  except: { rs2: [0] },
  execute: onPair((left, right) => left + right),
});
