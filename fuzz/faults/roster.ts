import type { FaultId } from "../../impl/engine/fault.ts";

/**
 * The planted faults: real mistakes of CHERI implementations, each of which the engine can be emitted with, one at a
 * time. The names are those of the list of historical faults that they come from.
 */

export type FaultClass =
  | "encoding and bounds"
  | "permissions and authority"
  | "sealing"
  | "control flow"
  | "tags and memory"
  | "system state";

export interface PlantedFault {
  readonly id: FaultId;
  readonly kind: FaultClass;
  /** Where the mistake was made and reported: a repository with its issue or commit. */
  readonly source: string;
  /** What a program can see. */
  readonly effect: string;
  /** Where the engine has it. */
  readonly planted: string;
  /** 1: nearly any program shows it; 5: only a precise sequence does. */
  readonly difficulty: 1 | 2 | 3 | 4 | 5;
}

const encoding: readonly PlantedFault[] = [
  {
    id: "E01",
    kind: "encoding and bounds",
    source: "CTSRD-CHERI/qemu#75",
    effect:
      "CSetBounds compares the length with the old length, wherever the address is: bounds grow beyond the top",
    planted: "impl/capability/slots.ts, setBounds",
    difficulty: 2,
  },
  {
    id: "E02",
    kind: "encoding and bounds",
    source: "microsoft/cheriot-ibex#21",
    effect: "CSetBounds does not compare the address with the base: bounds grow below it",
    planted: "impl/capability/slots.ts, setBounds",
    difficulty: 2,
  },
  {
    id: "E03",
    kind: "encoding and bounds",
    source: "microsoft/cheriot-ibex#7",
    effect: "the highest bit of a top is lost at one large exponent",
    planted: "impl/capability/bounds.ts, boundsDecoder",
    difficulty: 4,
  },
  {
    id: "E04",
    kind: "encoding and bounds",
    source: "microsoft/cheriot-ibex#12",
    effect: "an access is refused only if it is both below the base and beyond the top",
    planted: "impl/engine/access.ts, checkAccess",
    difficulty: 1,
  },
  {
    id: "E05",
    kind: "encoding and bounds",
    source: "CTSRD-CHERI/cheri-compressed-cap 6f5e9c7",
    effect: "the conservative representability check allows one unit too many",
    planted: "impl/capability/range.ts, representable",
    difficulty: 4,
  },
  {
    id: "E06",
    kind: "encoding and bounds",
    source: "CTSRD-CHERI/cheri-compressed-cap 8c784b4",
    effect:
      "the edge of the representable region is not cut to three bits: bounds with a small B decode elsewhere",
    planted: "impl/capability/bounds.ts, edgeOf",
    difficulty: 3,
  },
  {
    id: "E08",
    kind: "encoding and bounds",
    source: "CTSRD-CHERI/cheri-compressed-cap a8aa4ab",
    effect: "CRAM and CRRL are worked out from the length before it is rounded",
    planted: "impl/capability/narrowing.ts, alignmentMask",
    difficulty: 3,
  },
  {
    id: "E18",
    kind: "encoding and bounds",
    source: "CTSRD-CHERI/riscv-isa-sim b887bf9",
    effect:
      "CIncOffset and CSetOffset keep the tag of an unrepresentable result, which then has other bounds",
    planted: "impl/capability/slots.ts, increment",
    difficulty: 2,
  },
  {
    id: "E19",
    kind: "encoding and bounds",
    source: "CTSRD-CHERI/riscv-isa-sim fddb9e6",
    effect: "CSetBoundsExact keeps the tag of rounded bounds",
    planted: "impl/capability/slots.ts, setBounds",
    difficulty: 2,
  },
  {
    id: "E21",
    kind: "encoding and bounds",
    source: "CTSRD-CHERI/cheri-cap-lib 354a673",
    effect: "CSetBounds keeps the tag of bounds outside those of its source",
    planted: "impl/capability/slots.ts, setBounds",
    difficulty: 1,
  },
  {
    id: "E24",
    kind: "encoding and bounds",
    source: "CTSRD-CHERI/cheri-cap-lib 033135b",
    effect: "a capability with an exponent loses a bit of its top on the way to memory",
    planted: "impl/engine/ops-cheri-memory.ts, putCapability",
    difficulty: 3,
  },
  {
    id: "E25",
    kind: "encoding and bounds",
    source: "CTSRD-CHERI/qemu e700ba3",
    effect: "CBuildCap accepts a pattern of bounds that nothing else makes",
    planted: "impl/capability/authority.ts, mayBuild",
    difficulty: 3,
  },
  {
    id: "E27",
    kind: "encoding and bounds",
    source: "CTSRD-CHERI/TestRIG-traces, C library",
    effect: "CSetBounds up to the end of the address space gives a top of 0",
    planted: "impl/capability/narrowing.ts, narrow",
    difficulty: 3,
  },
  {
    id: "E28",
    kind: "encoding and bounds",
    source: "CTSRD-CHERI/qemu 02fe050",
    effect: "CTestSubset takes a top of 2^64 for 2^64-1",
    planted: "impl/capability/authority.ts, isSubset",
    difficulty: 5,
  },
  {
    id: "E29",
    kind: "encoding and bounds",
    source: "CTSRD-CHERI/qemu acf11e5",
    effect:
      "the end of an access is compared modulo 2^64: the last bytes of the address space are in any bounds",
    planted: "impl/engine/access.ts, checkAccess",
    difficulty: 3,
  },
];

