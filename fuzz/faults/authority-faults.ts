/** Mistakes in permissions, the choice of the authority, and sealing. */
import { ofKind } from "./planted-fault.ts";

export const permissions = ofKind("permissions and authority", [
  {
    id: "P01",
    source: "CTSRD-CHERI/qemu 2e65e30",
    effect: "an AMO needs no store permission",
    difficulty: 2,
    expect: ["A", "D"],
    // impl/engine/ops-atomic.ts, amo
    impl: [],
    model: [],
  },
  {
    id: "P04",
    source: "CTSRD-CHERI/qemu ba3e90f",
    effect: "LR.C and SC.C need no permission at all",
    difficulty: 2,
    expect: ["A", "D"],
    // impl/engine/ops-cheri-atomic.ts
    impl: [],
    model: [],
  },
  {
    id: "P06",
    source: "CTSRD-CHERI/qemu#277",
    effect: "lc.cap checks neither tag, seal, permission nor bounds",
    difficulty: 2,
    expect: ["A", "D"],
    // impl/engine/ops-cheri-memory.ts, lc.cap
    impl: [],
    model: [],
  },
  {
    id: "P12",
    source: "CTSRD-CHERI/qemu 1ac298c",
    effect: "CSRs are open to a PCC without Access_System_Registers",
    difficulty: 1,
    expect: ["A", "D"],
    // impl/engine/ops-system.ts, accessCsr
    impl: [],
    model: [],
  },
  {
    id: "P14",
    source: "microsoft/cheriot-ibex 4a739b4f",
    effect: "MRET needs no Access_System_Registers",
    difficulty: 3,
    expect: ["A", "D"],
    // impl/engine/ops-system.ts, mret
    impl: [],
    model: [],
  },
  {
    id: "P18",
    source: "CHERIoT-Platform/cheriot-sail cf6044a",
    effect: "a capability loaded without Load_Cap keeps its tag",
    difficulty: 3,
    expect: ["M", "D"],
    // impl/engine/ops-cheri-memory.ts, takeCapability
    impl: [],
    model: [],
  },
  {
    id: "P20",
    source: "bluespec/Flute 532f154",
    effect: "CBuildCap with c0 checks the null capability in c0 in the place of DDC",
    difficulty: 3,
    expect: ["A", "M"],
    // impl/engine/ops-cheri-derive.ts, cbuildcap
    impl: [],
    model: [],
  },
  {
    id: "P22",
    source: "bluespec/Flute eb16b19",
    effect: "storing an untagged capability needs Store_Cap",
    difficulty: 2,
    over: true,
    expect: ["D", "O"],
    // impl/engine/ops-cheri-memory.ts, neededToStore
    impl: [],
    model: [],
  },
  {
    id: "P24",
    source: "proteus-core/proteus#2",
    effect: "storing a tagged capability needs neither Store_Cap nor Store_Local_Cap",
    difficulty: 1,
    expect: ["A"],
    // impl/engine/ops-cheri-memory.ts, neededToStore
    impl: [],
    model: [],
  },
  {
    id: "P25",
    source: "bluespec/Toooba e37339b",
    effect: "CToPtr gives the address of an untagged capability",
    difficulty: 2,
    expect: ["A", "D"],
    // impl/engine/ops-cheri-inspect.ts, ctoptr
    impl: [],
    model: [],
  },
  {
    id: "P26",
    source: "CTSRD-CHERI/qemu 82fc6e0",
    effect: "CToPtr gives 0 for tagged capabilities and the address for untagged ones",
    difficulty: 1,
    expect: ["D"],
    // impl/engine/ops-cheri-inspect.ts, ctoptr
    impl: [],
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
    // impl/capability/authority.ts, mayUnseal
    impl: [],
    model: [],
  },
  {
    id: "S03",
    source: "CTSRD-CHERI/riscv-isa-sim 1ef677c",
    effect: "CUnseal needs no permission",
    difficulty: 1,
    expect: ["A", "M"],
    // impl/capability/authority.ts, mayUnseal
    impl: [],
    model: [],
  },
  {
    id: "S04",
    source: "CHERIoT-Platform/cheriot-sail#5",
    effect: "every sealed capability can be jumped to as if it were a sentry",
    difficulty: 2,
    expect: ["A", "M"],
    // impl/engine/ops-jump.ts, cjalr
    impl: [],
    model: [],
  },
  {
    id: "S08",
    source: "CTSRD-CHERI/qemu 44a5bf3b",
    effect: "the twelve largest ordinary object types cannot be sealed with",
    difficulty: 3,
    over: true,
    expect: ["D", "O"],
    // impl/capability/authority.ts, maySeal
    impl: [],
    model: [],
  },
  {
    id: "S11",
    source: "CTSRD-CHERI/qemu 2b1a3b1",
    effect: "CCSeal with an untagged authority does not pass its source through",
    difficulty: 3,
    over: true,
    expect: ["D", "O"],
    // impl/capability/authority.ts, passesUnsealed
    impl: [],
    model: [],
  },
  {
    id: "S14",
    source: "bluespec/Flute 5faba6d",
    effect: "a jump to a sentry leaves PCC sealed",
    difficulty: 1,
    expect: ["S", "D"],
    // impl/engine/emission.ts, installPcc
    impl: [],
    model: [],
  },
  {
    id: "S17",
    source: "CTSRD-CHERI/qemu 57b728d",
    effect: "a sealed MEPCC keeps its tag although its address is changed to an even one",
    difficulty: 3,
    expect: ["S", "M"],
    // impl/engine/trap.ts, legaliseExceptionPc
    impl: [],
    model: [],
  },
  {
    id: "S18",
    source: "CTSRD-CHERI/qemu#227",
    effect: "CJAL leaves an unsealed code capability as its link",
    difficulty: 2,
    expect: ["M", "D"],
    // impl/engine/ops-jump.ts, cjal
    impl: [],
    model: [],
  },
]);
