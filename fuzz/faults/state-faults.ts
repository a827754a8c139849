/** Mistakes in control flow and the state of the system. */
import { ofKind } from "./planted-fault.ts";

export const controlFlow = ofKind("control flow", [
  {
    id: "F02",
    source: "CTSRD-CHERI/qemu f44186c",
    effect: "the target of JAL is not checked against PCC",
    difficulty: 2,
    expect: ["A", "D"],
    impl: [
      {
        file: "impl/engine/ops-jump.ts",
        from: `      set(target, add(op.pc, op.imm)),
      ...allowed(op, target),
      ...(op.discardsRd`,
        to: `      set(target, add(op.pc, op.imm)),
      op.usedAuthority(PCC_AT),
      ...(op.discardsRd`,
      },
    ],
    model: [],
  },
  {
    id: "F03",
    source: "bluespec/Flute 77fbc1b",
    effect: "CJALR goes to its target and keeps the old PCC",
    difficulty: 2,
    expect: ["D", "M"],
    impl: [
      {
        file: "impl/engine/ops-jump.ts",
        from: `      jumpWithinPcc(op, target),
`,
        to: "",
      },
      { file: "impl/engine/ops-jump.ts", from: "op.installPcc(SCRATCH_AT, target)", to: "op.jump(target)" },
    ],
    model: [],
  },
  {
    id: "F07",
    source: "CTSRD-CHERI/qemu 0e5db79",
    effect: "MRET restores only the address of MEPCC: PCC stays that of the handler",
    difficulty: 2,
    expect: ["M", "A"],
    impl: [
      {
        file: "impl/engine/trap.ts",
        from: "...copySlot(i32(PCC_AT), i32(MEPCC_AT)),",
        to: "store64(PCC_AT, field.address, load64(MEPCC_AT, field.address)),",
      },
    ],
    model: [],
  },
]);

export const systemState = ofKind("system state", [
  {
    id: "X04",
    source: "CTSRD-CHERI/sail-cheri-riscv c93d5ef",
    effect: "STDC reads as SScratchC and SScratchC as STDC",
    difficulty: 2,
    expect: ["D", "A"],
    impl: [
      {
        file: "impl/engine/ops-cheri-special.ts",
        from: "...read(op, slotAt(0x20 | scr)),",
        to: "...read(op, slotAt(0x20 | (scr === 13 ? 14 : scr === 14 ? 13 : scr))),",
      },
    ],
    model: [],
  },
  {
    id: "X08",
    source: "bluespec/Flute 22128c5",
    effect: "a trap that DDC causes names PCC",
    difficulty: 1,
    expect: ["D"],
    impl: [
      {
        file: "impl/engine/access.ts",
        from: "capabilityValue(code, slot)",
        to: "capabilityValue(code, select(eq(slot, DDC_AT), i32(PCC_AT), slot))",
      },
      {
        file: "impl/engine/access.ts",
        from: 'import { load32, load64, store32, store64 } from "../wasm/memory.ts";',
        to: `import { eq } from "../wasm/arithmetic.ts";
import { select } from "../wasm/control.ts";
import { load32, load64, store32, store64 } from "../wasm/memory.ts";
import { DDC_AT, PCC_AT } from "./layout.ts";`,
      },
    ],
    model: [],
  },
  {
    id: "X09",
    source: "microsoft/cheriot-ibex#10",
    effect: "a sealed capability written to MTCC keeps its tag although its address is made a legal one",
    difficulty: 3,
    expect: ["M", "S"],
    impl: [
      {
        file: "impl/engine/trap.ts",
        from: "call(setAddress, SCRATCH_AT, legal)",
        to: "store64(SCRATCH_AT, field.address, legal)",
      },
    ],
    model: [],
  },
  {
    id: "X10",
    source: "microsoft/cheriot-ibex a316063",
    effect: "writing the CSR mepc keeps the tag of an MEPCC that is sealed or cannot represent the address",
    difficulty: 3,
    expect: ["M"],
    impl: [
      {
        file: "impl/engine/csr.ts",
        from: "on(csr.mepc, call(capability.setAddress, MEPCC_AT, value)),",
        to: `on(
        csr.mepc,
        call(capability.settle, MEPCC_AT),
        store64(MEPCC_AT, field.address, value),
        store32(MEPCC_AT, field.flags, or(and(load32(MEPCC_AT, field.flags), flag.tag), flag.lazy)),
      ),`,
      },
      {
        file: "impl/engine/csr.ts",
        from: 'import { load32, load64, store64 } from "../wasm/memory.ts";',
        to: 'import { load32, load64, store32, store64 } from "../wasm/memory.ts";',
      },
      {
        file: "impl/engine/csr.ts",
        from: "import { field, MEPCC_AT, MTCC_AT, state }",
        to: "import { field, flag, MEPCC_AT, MTCC_AT, state }",
      },
    ],
    model: [],
  },
]);