const permissions: readonly PlantedFault[] = [
  {
    id: "P01",
    kind: "permissions and authority",
    source: "CTSRD-CHERI/qemu 2e65e30",
    effect: "an AMO needs no store permission",
    planted: "impl/engine/ops-atomic.ts, amo",
    difficulty: 2,
  },
  {
    id: "P04",
    kind: "permissions and authority",
    source: "CTSRD-CHERI/qemu ba3e90f",
    effect: "LR.C and SC.C need no permission at all",
    planted: "impl/engine/ops-cheri-atomic.ts",
    difficulty: 2,
  },
  {
    id: "P06",
    kind: "permissions and authority",
    source: "CTSRD-CHERI/qemu#277",
    effect: "lc.cap checks neither tag, seal, permission nor bounds",
    planted: "impl/engine/ops-cheri-memory.ts, lc.cap",
    difficulty: 2,
  },
  {
    id: "P12",
    kind: "permissions and authority",
    source: "CTSRD-CHERI/qemu 1ac298c",
    effect: "CSRs are open to a PCC without Access_System_Registers",
    planted: "impl/engine/ops-system.ts, accessCsr",
    difficulty: 1,
  },
  {
    id: "P14",
    kind: "permissions and authority",
    source: "microsoft/cheriot-ibex 4a739b4f",
    effect: "MRET needs no Access_System_Registers",
    planted: "impl/engine/ops-system.ts, mret",
    difficulty: 3,
  },
  {
    id: "P18",
    kind: "permissions and authority",
    source: "CHERIoT-Platform/cheriot-sail cf6044a",
    effect: "a capability loaded without Load_Cap keeps its tag",
    planted: "impl/engine/ops-cheri-memory.ts, takeCapability",
    difficulty: 3,
  },
  {
    id: "P20",
    kind: "permissions and authority",
    source: "bluespec/Flute 532f154",
    effect: "CBuildCap with c0 checks the null capability in c0 in the place of DDC",
    planted: "impl/engine/ops-cheri-derive.ts, cbuildcap",
    difficulty: 3,
  },
  {
    id: "P22",
    kind: "permissions and authority",
    source: "bluespec/Flute eb16b19",
    effect: "storing an untagged capability needs Store_Cap (too strict)",
    planted: "impl/engine/ops-cheri-memory.ts, neededToStore",
    difficulty: 2,
  },
  {
    id: "P24",
    kind: "permissions and authority",
    source: "proteus-core/proteus#2",
    effect: "storing a tagged capability needs neither Store_Cap nor Store_Local_Cap",
    planted: "impl/engine/ops-cheri-memory.ts, neededToStore",
    difficulty: 1,
  },
  {
    id: "P25",
    kind: "permissions and authority",
    source: "bluespec/Toooba e37339b",
    effect: "CToPtr gives the address of an untagged capability",
    planted: "impl/engine/ops-cheri-inspect.ts, ctoptr",
    difficulty: 2,
  },
  {
    id: "P26",
    kind: "permissions and authority",
    source: "CTSRD-CHERI/qemu 82fc6e0",
    effect: "CToPtr gives 0 for tagged capabilities and the address for untagged ones",
    planted: "impl/engine/ops-cheri-inspect.ts, ctoptr",
    difficulty: 1,
  },
];

const sealing: readonly PlantedFault[] = [
  {
    id: "S02",
    kind: "sealing",
    source: "bluespec/Toooba d629d678",
    effect: "CUnseal asks for the permission to seal",
    planted: "impl/capability/authority.ts, mayUnseal",
    difficulty: 2,
  },
  {
    id: "S03",
    kind: "sealing",
    source: "CTSRD-CHERI/riscv-isa-sim 1ef677c",
    effect: "CUnseal needs no permission",
    planted: "impl/capability/authority.ts, mayUnseal",
    difficulty: 1,
  },
  {
    id: "S04",
    kind: "sealing",
    source: "CHERIoT-Platform/cheriot-sail#5",
    effect: "every sealed capability can be jumped to as if it were a sentry",
    planted: "impl/engine/ops-jump.ts, cjalr",
    difficulty: 2,
  },
  {
    id: "S08",
    kind: "sealing",
    source: "CTSRD-CHERI/qemu 44a5bf3b",
    effect: "the twelve largest ordinary object types cannot be sealed with",
    planted: "impl/capability/authority.ts, maySeal",
    difficulty: 3,
  },
  {
    id: "S11",
    kind: "sealing",
    source: "CTSRD-CHERI/qemu 2b1a3b1",
    effect: "CCSeal with an untagged authority does not pass its source through",
    planted: "impl/capability/authority.ts, passesUnsealed",
    difficulty: 3,
  },
  {
    id: "S14",
    kind: "sealing",
    source: "bluespec/Flute 5faba6d",
    effect: "a jump to a sentry leaves PCC sealed",
    planted: "impl/engine/emission.ts, installPcc",
    difficulty: 1,
  },
  {
    id: "S17",
    kind: "sealing",
    source: "CTSRD-CHERI/qemu 57b728d",
    effect: "a sealed MEPCC keeps its tag although its address is changed to an even one",
    planted: "impl/engine/trap.ts, legaliseExceptionPc",
    difficulty: 3,
  },
  {
    id: "S18",
    kind: "sealing",
    source: "CTSRD-CHERI/qemu#227",
    effect: "CJAL leaves an unsealed code capability as its link",
    planted: "impl/engine/ops-jump.ts, cjal",
    difficulty: 2,
  },
];

