/** Mistakes in permissions, the choice of the authority, and sealing. */
import { ofKind } from "./planted-fault.ts";

export const permissions = ofKind("permissions and authority", [
  {
    id: "P01",
    source: "CTSRD-CHERI/qemu 2e65e30",
    effect: "an AMO needs no store permission",
    difficulty: 2,
    expect: ["A", "D"],
    impl: [
      {
        file: "impl/engine/ops-atomic.ts",
        from: "access(size, flag.load | flag.store, { aligned: true, store: true })",
        to: "access(size, flag.load, { aligned: true, store: true })",
      },
    ],
    model: [],
  },
  {
    id: "P04",
    source: "CTSRD-CHERI/qemu ba3e90f",
    effect: "LR.C and SC.C need no permission at all",
    difficulty: 2,
    expect: ["A", "D"],
    impl: [
      {
        file: "impl/engine/ops-cheri-atomic.ts",
        from: `        checkedLoad(op, at, address, CAPABILITY),
`,
        to: `        set(
          at,
          call(op.functions.checkAccess, op.authority, address, access(16, 0, { aligned: true, store: false })),
        ),
        when(isZero(at), [op.pendingTrap()]),
`,
      },
      { file: "impl/engine/ops-cheri-atomic.ts", from: "access(16, flag.store, {", to: "access(16, 0, {" },
      {
        file: "impl/engine/ops-cheri-atomic.ts",
        from: "{ size: 16, what: or(shl(neededToStore(op), 16), what) }",
        to: "{ size: 16, what }",
      },
    ],
    model: [],
  },
  {
    id: "P06",
    source: "CTSRD-CHERI/qemu#277",
    effect: "lc.cap checks neither tag, seal, permission nor bounds",
    difficulty: 2,
    expect: ["A", "D"],
    impl: [
      {
        file: "impl/engine/memory-code.ts",
        from: "  const exact = access(shape.size, flag.load, {",
        to: `  if (op.name === "lc.cap") {
    return sequence(
      set(at, placeOf(op, address)),
      when(and(wrap(address), 15), [op.trap(cause.loadAddress, address)]),
      when(isZero(inRam(op.layout, address, 16n)), [op.trap(cause.loadAccess, address)]),
    );
  }
  const exact = access(shape.size, flag.load, {`,
      },
    ],
    model: [],
  },
  {
    id: "P12",
    source: "CTSRD-CHERI/qemu 1ac298c",
    effect: "CSRs are open to a PCC without Access_System_Registers",
    difficulty: 1,
    expect: ["A", "D"],
    impl: [
      {
        file: "impl/engine/ops-system.ts",
        from: `[op.illegal()]),
    ...needsSystemAccess(op),
    store64`,
        to: `[op.illegal()]),
    op.usedAuthority(PCC_AT),
    store64`,
      },
    ],
    model: [],
  },
  {
    id: "P14",
    source: "microsoft/cheriot-ibex 4a739b4f",
    effect: "MRET needs no Access_System_Registers",
    difficulty: 3,
    expect: ["A", "D"],
    impl: [
      {
        file: "impl/engine/ops-system.ts",
        from: `    ...needsSystemAccess(op),
    op.usedSource(MEPCC_AT),`,
        to: `    op.usedAuthority(PCC_AT),
    op.usedSource(MEPCC_AT),`,
      },
    ],
    model: [],
  },
  {
    id: "P18",
    source: "CHERIoT-Platform/cheriot-sail cf6044a",
    effect: "a capability loaded without Load_Cap keeps its tag",
    difficulty: 3,
    expect: ["M", "D"],
    impl: [
      {
        file: "impl/engine/ops-cheri-memory.ts",
        from: "const mayLoadTag = shrU(load32(op.authority, field.flags), Math.log2(flag.loadCap));",
        to: "const mayLoadTag = i32(1);",
      },
    ],
    model: [],
  },
  {
    id: "P20",
    source: "bluespec/Flute 532f154",
    effect: "CBuildCap with c0 checks the null capability in c0 in the place of DDC",
    difficulty: 3,
    expect: ["A", "M"],
    impl: [
      {
        file: "impl/engine/ops-cheri-derive.ts",
        from: `      op.functions.mayBuild,
      tagOf(rs1),`,
        to: `      op.functions.mayBuild,
      select(eq(rs1, DDC_AT), i32(0), tagOf(rs1)),`,
      },
      {
        file: "impl/engine/ops-cheri-derive.ts",
        from: 'import { field, flag } from "./layout.ts";',
        to: 'import { DDC_AT, field, flag } from "./layout.ts";',
      },
    ],
    model: [],
  },
  {
    id: "P22",
    source: "bluespec/Flute eb16b19",
    effect: "storing an untagged capability needs Store_Cap",
    difficulty: 2,
    over: true,
    expect: ["D", "O"],
    impl: [
      { file: "impl/engine/ops-cheri-memory.ts", from: "forTagged, 0)", to: "forTagged, flag.storeCap)" },
    ],
    model: [],
  },
  {
    id: "P24",
    source: "proteus-core/proteus#2",
    effect: "storing a tagged capability needs neither Store_Cap nor Store_Local_Cap",
    difficulty: 1,
    expect: ["A"],
    impl: [
      {
        file: "impl/engine/ops-cheri-memory.ts",
        from: "return choose(and(load32(op.rs2, field.flags), flag.tag), forTagged, 0);",
        to: "return i32(0);",
      },
    ],
    model: [],
  },
  {
    id: "P25",
    source: "bluespec/Toooba e37339b",
    effect: "CToPtr gives the address of an untagged capability",
    difficulty: 2,
    expect: ["A", "D"],
    impl: [
      { file: "impl/engine/ops-cheri-inspect.ts", from: "select(tagOf(op.rs1), offset, 0n)", to: "offset" },
    ],
    model: [],
  },
  {
    id: "P26",
    source: "CTSRD-CHERI/qemu 82fc6e0",
    effect: "CToPtr gives 0 for tagged capabilities and the address for untagged ones",
    difficulty: 1,
    expect: ["D"],
    impl: [
      {
        file: "impl/engine/ops-cheri-inspect.ts",
        from: "select(tagOf(op.rs1), offset, 0n)",
        to: "select(tagOf(op.rs1), i64(0n), offset)",
      },
    ],
    model: [],
  },
]);

