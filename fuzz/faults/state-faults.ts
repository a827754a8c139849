/** Mistakes in control flow, tags, memory and the state of the system. */
import { ofKind } from "./planted-fault.ts";

export const controlFlow = ofKind("control flow", [
  {
    id: "F02",
    source: "CTSRD-CHERI/qemu f44186c",
    effect: "the target of JAL is not checked against PCC",
    difficulty: 2,
    expect: ["A", "D"],
    // impl/engine/ops-jump.ts, jal
    impl: [],
    model: [],
  },
  {
    id: "F03",
    source: "bluespec/Flute 77fbc1b",
    effect: "CJALR goes to its target and keeps the old PCC",
    difficulty: 2,
    expect: ["D", "M"],
    // impl/engine/ops-jump.ts, cjalr
    impl: [],
    model: [],
  },
  {
    id: "F07",
    source: "CTSRD-CHERI/qemu 0e5db79",
    effect: "MRET restores only the address of MEPCC: PCC stays that of the handler",
    difficulty: 2,
    expect: ["M", "A"],
    // impl/engine/trap.ts, leaveTrap
    impl: [],
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
    // impl/engine/ops-memory.ts, store
    impl: [],
    model: [],
  },
  {
    id: "T02",
    source: "CTSRD-CHERI/qemu#73",
    effect: "a store across two granules clears only the first one's tag",
    difficulty: 3,
    expect: ["M"],
    // impl/engine/ram.ts, touch
    impl: [],
    model: [],
  },
  {
    id: "T04",
    source: "CTSRD-CHERI/qemu d6fc2f3",
    effect: "a store also clears the tag of the granule behind",
    difficulty: 2,
    over: true,
    expect: ["D", "O"],
    // impl/engine/ram.ts, touch
    impl: [],
    model: [],
  },
  {
    id: "T05",
    source: "CTSRD-CHERI/qemu ea0b4c7",
    effect: "a store-conditional that fails clears the tag all the same",
    difficulty: 3,
    over: true,
    expect: ["D", "O"],
    // impl/engine/memory-code.ts, storeConditional
    impl: [],
    model: [],
  },
  {
    id: "T10",
    source: "CTSRD-CHERI/sail-cheri-riscv cb44e5a",
    effect: "CLoadTags reads its tags from the wrong place, one granule on",
    difficulty: 3,
    expect: ["D"],
    // impl/engine/ops-cheri-memory.ts, cloadtags
    impl: [],
    model: [],
  },
  {
    id: "T11",
    source: "CTSRD-CHERI/riscv-isa-sim 9bc4808",
    effect: "a capability store writes the wrong register: that of its address",
    difficulty: 1,
    expect: ["D", "M"],
    // impl/engine/ops-cheri-memory.ts, putCapability
    impl: [],
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
    // impl/engine/ops-cheri-special.ts, cspecialrw
    impl: [],
    model: [],
  },
  {
    id: "X08",
    source: "bluespec/Flute 22128c5",
    effect: "a trap that DDC causes names PCC",
    difficulty: 1,
    expect: ["D"],
    // impl/engine/access.ts, checkAccess
    impl: [],
    model: [],
  },
  {
    id: "X09",
    source: "microsoft/cheriot-ibex#10",
    effect: "a sealed capability written to MTCC keeps its tag although its address is made a legal one",
    difficulty: 3,
    expect: ["M", "S"],
    // impl/engine/trap.ts, writeTrapVector
    impl: [],
    model: [],
  },
  {
    id: "X10",
    source: "microsoft/cheriot-ibex a316063",
    effect: "writing the CSR mepc keeps the tag of an MEPCC that is sealed or cannot represent the address",
    difficulty: 3,
    expect: ["M"],
    // impl/engine/csr.ts, write
    impl: [],
    model: [],
  },
]);
