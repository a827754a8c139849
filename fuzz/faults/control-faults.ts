/** Mistakes in jumps, in what PCC allows, and in where traps and returns from them go. */
import type { Patch } from "../variant/variant.ts";
import { ofKind } from "./planted-fault.ts";

const JUMP = "impl/engine/ops-jump.ts";
const TRAP = "impl/engine/trap.ts";
const WINDOW = "impl/engine/window.ts";
const CONTROL = "model/machine/control.ts";
const TRAPS = "model/machine/traps.ts";
const FETCH = "model/machine/fetch.ts";

/**
 * A sound machine never has a pc that PCC cannot represent, so nobody can tell whether it decodes the bounds of
 * PCC anew when pc has moved: the engine does in events and traps, the model does not. With these it does.
 */
const decodedAnew: readonly Patch[] = [
  {
    file: CONTROL,
    from: "  return { tag, address, base, top, perms, otype, flags, reserved, bounds };\n",
    to: `  const moved = { tag, address, base, top, perms, otype, flags, reserved, bounds };
  return address === before ? moved : capabilityFromMemory(tag, memoryFromCapability(moved));
`,
  },
  {
    file: CONTROL,
    from: "{ tag, base, top, perms, otype, flags, reserved, bounds }: Capability",
    to: "{ tag, address: before, base, top, perms, otype, flags, reserved, bounds }: Capability",
  },
  {
    file: CONTROL,
    from: "import { inBounds,",
    to: "import { capabilityFromMemory, memoryFromCapability, inBounds,",
  },
  {
    file: "model/machine/reference.ts",
    from: "if (number === scr.pcc) return currentPcc(machine);",
    to: "if (number === scr.pcc) return { ...machine.pcc, address: machine.pc };",
  },
  {
    file: TRAPS,
    from: "const epcc = currentPcc(machine);",
    to: "const epcc = capabilityFromMemory(machine.pcc.tag, memoryFromCapability(currentPcc(machine)));",
  },
  {
    file: TRAPS,
    from: "import { permission,",
    to: "import { capabilityFromMemory, memoryFromCapability, permission,",
  },
];

