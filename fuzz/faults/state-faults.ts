/** Mistakes in control flow, tags, memory and the state of the system. */
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

export const tagsAndMemory = ofKind("tags and memory", [
  {
    id: "T01",
    source: "CTSRD-CHERI/qemu d020a4b",
    effect: "sd.cap leaves the tag of the granule that it writes: any capability can be forged",
    difficulty: 1,
    expect: ["M"],
    impl: [
      {
        file: "impl/engine/memory-code.ts",
        from: "const differs = xor(load8u(op.granuleOf(at)), granule.touched);",
        to: `const seen = load8u(op.granuleOf(at));
  const differs = xor(op.name === "sd.cap" ? and(seen, ~granule.tag) : seen, granule.touched);`,
      },
    ],
    model: [],
  },
  {
    id: "T02",
    source: "CTSRD-CHERI/qemu#73",
    effect: "a store across two granules clears only the first one's tag",
    difficulty: 3,
    expect: ["M"],
    impl: [
      {
        file: "impl/engine/ram.ts",
        from: `    const last = locals.i32();
`,
        to: `    const last = locals.i32();
    const kept = locals.i32();
`,
      },
      {
        file: "impl/engine/ram.ts",
        from: `      set(last, granuleOf(layout, add(at, sub(size, 1)))),
`,
        to: `      set(last, granuleOf(layout, add(at, sub(size, 1)))),
      set(kept, and(ltU(next, last), load8u(last))),
`,
      },
      {
        file: "impl/engine/ram.ts",
        from: `        when(ltU(next, last), [set(next, add(next, 1)), br(again)]),
      ]),
`,
        to: `        when(ltU(next, last), [set(next, add(next, 1)), br(again)]),
      ]),
      store8(last, 0, or(load8u(last), kept)),
`,
      },
    ],
    model: [],
  },
  {
    id: "T04",
    source: "CTSRD-CHERI/qemu d6fc2f3",
    effect: "a store also clears the tag of the granule behind",
    difficulty: 2,
    over: true,
    expect: ["D", "O"],
    impl: [
      {
        file: "impl/engine/memory-code.ts",
        from: "return when(either, [call(op.functions.touch",
        to: "return when(or(either, 1), [call(op.functions.touch",
      },
      {
        file: "impl/engine/ram.ts",
        from: `        when(ltU(next, last), [set(next, add(next, 1)), br(again)]),
      ]),
`,
        to: `        when(ltU(next, last), [set(next, add(next, 1)), br(again)]),
      ]),
      when(ltU(last, layout.granulesAt + layout.ramSize / 16 - 1), [
        store8(last, 1, and(load8u(last, 1), ~granule.tag)),
      ]),
`,
      },
    ],
    model: [],
  },
  {
    id: "T05",
    source: "CTSRD-CHERI/qemu ea0b4c7",
    effect: "a store-conditional that fails clears the tag all the same",
    difficulty: 3,
    over: true,
    expect: ["D", "O"],
    impl: [
      {
        file: "impl/engine/memory-code.ts",
        from: `      [report(1n)],
`,
        to: `      [
        when(inRam(op.layout, address, BigInt(exact.size)), [call(op.functions.touch, at, exact.size)]),
        report(1n),
      ],
`,
      },
    ],
    model: [],
  },
  {
    id: "T10",
    source: "CTSRD-CHERI/sail-cheri-riscv cb44e5a",
    effect: "CLoadTags reads its tags from the wrong place, one granule on",
    difficulty: 3,
    expect: ["D"],
    impl: [
      {
        file: "impl/engine/ops-cheri-memory.ts",
        from: "load32uTo64(op.granuleOf(at))",
        to: "load32uTo64(op.granuleOf(add(at, 16)))",
      },
    ],
    model: [],
  },
  {
    id: "T11",
    source: "CTSRD-CHERI/riscv-isa-sim 9bc4808",
    effect: "a capability store writes the wrong register: that of its address",
    difficulty: 1,
    expect: ["D", "M"],
    impl: [
      { file: "impl/engine/ops-cheri-memory.ts", from: "const from = op.rs2;", to: "const from = op.rs1;" },
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
