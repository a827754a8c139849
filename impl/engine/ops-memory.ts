/** Loads and stores of integers (RISC-V Unprivileged, I and C), authorized by DDC or a capability (CHERI ISAv9). */
import { add } from "../wasm/arithmetic.ts";
import type { Code, Operand, Statement } from "../wasm/code.ts";
import { set } from "../wasm/control.ts";
import {
  load8sTo64,
  load8uTo64,
  load16sTo64,
  load16uTo64,
  load32sTo64,
  load32uTo64,
  load64,
  store8From64,
  store16From64,
  store32From64,
  store64,
} from "../wasm/memory.ts";
import { checkedLoad, checkedStore, touched } from "./memory-code.ts";
import type { Instruction } from "./operation.ts";
import { addressOf } from "./slot-code.ts";

type Size = 1 | 2 | 4 | 8;
type LoadCode = (at: Operand<"i32">, offset?: number) => Code<"i64">;
type StoreCode = (at: Operand<"i32">, offset: number, value: Operand<"i64">) => Statement;

/** The store of each width. */
export const storeOf: Readonly<Record<Size, StoreCode>> = {
  1: store8From64,
  2: store16From64,
  4: store32From64,
  8: store64,
};

/** rd := memory at rs1 + immediate. */
function load(name: string, size: Size, code: LoadCode, encodings: readonly string[]): Instruction {
  return {
    name,
    encodings,
    authority: "mode",
    emit: (op) => {
      const [address, at] = [op.locals.i64(), op.locals.i32()];
      return [
        set(address, add(addressOf(op.rs1), op.imm)),
        checkedLoad(op, at, address, { size, aligned: false }),
        op.usedAuthority(op.authority),
        op.didRead(address, at, size),
        op.writeInteger(code(at)),
      ];
    },
  };
}

/** Memory at rs1 + immediate := rs2. */
function store(name: string, size: Size, encodings: readonly string[]): Instruction {
  return {
    name,
    encodings,
    authority: "mode",
    emit: (op) => {
      const [address, at] = [op.locals.i64(), op.locals.i32()];
      return [
        set(address, add(addressOf(op.rs1), op.imm)),
        checkedStore(op, at, address, { size, aligned: false }),
        op.usedAuthority(op.authority),
        touched(op, at, size),
        storeOf[size](at, 0, addressOf(op.rs2)),
        op.didWrite(address, at, size),
      ];
    },
  };
}

const loadFormat = (funct3: string) => `imm[11:0] rs1[4:0] ${funct3} rd[4:0] 0000011`;
const storeFormat = (funct3: string) => `imm[11:5] rs2[4:0] rs1[4:0] ${funct3} imm[4:0] 0100011`;

const ordinary: readonly Instruction[] = [
  load("lb", 1, load8sTo64, [loadFormat("000")]),
  load("lh", 2, load16sTo64, [loadFormat("001")]),
  load("lw", 4, load32sTo64, [
    loadFormat("010"),
    "010 uimm[5:3] rs1'[2:0] uimm[2|6] rd'[2:0] 00",
    "010 uimm[5] rd[4:0] uimm[4:2|7:6] 10; rs1=2",
  ]),
  load("ld", 8, load64, [
    loadFormat("011"),
    "011 uimm[5:3] rs1'[2:0] uimm[7:6] rd'[2:0] 00",
    "011 uimm[5] rd[4:0] uimm[4:3|8:6] 10; rs1=2",
  ]),
  load("lbu", 1, load8uTo64, [loadFormat("100")]),
  load("lhu", 2, load16uTo64, [loadFormat("101")]),
  load("lwu", 4, load32uTo64, [loadFormat("110")]),
  store("sb", 1, [storeFormat("000")]),
  store("sh", 2, [storeFormat("001")]),
  store("sw", 4, [
    storeFormat("010"),
    "110 uimm[5:3] rs1'[2:0] uimm[2|6] rs2'[2:0] 00",
    "110 uimm[5:2|7:6] rs2[4:0] 10; rs1=2",
  ]),
  store("sd", 8, [
    storeFormat("011"),
    "111 uimm[5:3] rs1'[2:0] uimm[7:6] rs2'[2:0] 00",
    "111 uimm[5:3|8:6] rs2[4:0] 10; rs1=2",
  ]),
];

/** The loads by selector, and stores, of the instructions that name their authority: DDC or a capability. */
const explicit: readonly Instruction[] = (["ddc", "base"] as const).flatMap((authority) => {
  const bit = authority === "ddc" ? "0" : "1";
  const suffix = authority === "ddc" ? "ddc" : "cap";
  const again = (each: Instruction, encoding: string): Instruction => ({
    ...each,
    name: `${each.name}.${suffix}`,
    encodings: [encoding],
    authority,
  });
  const byName = (name: string) => ordinary.find((each) => each.name === name)!;
  const loads = ["lb", "lh", "lw", "ld", "lbu", "lhu", "lwu"].map((name, index) =>
    again(byName(name), `1111101 0${bit}${index.toString(2).padStart(3, "0")} rs1[4:0] 000 rd[4:0] 1011011`),
  );
  const stores = ["sb", "sh", "sw", "sd"].map((name, index) =>
    again(byName(name), `1111100 rs2[4:0] rs1[4:0] 000 0${bit}${index.toString(2).padStart(3, "0")} 1011011`),
  );
  return [...loads, ...stores];
});

export const memoryInstructions: readonly Instruction[] = [...ordinary, ...explicit];