export const controlFlow = ofKind("control flow", [
  {
    id: "F02",
    source: "CTSRD-CHERI/qemu f44186c",
    effect: "the target of JAL is not checked against PCC",
    difficulty: 2,
    expect: ["A", "O", "D"],
    impl: [
      {
        file: JUMP,
        from: `      set(target, add(op.pc, op.imm)),
      ...allowed(op, target),
      ...(op.discardsRd`,
        to: `      set(target, add(op.pc, op.imm)),
      op.usedAuthority(PCC_AT),
      ...(op.discardsRd`,
      },
    ],
    model: [
      {
        file: "model/isa/branches.ts",
        from: "execute: (machine, { rd, imm }) => jumpAndLink(machine, rd, BigInt.asUintN(64, machine.pc + imm)),",
        to: `execute(machine, { rd, imm }) {
    machine.writeInt(rd, machine.nextPc);
    machine.nextPc = BigInt.asUintN(64, machine.pc + imm);
    machine.effects.authority = 0x20;
    return retire;
  },`,
      },
      {
        file: "model/isa/compressed-control.ts",
        from: "execute: (machine, { imm }) => jump(machine, BigInt.asUintN(64, machine.pc + imm)),",
        to: `execute(machine, { imm }) {
    machine.nextPc = BigInt.asUintN(64, machine.pc + imm);
    machine.effects.authority = 0x20;
    return retire;
  },`,
      },
      ...decodedAnew,
    ],
  },
  {
    id: "F03",
    source: "bluespec/Flute 77fbc1b",
    effect: "CJALR goes to its target and keeps the old PCC",
    difficulty: 2,
    expect: ["A", "O", "D"],
    impl: [
      { file: JUMP, from: "      jumpWithinPcc(op, target),\n", to: "" },
      { file: JUMP, from: "op.installPcc(SCRATCH_AT, target)", to: "op.jump(target)" },
    ],
    model: [
      {
        file: "model/isa/cheri-control.ts",
        from: "enter(machine, unseal(source), target);",
        to: "machine.nextPc = target;",
      },
      ...decodedAnew,
    ],
  },
  {
    id: "F05",
    source: "CTSRD-CHERI/sail-cheri-riscv f020eb0",
    effect: "a trap goes to the offset of MTCC, not to its address",
    difficulty: 2,
    expect: ["A", "M", "O", "S", "D"],
    impl: [
      {
        file: TRAP,
        from: "and(load64(MTCC_AT, field.address), -4n)",
        to: "and(sub(load64(MTCC_AT, field.address), load64(PCC_AT, field.base)), -4n)",
      },
    ],
    model: [
      {
        file: TRAPS,
        from: "vector.address & VECTOR_BASE",
        to: "BigInt.asUintN(64, vector.address - vector.base) & VECTOR_BASE",
      },
      ...decodedAnew,
    ],
  },
  {
    id: "F06",
    source: "CTSRD-CHERI/sail-cheri-riscv 602169b",
    effect: "a load through DDC is relative to DDC's base",
    difficulty: 2,
    expect: ["O", "D"],
    impl: [
      {
        file: "impl/engine/ops-memory.ts",
        from: `        set(address, add(addressOf(op.rs1), op.imm)),
        checkedLoad(`,
        to: `        set(address, add(addressOf(op.rs1), op.imm)),
        ...(op.authorityIsDdc ? [set(address, add(address, load64(op.authority, field.base)))] : []),
        checkedLoad(`,
      },
      {
        file: "impl/engine/ops-memory.ts",
        from: 'import { addressOf } from "./slot-code.ts";',
        to: 'import { field } from "./layout.ts";\nimport { addressOf } from "./slot-code.ts";',
      },
    ],
    model: [
      {
        file: "model/machine/access.ts",
        from: "export function load(machine: Machine, index: CapabilityIndex, address: bigint, size: number): bigint | Trap {\n",
        to: `export function load(machine: Machine, index: CapabilityIndex, address: bigint, size: number): bigint | Trap {
  if (index === DDC) address = BigInt.asUintN(64, address + machine.ddc.base);
`,
      },
    ],
  },
  {
    id: "F07",
    source: "CTSRD-CHERI/qemu 0e5db79",
    effect: "MRET restores only the address of MEPCC: PCC stays that of the handler",
    difficulty: 2,
    expect: ["A", "O", "S", "D"],
    impl: [
      {
        file: TRAP,
        from: "...copySlot(i32(PCC_AT), i32(MEPCC_AT)),",
        to: "store64(PCC_AT, field.address, load64(MEPCC_AT, field.address)),",
      },
    ],
    model: [
      {
        file: TRAPS,
        from: "const target = returnTarget(machine.specials[scr.mepcc]!);",
        to: "const target = { ...machine.pcc, address: machine.specials[scr.mepcc]!.address & ~1n };",
      },
      ...decodedAnew,
    ],
  },
  {
    id: "F08",
    source: "microsoft/cheriot-ibex#34",
    effect:
      "the end of an instruction is compared modulo 2^64: the last one of the address space is in any PCC",
    difficulty: 5,
    expect: ["A", "M", "O", "D"],
    impl: [
      {
        file: WINDOW,
        from: "contains(i32(PCC_AT), pc, 2n);",
        to: "or(contains(i32(PCC_AT), pc, 2n), isZero(add(pc, 2n)));",
      },
    ],
    model: [
      {
        file: CONTROL,
        from: "if (!inBounds(machine.pcc, target, SMALLEST))",
        to: "if (target + 2n !== 2n ** 64n && !inBounds(machine.pcc, target, SMALLEST))",
      },
      {
        file: FETCH,
        from: "if (!inBounds(machine.pcc, machine.pc, 2))",
        to: "if (machine.pc + 2n !== 2n ** 64n && !inBounds(machine.pcc, machine.pc, 2))",
      },
      {
        file: FETCH,
        from: "return inBounds(machine.pcc, second, 2) ?",
        to: "return second + 2n === 2n ** 64n || inBounds(machine.pcc, second, 2) ?",
      },
      ...decodedAnew,
    ],
  },
  {
    id: "F10",
    source: "CTSRD-CHERI/TestRIG-traces, Toooba untaggedMTCC",
    effect: "an untagged PCC, which a trap installs from MTCC, is executed",
    difficulty: 3,
    expect: ["A", "O", "D"],
    impl: [
      {
        file: WINDOW,
        from: "      when(isZero(and(flags, flag.tag)), refuse(capabilityCause.tag)),\n",
        to: "",
      },
    ],
    model: [{ file: CONTROL, from: "  if (!pcc.tag) return capabilityTrap(violation.tag, PCC);\n", to: "" }],
  },
  {
    id: "F11",
    source: "CTSRD-CHERI/TestRIG-traces, Toooba CSpecialRWAfterMRet",
    effect: "CSpecialRW still takes the privilege to be that of machine mode after MRET has left it",
    difficulty: 3,
    expect: ["A", "O", "D"],
    impl: [
      {
        file: "impl/engine/ops-cheri-special.ts",
        from: "    when(ltU(load32(state.privilege), 3), [op.illegal()]),\n",
        to: "",
      },
    ],
    model: [{ file: "model/machine/specials.ts", from: " || machine.privilege < rule.privilege", to: "" }],
  },
  {
    id: "W60",
    source: "none known; F10 for the permission to execute",
    effect: "a PCC without Permit_Execute is executed",
    difficulty: 3,
    expect: ["A", "O", "D"],
    impl: [
      {
        file: WINDOW,
        from: "      when(isZero(and(flags, flag.execute)), refuse(capabilityCause.execute)),\n",
        to: "",
      },
    ],
    model: [
      {
        file: CONTROL,
        from: "  if (!permits(pcc, permission.execute)) return capabilityTrap(violation.permitExecute, PCC);\n",
        to: "",
      },
    ],
  },
  {
    id: "W61",
    source: "none known; X10 for the other way in which MEPCC gets its value",
    effect: "a trap tags MEPCC, also where the PCC that could not be fetched from was untagged",
    difficulty: 3,
    expect: ["A", "M", "O", "D"],
    impl: [
      {
        file: TRAP,
        from: "or(and(load32(MEPCC_AT, field.flags), flag.tag), flag.lazy)",
        to: "i32(flag.tag | flag.lazy)",
      },
    ],
    model: [
      {
        file: TRAPS,
        from: "const epcc = currentPcc(machine);",
        to: "const epcc = { ...currentPcc(machine), tag: true };",
      },
    ],
  },
  {
    id: "W62",
    source: "none known; F03 and F07 for the way into a trap",
    effect: "a trap goes to the address of MTCC and keeps the PCC of what it interrupts",
    difficulty: 1,
    expect: ["A", "M", "O", "S", "D"],
    impl: [{ file: TRAP, from: "      ...copySlot(i32(PCC_AT), i32(MTCC_AT)),\n", to: "" }],
    model: [
      { file: TRAPS, from: "enter(machine, vector, vector", to: "enter(machine, machine.pcc, vector" },
      ...decodedAnew,
    ],
  },
]);