export const sealing = ofKind("sealing", [
  {
    id: "S02",
    source: "bluespec/Toooba d629d678",
    effect: "CUnseal asks for the permission to seal",
    difficulty: 2,
    expect: ["A", "M"],
    impl: [{ file: "impl/capability/authority.ts", from: "perm.unseal)", to: "perm.seal)" }],
    model: [],
  },
  {
    id: "S03",
    source: "CTSRD-CHERI/riscv-isa-sim 1ef677c",
    effect: "CUnseal needs no permission",
    difficulty: 1,
    expect: ["A", "M"],
    impl: [{ file: "impl/capability/authority.ts", from: "perm.unseal)", to: "0n)" }],
    model: [],
  },
  {
    id: "S04",
    source: "CHERIoT-Platform/cheriot-sail#5",
    effect: "every sealed capability can be jumped to as if it were a sentry",
    difficulty: 2,
    expect: ["A", "M"],
    impl: [
      {
        file: "impl/engine/ops-jump.ts",
        from: "and(isSentry(highOf(op.rs1)), eq(op.imm, 0n))",
        to: "eq(op.imm, 0n)",
      },
    ],
    model: [],
  },
  {
    id: "S08",
    source: "CTSRD-CHERI/qemu 44a5bf3b",
    effect: "the twelve largest ordinary object types cannot be sealed with",
    difficulty: 3,
    over: true,
    expect: ["D", "O"],
    impl: [{ file: "impl/capability/authority.ts", from: ", OTYPE_MAX)", to: ", OTYPE_MAX - 12n)" }],
    model: [],
  },
  {
    id: "S11",
    source: "CTSRD-CHERI/qemu 2b1a3b1",
    effect: "CCSeal with an untagged authority does not pass its source through",
    difficulty: 3,
    over: true,
    expect: ["D", "O"],
    impl: [
      {
        file: "impl/capability/authority.ts",
        from: "or(or(isZero(tag), isSealed(source))",
        to: "or(isSealed(source)",
      },
    ],
    model: [],
  },
  {
    id: "S14",
    source: "bluespec/Flute 5faba6d",
    effect: "a jump to a sentry leaves PCC sealed",
    difficulty: 1,
    expect: ["S", "D"],
    impl: [
      {
        file: "impl/engine/emission.ts",
        from: `        ...unseal(PCC_AT),
`,
        to: "",
      },
    ],
    model: [],
  },
  {
    id: "S17",
    source: "CTSRD-CHERI/qemu 57b728d",
    effect: "a sealed MEPCC keeps its tag although its address is changed to an even one",
    difficulty: 3,
    expect: ["S", "M"],
    impl: [
      {
        file: "impl/engine/trap.ts",
        from: "call(setAddress, slot, legal)",
        to: "store64(slot, field.address, legal)",
      },
    ],
    model: [],
  },
  {
    id: "S18",
    source: "CTSRD-CHERI/qemu#227",
    effect: "CJAL leaves an unsealed code capability as its link",
    difficulty: 2,
    expect: ["M", "D"],
    impl: [
      {
        file: "impl/engine/ops-jump.ts",
        from: `  const flags = or(load32(PCC_AT, field.flags), flag.sealed);
`,
        to: `  const flags = or(load32(PCC_AT, field.flags), flag.sealed);
  if (op.name === "cjal") {
    return [...copySlot(op.rd, i32(PCC_AT)), store64(op.rd, field.address, op.nextPc), op.wroteCapability()];
  }
`,
      },
    ],
    model: [],
  },
]);
