/** Mistakes in special registers and CSRs: which they are, what they keep of a value and after a reset. */
import { ofKind } from "./planted-fault.ts";

const SPECIAL = "impl/engine/ops-cheri-special.ts";
const CSRS = "impl/engine/csr.ts";
const REFERENCE = "model/machine/reference.ts";

export const systemState = ofKind("system state", [
  {
    id: "X04",
    source: "CTSRD-CHERI/sail-cheri-riscv c93d5ef",
    effect: "STDC reads as SScratchC and SScratchC as STDC",
    difficulty: 2,
    expect: ["A", "O", "D"],
    impl: [
      {
        file: SPECIAL,
        from: "...read(op, slotAt(0x20 | scr)),",
        to: "...read(op, slotAt(0x20 | (scr === 13 ? 14 : scr === 14 ? 13 : scr))),",
      },
    ],
    model: [
      {
        file: "model/isa/cheri-special.ts",
        from: "readSpecial(machine, scr)",
        to: "readSpecial(machine, scr === 13 ? 14 : scr === 14 ? 13 : scr)",
      },
    ],
  },
  // In both machines: a run depends on the one before, so the same program, run again, can differ.
  {
    id: "X05",
    source: "bluespec/Flute 36de38d",
    effect: "a reset leaves MScratchC as it is: authority survives it",
    difficulty: 3,
    expect: ["A", "M", "O", "S", "D"],
    impl: [
      {
        file: "impl/engine/ram.ts",
        from: "copy(HART_AT, add(mul(preset, HART_BYTES), RESETS_AT), HART_BYTES),",
        to: `copy(HART_AT, add(mul(preset, HART_BYTES), RESETS_AT), HART_BYTES - 128),
    copy(
      HART_AT + HART_BYTES - 64,
      add(mul(preset, HART_BYTES), RESETS_AT + HART_BYTES - 64),
      64,
    ),`,
      },
    ],
    model: [
      {
        file: REFERENCE,
        from: "  for (const number of specialNumbers) {\n",
        to: "  for (const number of specialNumbers) {\n    if (number === scr.mscratchc) continue;\n",
      },
    ],
  },
  {
    id: "X07",
    source: "CHERIoT-Platform/cheriot-sail#115",
    effect: "a reset makes MEPCC null",
    difficulty: 2,
    over: true,
    expect: ["O", "S", "D"],
    impl: [{ file: "impl/engine/registers.ts", from: "MTCC_AT, MEPCC_AT];", to: "MTCC_AT];" }],
    model: [{ file: REFERENCE, from: " || number === scr.mepcc", to: "" }],
  },
  {
    id: "X08",
    source: "bluespec/Flute 22128c5",
    effect: "a trap that DDC causes names PCC",
    difficulty: 1,
    expect: ["O", "D"],
    impl: [
      {
        file: "impl/engine/access.ts",
        from: "capabilityValue(code, slot)",
        to: "capabilityValue(code, choose(xor(slot, DDC_AT), slot, i32(PCC_AT)))",
      },
      {
        file: "impl/engine/access.ts",
        from: 'import { load32, load64, store32, store64 } from "../wasm/memory.ts";',
        to: `import { load32, load64, store32, store64 } from "../wasm/memory.ts";
import { DDC_AT, PCC_AT } from "./layout.ts";`,
      },
    ],
    model: [
      {
        file: "model/machine/causes.ts",
        from: "value: (BigInt(index) << 5n) | kind",
        to: "value: (BigInt(index === 0x21 ? 0x20 : index) << 5n) | kind",
      },
    ],
  },
  {
    id: "X09",
    source: "microsoft/cheriot-ibex#10",
    effect: "a sealed capability written to MTCC keeps its tag although its address is made a legal one",
    difficulty: 3,
    expect: ["A", "M", "O", "D"],
    impl: [
      {
        file: "impl/engine/trap.ts",
        from: "call(setAddress, SCRATCH_AT, legal)",
        to: "store64(SCRATCH_AT, field.address, legal)",
      },
    ],
    model: [
      {
        file: "model/machine/specials.ts",
        from: "return withAddressExact(given, legalTvec(old.address, given.address));",
        to: "return { ...given, address: legalTvec(old.address, given.address) };",
      },
    ],
  },
  {
    id: "X10",
    source: "microsoft/cheriot-ibex a316063",
    effect: "writing the CSR mepc keeps the tag of an MEPCC that is sealed or cannot represent the address",
    difficulty: 3,
    expect: ["A", "M", "O", "D"],
    impl: [
      {
        file: CSRS,
        from: "on(csr.mepc, call(capability.setAddress, MEPCC_AT, value)),",
        to: `on(
        csr.mepc,
        call(capability.settle, MEPCC_AT),
        store64(MEPCC_AT, field.address, value),
        store32(MEPCC_AT, field.flags, or(and(load32(MEPCC_AT, field.flags), flag.tag), flag.lazy)),
      ),`,
      },
      {
        file: CSRS,
        from: 'import { load32, load64, store64 } from "../wasm/memory.ts";',
        to: 'import { load32, load64, store32, store64 } from "../wasm/memory.ts";',
      },
      {
        file: CSRS,
        from: "import { field, MEPCC_AT, MTCC_AT, state }",
        to: "import { field, flag, MEPCC_AT, MTCC_AT, state }",
      },
    ],
    model: [
      {
        file: "model/machine/csrs.ts",
        from: "const value = withAddressExact(machine.specials[number]!, address);",
        to: `const old = machine.specials[number]!;
  const legal = withAddressExact(old, address);
  const value = number === scr.mepcc ? { ...legal, tag: old.tag } : legal;`,
      },
    ],
  },
  // In both machines: each stops in its own words, which is a difference.
  {
    id: "X12",
    source: "CTSRD-CHERI/sail-cheri-riscv a1da534",
    effect: "CSpecialRW of UTCC, which does not exist here, stops the machine",
    difficulty: 2,
    over: true,
    expect: ["V", "D"],
    impl: [
      {
        file: SPECIAL,
        from: "  cspecialrw(0, false),\n",
        to: `  cspecialrw(0, false),
  {
    name: "cspecialrw",
    encodings: ["0000001 00100 cs1[4:0] 000 cd[4:0] 1011011"],
    emit: () => [unreachable()],
  },
`,
      },
      {
        file: SPECIAL,
        from: 'import { block, br, brIf, call, loop, set, when } from "../wasm/control.ts";',
        to: 'import { block, br, brIf, call, loop, set, unreachable, when } from "../wasm/control.ts";',
      },
    ],
    model: [
      {
        file: "model/machine/specials.ts",
        from: "  const rule = rules.get(number);\n",
        to: `  const rule = rules.get(number);
  if (number === 4) throw new RangeError("special register 4");
`,
      },
    ],
  },
]);
