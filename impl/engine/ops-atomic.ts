/** Load-reserved, store-conditional and atomic read-modify-write of integers (RISC-V Unprivileged, A; CHERI ISAv9). */
import { add, and, gtS, gtU, isZero, ltS, ltU, or, signExtend, xor } from "../wasm/arithmetic.ts";
import type { Code, Local, Operand } from "../wasm/code.ts";
import { call, select, set, when } from "../wasm/control.ts";
import { load8sTo64, load16sTo64, load32sTo64, load64 } from "../wasm/memory.ts";
import { access } from "./access.ts";
import { flag } from "./layout.ts";
import { checkedLoad, reserve, storeConditional, touched } from "./memory-code.ts";
import type { Instruction } from "./operation.ts";
import { storeOf } from "./ops-memory.ts";
import { addressOf } from "./slot-code.ts";

type Size = 1 | 2 | 4 | 8;
type Word = Code<"i64">;

const loadOf: Readonly<Record<Size, (at: Operand<"i32">) => Word>> = {
  1: load8sTo64,
  2: load16sTo64,
  4: load32sTo64,
  8: load64,
};
const letterOf: Readonly<Record<Size, string>> = { 1: "b", 2: "h", 4: "w", 8: "d" };
const SIZES: readonly Size[] = [1, 2, 4, 8];

/** Bits 2:0 of funct3 and of the selectors of explicit-authority instructions: the logarithm of the size. */
function sizeBits(size: Size): string {
  return Math.log2(size).toString(2).padStart(3, "0");
}

/** rd := memory, which is now reserved. Misaligned addresses trap as those of a load. */
function lr(size: Size, suffix: string, encoding: string, authority: "mode" | "ddc" | "base"): Instruction {
  return {
    name: `lr.${letterOf[size]}${suffix}`,
    encodings: [encoding],
    authority,
    emit: (op) => {
      const [address, at] = [op.locals.i64(), op.locals.i32()];
      return [
        set(address, addressOf(op.rs1)),
        checkedLoad(op, at, address, { size, aligned: true }),
        op.usedAuthority(op.authority),
        reserve(address),
        op.didRead(address, at, size),
        op.writeInteger(loadOf[size](at)),
      ];
    },
  };
}

/** Memory := rs2 and rd := 0 if the address is reserved, else rd := 1. */
function sc(size: Size, suffix: string, encoding: string, authority: "mode" | "ddc" | "base"): Instruction {
  const what = access(size, flag.store, { aligned: true, store: true, conditional: true });
  return {
    name: `sc.${letterOf[size]}${suffix}`,
    encodings: [encoding],
    authority,
    emit: (op) => {
      const [address, at] = [op.locals.i64(), op.locals.i32()];
      return [
        set(address, addressOf(op.rs1)),
        ...storeConditional(op, at, address, { size, what }, [
          touched(op, at, size),
          storeOf[size](at, 0, addressOf(op.rs2)),
          op.didWrite(address, at, size),
        ]),
      ];
    },
  };
}

/** rd := memory, and memory := compute(memory, rs2). Both values are sign-extended to 64 bits. */
function amo(
  name: string,
  funct5: string,
  size: 4 | 8,
  compute: (loaded: Local<"i64">, value: Local<"i64">) => Word,
): Instruction {
  return {
    name: `${name}.${letterOf[size]}`,
    encodings: [`${funct5} _[1:0] rs2[4:0] rs1[4:0] ${sizeBits(size)} rd[4:0] 0101111`],
    authority: "mode",
    emit: (op) => {
      const [address, at, loaded, value] = [
        op.locals.i64(),
        op.locals.i32(),
        op.locals.i64(),
        op.locals.i64(),
      ];
      const what = access(size, flag.load | flag.store, { aligned: true, store: true });
      return [
        set(address, addressOf(op.rs1)),
        set(at, call(op.functions.checkAccess, op.authority, address, what)),
        when(isZero(at), [op.pendingTrap()]),
        op.usedAuthority(op.authority),
        set(loaded, loadOf[size](at)),
        set(value, size === 4 ? signExtend(addressOf(op.rs2), 32) : addressOf(op.rs2)),
        op.didRead(address, at, size),
        touched(op, at, size),
        storeOf[size](at, 0, compute(loaded, value)),
        op.didWrite(address, at, size),
        op.writeInteger(loaded),
      ];
    },
  };
}

const conditionals: readonly Instruction[] = SIZES.flatMap((size) => [
  lr(size, "", `00010 _[1:0] 00000 rs1[4:0] ${sizeBits(size)} rd[4:0] 0101111`, "mode"),
  sc(size, "", `00011 _[1:0] rs2[4:0] rs1[4:0] ${sizeBits(size)} rd[4:0] 0101111`, "mode"),
]);

/** The forms that name their authority. Their store-conditional has no rd: the status goes to rs2's register. */
const explicitConditionals: readonly Instruction[] = SIZES.flatMap((size) => {
  const selector = sizeBits(size);
  return [
    lr(size, ".ddc", `1111101 10${selector} rs1[4:0] 000 rd[4:0] 1011011`, "ddc"),
    lr(size, ".cap", `1111101 11${selector} rs1[4:0] 000 rd[4:0] 1011011`, "base"),
    sc(size, ".ddc", `1111100 rd=rs2[4:0] rs1[4:0] 000 10${selector} 1011011`, "ddc"),
    sc(size, ".cap", `1111100 rd=rs2[4:0] rs1[4:0] 000 11${selector} 1011011`, "base"),
  ];
});

const amos: readonly Instruction[] = ([4, 8] as const).flatMap((size) => [
  amo("amoswap", "00001", size, (_, b) => b),
  amo("amoadd", "00000", size, add),
  amo("amoxor", "00100", size, xor),
  amo("amoand", "01100", size, and),
  amo("amoor", "01000", size, or),
  amo("amomin", "10000", size, (a, b) => select(ltS(a, b), a, b)),
  amo("amomax", "10100", size, (a, b) => select(gtS(a, b), a, b)),
  amo("amominu", "11000", size, (a, b) => select(ltU(a, b), a, b)),
  amo("amomaxu", "11100", size, (a, b) => select(gtU(a, b), a, b)),
]);

export const atomics: readonly Instruction[] = [...conditionals, ...explicitConditionals, ...amos];
