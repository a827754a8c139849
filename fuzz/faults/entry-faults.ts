/** Mistakes in the jumps that seals are for: to sentries, into invoked pairs, and the links they leave. */
import { ofKind } from "./planted-fault.ts";

const JUMP = "impl/engine/ops-jump.ts";
const INVOKE = "impl/engine/ops-cheri-special.ts";
const CONTROL = "model/isa/cheri-control.ts";

export const entries = ofKind("sealing", [
  {
    id: "S04",
    source: "CHERIoT-Platform/cheriot-sail#5",
    effect: "every sealed capability can be jumped to as if it were a sentry",
    difficulty: 2,
    expect: ["A", "M", "O", "D"],
    impl: [{ file: JUMP, from: "and(isSentry(highOf(op.rs1)), eq(op.imm, 0n))", to: "eq(op.imm, 0n)" }],
    model: [{ file: CONTROL, from: "!(isSentry(source) && offset === 0n)", to: "offset !== 0n" }],
  },
  {
    id: "S14",
    source: "bluespec/Flute 5faba6d",
    effect: "a jump to a sentry, or to an invoked pair, leaves PCC sealed",
    difficulty: 1,
    over: true,
    expect: ["A", "O", "D"],
    impl: [
      { file: "impl/engine/emission.ts", from: "        ...unseal(PCC_AT),\n", to: "" },
      {
        file: JUMP,
        from: "or(isZero(and(flags, flag.sealed)), and(isSentry(high), eq(op.imm, 0n)))",
        to: "isZero(and(flags, flag.sealed))",
      },
    ],
    model: [
      { file: CONTROL, from: "enter(machine, unseal(source), target)", to: "enter(machine, source, target)" },
      { file: CONTROL, from: "enter(machine, unseal(code), target)", to: "enter(machine, code, target)" },
    ],
  },
  {
    id: "S16",
    source: "microsoft/cheriot-ibex#43",
    effect: "CJALR compares only the low two bits of an object type with those of a sentry's",
    difficulty: 3,
    expect: ["A", "M", "O", "D"],
    impl: [
      {
        file: JUMP,
        from: "and(isSentry(highOf(op.rs1)), eq(op.imm, 0n))",
        to: "and(eq(and(highOf(op.rs1), 3n << 27n), 2n << 27n), eq(op.imm, 0n))",
      },
    ],
    model: [
      {
        file: CONTROL,
        from: "!(isSentry(source) && offset === 0n)",
        to: "!((source.otype & 3n) === 2n && offset === 0n)",
      },
    ],
  },
  {
    id: "S18",
    source: "CTSRD-CHERI/qemu#227",
    effect: "CJAL leaves an unsealed code capability as its link",
    difficulty: 2,
    expect: ["A", "O", "D"],
    impl: [
      {
        file: JUMP,
        from: "  const flags = or(load32(PCC_AT, field.flags), flag.sealed);\n",
        to: `  const flags = or(load32(PCC_AT, field.flags), flag.sealed);
  if (op.name === "cjal") {
    return [...copySlot(op.rd, i32(PCC_AT)), store64(op.rd, field.address, op.nextPc), op.wroteCapability()];
  }
`,
      },
    ],
    model: [
      {
        file: CONTROL,
        from: "const link = linkCapability(machine);\n    return jump(",
        to: "const link = unseal(linkCapability(machine));\n    return jump(",
      },
    ],
  },
  {
    id: "W18",
    source:
      "none known; the check that makes two halves a pair; the prototype lsds/intravisor gave all pairs one type",
    effect: "CInvoke takes two halves that were sealed with different object types",
    difficulty: 2,
    expect: ["A", "M", "O", "D"],
    impl: [
      {
        file: INVOKE,
        from: "      refuse(ne(otype(highOf(rs1)), otype(highOf(rs2))), capabilityCause.type, rs1),\n",
        to: "",
      },
    ],
    model: [
      {
        file: CONTROL,
        from: "  if (code.otype !== data.otype) return capabilityTrap(violation.type, cs1);\n",
        to: "",
      },
    ],
  },
  {
    id: "W19",
    source: "none known; P12 and P14 for the permission that CInvoke needs",
    effect: "CInvoke needs no Permit_CInvoke",
    difficulty: 2,
    expect: ["A", "M", "O", "D"],
    impl: [
      {
        file: INVOKE,
        from: `      refuse(lacks(rs1, flag.cinvoke), capabilityCause.cinvoke, rs1),
      refuse(lacks(rs2, flag.cinvoke), capabilityCause.cinvoke, rs2),
`,
        to: "",
      },
    ],
    model: [
      {
        file: CONTROL,
        from: `  if (!permits(code, permission.cinvoke)) return capabilityTrap(violation.permitCInvoke, cs1);
  if (!permits(data, permission.cinvoke)) return capabilityTrap(violation.permitCInvoke, cs2);
`,
        to: "",
      },
    ],
  },
  {
    id: "W20",
    source: "none known; S04 the other way round: what is no pair is taken for one",
    effect: "CInvoke takes two sentries for a pair, and so opens the second",
    difficulty: 3,
    expect: ["A", "M", "O", "D"],
    impl: [
      {
        file: INVOKE,
        from: `      refuse(hasReservedOtype(highOf(rs1)), capabilityCause.seal, rs1),
      refuse(hasReservedOtype(highOf(rs2)), capabilityCause.seal, rs2),
`,
        to: "",
      },
    ],
    model: [
      {
        file: CONTROL,
        from: `  if (hasReservedOtype(code)) return capabilityTrap(violation.seal, cs1);
  if (hasReservedOtype(data)) return capabilityTrap(violation.seal, cs2);
`,
        to: "",
      },
    ],
  },
  {
    id: "W30",
    source: "none known; a sentry is an entry, not a region; S04 forgets which capabilities are sentries",
    effect: "CJALR goes to a sentry at an offset of the caller's choice",
    difficulty: 3,
    expect: ["A", "O", "D"],
    impl: [
      {
        file: JUMP,
        from: "and(isSentry(highOf(op.rs1)), eq(op.imm, 0n))",
        to: "isSentry(highOf(op.rs1))",
      },
    ],
    model: [{ file: CONTROL, from: "!(isSentry(source) && offset === 0n)", to: "!isSentry(source)" }],
  },
  {
    id: "W31",
    source: "none known; S18 for the jump that leaves a compartment",
    effect: "CJALR leaves an unsealed code capability as its link",
    difficulty: 1,
    expect: ["A", "O", "D"],
    impl: [
      {
        file: JUMP,
        from: "  const flags = or(load32(PCC_AT, field.flags), flag.sealed);\n",
        to: `  const flags = or(load32(PCC_AT, field.flags), flag.sealed);
  if (op.name === "cjalr") {
    return [...copySlot(op.rd, i32(PCC_AT)), store64(op.rd, field.address, op.nextPc), op.wroteCapability()];
  }
`,
      },
    ],
    model: [
      {
        file: CONTROL,
        from: "const link = linkCapability(machine);\n  enter(",
        to: "const link = unseal(linkCapability(machine));\n  enter(",
      },
    ],
  },
]);
