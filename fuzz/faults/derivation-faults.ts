/** Mistakes in making one capability out of another, sealing apart: authority gained, kept or forged. */
import { ofKind } from "./planted-fault.ts";

const DERIVE = "impl/engine/ops-cheri-derive.ts";
const INSPECT = "impl/engine/ops-cheri-inspect.ts";
const AUTHORITY = "impl/capability/authority.ts";
const NARROW = "model/capability/narrow.ts";
const ARITHMETIC = 'import { add, and, eq, isZero, leU, ltU, or, shl, sub } from "../wasm/arithmetic.ts";';
const MORE_ARITHMETIC = ARITHMETIC.replace("eq,", "eq, extendU,").replace("sub }", "sub, xor }");

export const derivations = ofKind("permissions and authority", [
  {
    id: "P15",
    source: "microsoft/cheriot-ibex#13",
    effect: "CAndPerm that takes Load_Cap from a capability with Store gives it Store_Cap",
    difficulty: 3,
    expect: ["A", "M", "L", "O", "D"],
    impl: [
      { file: DERIVE, from: ARITHMETIC, to: MORE_ARITHMETIC },
      {
        file: DERIVE,
        from: "set(high, withPerms(highOf(op.rs1), kept)),",
        to: `set(gained, and(and(shl(and(flags, xor(kept, -1)), 1), shl(and(flags, kept), 2)), 0x20)),
      set(high, or(withPerms(highOf(op.rs1), kept), shl(extendU(gained), 48n))),`,
      },
      {
        file: DERIVE,
        from: "and(withoutTagIfSealed(flags), or(kept, ~0xffff))",
        to: "or(and(withoutTagIfSealed(flags), or(kept, ~0xffff)), gained)",
      },
      {
        file: DERIVE,
        from: "const [flags, kept, high] = [op.locals.i32(), op.locals.i32(), op.locals.i64()];",
        to: `const [flags, kept, high] = [op.locals.i32(), op.locals.i32(), op.locals.i64()];
    const gained = op.locals.i32();`,
      },
    ],
    model: [
      {
        file: NARROW,
        from: "cap.perms & perms)",
        to: "(cap.perms & perms) | (((cap.perms & ~perms) << 1n) & ((cap.perms & perms) << 2n) & 0x20n))",
      },
    ],
  },
  {
    id: "P20",
    source: "bluespec/Flute 532f154",
    effect: "CBuildCap with c0 checks the null capability in c0 in the place of DDC, and so builds nothing",
    difficulty: 3,
    over: true,
    expect: ["O", "D"],
    impl: [
      {
        file: DERIVE,
        from: `      op.functions.mayBuild,
      tagOf(rs1),`,
        to: `      op.functions.mayBuild,
      select(eq(rs1, DDC_AT), i32(0), tagOf(rs1)),`,
      },
      {
        file: DERIVE,
        from: 'import { field, flag } from "./layout.ts";',
        to: 'import { DDC_AT, field, flag } from "./layout.ts";',
      },
    ],
    model: [
      {
        file: "model/isa/cheri-seal.ts",
        from: "buildCap(capOrDdc(machine, cs1), machine.readCap(cs2))",
        to: "buildCap(machine.readCap(cs1), machine.readCap(cs2))",
      },
    ],
  },
  {
    id: "P25",
    source: "bluespec/Toooba e37339b",
    effect: "CToPtr gives the address of an untagged capability",
    difficulty: 2,
    expect: ["O", "D"],
    impl: [{ file: INSPECT, from: "select(tagOf(op.rs1), offset, 0n)", to: "offset" }],
    model: [
      {
        file: "model/isa/cheri-compare.ts",
        from: "source.tag ? source.address - capOrDdc(machine, cs2).base : 0n",
        to: "source.address - capOrDdc(machine, cs2).base",
      },
    ],
  },
  {
    id: "P26",
    source: "CTSRD-CHERI/qemu 82fc6e0",
    effect: "CToPtr gives 0 for tagged capabilities and the address for untagged ones",
    difficulty: 1,
    expect: ["O", "D"],
    impl: [
      {
        file: INSPECT,
        from: "select(tagOf(op.rs1), offset, 0n)",
        to: "select(tagOf(op.rs1), i64(0n), offset)",
      },
    ],
    model: [
      {
        file: "model/isa/cheri-compare.ts",
        from: "source.tag ? source.address",
        to: "!source.tag ? source.address",
      },
    ],
  },
  {
    id: "P28",
    source: "CHERIoT-Platform/cheriot-rtos 177c870",
    effect: "the bits of the permissions to seal and to unseal are exchanged",
    difficulty: 2,
    expect: ["A", "M", "L", "O", "D"],
    impl: [
      { file: "impl/capability/format.ts", from: "  seal: 1n << 55n,", to: "  seal: 1n << 57n," },
      { file: "impl/capability/format.ts", from: "  unseal: 1n << 57n,", to: "  unseal: 1n << 55n," },
    ],
    model: [
      { file: "model/capability/permission.ts", from: "  seal: 1n << 7n,", to: "  seal: 1n << 9n," },
      { file: "model/capability/permission.ts", from: "  unseal: 1n << 9n,", to: "  unseal: 1n << 7n," },
    ],
  },
  {
    id: "W49",
    source: "none known; the plainest way to gain permissions, an assignment for an intersection",
    effect: "CAndPerm gives the permissions of its mask, had or not",
    difficulty: 2,
    expect: ["A", "M", "L", "O", "D"],
    impl: [
      { file: DERIVE, from: ARITHMETIC, to: MORE_ARITHMETIC },
      {
        file: DERIVE,
        from: "set(high, withPerms(highOf(op.rs1), kept)),",
        to: "set(high, or(and(highOf(op.rs1), (1n << 48n) - 1n), shl(extendU(kept), 48n))),",
      },
      {
        file: DERIVE,
        from: "and(withoutTagIfSealed(flags), or(kept, ~0xffff))",
        to: "or(and(withoutTagIfSealed(flags), ~0xffff), kept)",
      },
    ],
    model: [{ file: NARROW, from: "cap.perms & perms)", to: "perms)" }],
  },
  {
    id: "W52",
    source: "none known; W04 for bounds",
    effect: "CBuildCap builds bounds that its authority does not cover",
    difficulty: 3,
    expect: ["A", "M", "L", "O", "S", "D"],
    impl: [
      {
        file: AUTHORITY,
        from: "and(and(geU(inner.base, outer.base), isTopWithin(inner, outer)), isOrdered)",
        to: "isOrdered",
      },
    ],
    model: [
      {
        file: NARROW,
        from: "isWithin(wanted, authority) &&",
        to: "(wanted.perms & authority.perms) === wanted.perms &&",
      },
    ],
  },
  {
    id: "W53",
    source: "none known; E18 for the capability that every program holds",
    effect: "AUIPCC keeps the tag of an address that PCC cannot represent",
    difficulty: 4,
    expect: ["A", "M", "O", "D"],
    impl: [
      {
        file: "impl/engine/ops-jump.ts",
        from: "[call(op.functions.setAddress, op.rd, address)],",
        to: `[
          call(op.functions.setAddress, op.rd, address),
          store32(op.rd, field.flags, or(load32(op.rd, field.flags), flag.tag)),
        ],`,
      },
    ],
    model: [
      {
        file: "model/isa/cheri-control.ts",
        from: "withAddressExact(pcc, BigInt.asUintN(64, machine.pc + imm))",
        to: "{ ...withAddressExact(pcc, BigInt.asUintN(64, machine.pc + imm)), tag: true }",
      },
    ],
  },
  {
    id: "W54",
    source: "none known; what a compartment relies on to give authority up",
    effect: "CClear leaves DDC as it is",
    difficulty: 1,
    expect: ["A", "O", "S", "D"],
    impl: [
      {
        file: "impl/engine/ops-cheri-special.ts",
        from: "when(and(mask, 1), [",
        to: "when(i32(0), [",
      },
    ],
    model: [
      {
        file: "model/isa/cheri-special.ts",
        from: "if (index === 0) writeSpecial(machine, special.ddc, nullCapability);\n      else machine",
        to: "if (index !== 0) machine",
      },
    ],
  },
]);