const controlFlow: readonly PlantedFault[] = [
  {
    id: "F02",
    kind: "control flow",
    source: "CTSRD-CHERI/qemu f44186c",
    effect: "the target of JAL is not checked against PCC",
    planted: "impl/engine/ops-jump.ts, jal",
    difficulty: 2,
  },
  {
    id: "F03",
    kind: "control flow",
    source: "bluespec/Flute 77fbc1b",
    effect: "CJALR goes to its target and keeps the old PCC",
    planted: "impl/engine/ops-jump.ts, cjalr",
    difficulty: 2,
  },
  {
    id: "F07",
    kind: "control flow",
    source: "CTSRD-CHERI/qemu 0e5db79",
    effect: "MRET restores only the address of MEPCC: PCC stays that of the handler",
    planted: "impl/engine/trap.ts, leaveTrap",
    difficulty: 2,
  },
];

const tagsAndMemory: readonly PlantedFault[] = [
  {
    id: "T01",
    kind: "tags and memory",
    source: "CTSRD-CHERI/qemu d020a4b",
    effect: "sd.cap leaves the tag of the granule that it writes: any capability can be forged",
    planted: "impl/engine/ops-memory.ts, store",
    difficulty: 1,
  },
  {
    id: "T02",
    kind: "tags and memory",
    source: "CTSRD-CHERI/qemu#73",
    effect: "a store across two granules clears only the first one's tag",
    planted: "impl/engine/ram.ts, touch",
    difficulty: 3,
  },
  {
    id: "T04",
    kind: "tags and memory",
    source: "CTSRD-CHERI/qemu d6fc2f3",
    effect: "a store also clears the tag of the granule behind (too strict)",
    planted: "impl/engine/ram.ts, touch",
    difficulty: 2,
  },
  {
    id: "T05",
    kind: "tags and memory",
    source: "CTSRD-CHERI/qemu ea0b4c7",
    effect: "a store-conditional that fails clears the tag all the same (too strict)",
    planted: "impl/engine/memory-code.ts, storeConditional",
    difficulty: 3,
  },
  {
    id: "T10",
    kind: "tags and memory",
    source: "CTSRD-CHERI/sail-cheri-riscv cb44e5a",
    effect: "CLoadTags reads its tags from the wrong place, one granule on",
    planted: "impl/engine/ops-cheri-memory.ts, cloadtags",
    difficulty: 3,
  },
  {
    id: "T11",
    kind: "tags and memory",
    source: "CTSRD-CHERI/riscv-isa-sim 9bc4808",
    effect: "a capability store writes the wrong register: that of its address",
    planted: "impl/engine/ops-cheri-memory.ts, putCapability",
    difficulty: 1,
  },
];

const systemState: readonly PlantedFault[] = [
  {
    id: "X04",
    kind: "system state",
    source: "CTSRD-CHERI/sail-cheri-riscv c93d5ef",
    effect: "STDC reads as SScratchC and SScratchC as STDC",
    planted: "impl/engine/ops-cheri-special.ts, cspecialrw",
    difficulty: 2,
  },
  {
    id: "X08",
    kind: "system state",
    source: "bluespec/Flute 22128c5",
    effect: "a trap that DDC causes names PCC",
    planted: "impl/engine/access.ts, checkAccess",
    difficulty: 1,
  },
  {
    id: "X09",
    kind: "system state",
    source: "microsoft/cheriot-ibex#10",
    effect: "a sealed capability written to MTCC keeps its tag although its address is made a legal one",
    planted: "impl/engine/trap.ts, writeTrapVector",
    difficulty: 3,
  },
  {
    id: "X10",
    kind: "system state",
    source: "microsoft/cheriot-ibex a316063",
    effect: "writing the CSR mepc keeps the tag of an MEPCC that is sealed or cannot represent the address",
    planted: "impl/engine/csr.ts, write",
    difficulty: 3,
  },
];

/** Every planted fault, by class. */
export const roster: readonly PlantedFault[] = [
  ...encoding,
  ...permissions,
  ...sealing,
  ...controlFlow,
  ...tagsAndMemory,
  ...systemState,
];
