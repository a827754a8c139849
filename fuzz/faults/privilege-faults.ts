/** Mistakes in what access to the system's registers, and the return from a trap, need. */
import { ofKind } from "./planted-fault.ts";

const SYSTEM = "impl/engine/ops-system.ts";
const SPECIAL = "impl/engine/ops-cheri-special.ts";
const CSRS = "model/machine/csrs.ts";
const SPECIALS = "model/machine/specials.ts";
const TRAPS = "model/machine/traps.ts";

export const privileges = ofKind("permissions and authority", [
  {
    id: "P12",
    source: "CTSRD-CHERI/qemu 1ac298c",
    effect: "CSRs are open to a PCC without Access_System_Registers",
    difficulty: 1,
    expect: ["A", "O", "D"],
    impl: [
      {
        file: SYSTEM,
        from: `[op.illegal()]),
    ...needsSystemAccess(op),
    store64`,
        to: `[op.illegal()]),
    op.usedAuthority(PCC_AT),
    store64`,
      },
    ],
    model: [
      {
        file: CSRS,
        from: `  if (!permits(machine.pcc, permission.accessSystemRegisters)) {
    return capabilityTrap(violation.accessSystemRegisters, PCC);
  }
`,
        to: "",
      },
    ],
  },
  {
    id: "P14",
    source: "microsoft/cheriot-ibex 4a739b4f",
    effect: "MRET needs no Access_System_Registers",
    difficulty: 3,
    expect: ["A", "O", "D"],
    impl: [
      {
        file: SYSTEM,
        from: `    ...needsSystemAccess(op),
    op.usedSource(MEPCC_AT),`,
        to: `    op.usedAuthority(PCC_AT),
    op.usedSource(MEPCC_AT),`,
      },
    ],
    model: [
      {
        file: TRAPS,
        from: `  if (!permits(machine.pcc, permission.accessSystemRegisters)) {
    return capabilityTrap(violation.accessSystemRegisters, PCC);
  }
`,
        to: "",
      },
    ],
  },
  {
    id: "W70",
    source: "none known; P12 for the special capability registers",
    effect: "CSpecialRW needs no Access_System_Registers",
    difficulty: 1,
    expect: ["A", "M", "O", "D"],
    impl: [
      {
        file: SPECIAL,
        from: `    when(isZero(and(load32(PCC_AT, field.flags), flag.system)), [
      op.capabilityTrap(capabilityCause.system, slot),
    ]),
`,
        to: "",
      },
    ],
    model: [
      {
        file: SPECIALS,
        from: `  if (rule.system && !permits(machine.pcc, permission.accessSystemRegisters)) {
    return capabilityTrap(violation.accessSystemRegisters, 0x20 | number);
  }
`,
        to: "",
      },
    ],
  },
  {
    id: "W72",
    source: "none known; P14 for the other thing that MRET needs",
    effect: "MRET is allowed in user mode",
    difficulty: 3,
    expect: ["A", "O", "D"],
    impl: [
      {
        file: SYSTEM,
        from: `    when(isUser(), [op.illegal()]),
    ...needsSystemAccess(op),
    op.usedSource(MEPCC_AT),`,
        to: `    ...needsSystemAccess(op),
    op.usedSource(MEPCC_AT),`,
      },
    ],
    model: [{ file: TRAPS, from: "  if (machine.privilege !== 3) return illegal(machine);\n", to: "" }],
  },
]);
