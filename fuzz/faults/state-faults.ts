/** Mistakes in control flow, tags, memory and the state of the system. */
import { ofKind } from "./planted-fault.ts";

export const controlFlow = ofKind("control flow", [
  [
    "F02",
    2,
    "CTSRD-CHERI/qemu f44186c",
    "impl/engine/ops-jump.ts, jal",
    "the target of JAL is not checked against PCC",
  ],
  [
    "F03",
    2,
    "bluespec/Flute 77fbc1b",
    "impl/engine/ops-jump.ts, cjalr",
    "CJALR goes to its target and keeps the old PCC",
  ],
  [
    "F07",
    2,
    "CTSRD-CHERI/qemu 0e5db79",
    "impl/engine/trap.ts, leaveTrap",
    "MRET restores only the address of MEPCC: PCC stays that of the handler",
  ],
]);

export const tagsAndMemory = ofKind("tags and memory", [
  [
    "T01",
    1,
    "CTSRD-CHERI/qemu d020a4b",
    "impl/engine/ops-memory.ts, store",
    "sd.cap leaves the tag of the granule that it writes: any capability can be forged",
  ],
  [
    "T02",
    3,
    "CTSRD-CHERI/qemu#73",
    "impl/engine/ram.ts, touch",
    "a store across two granules clears only the first one's tag",
  ],
  [
    "T04",
    2,
    "CTSRD-CHERI/qemu d6fc2f3",
    "impl/engine/ram.ts, touch",
    "a store also clears the tag of the granule behind (too strict)",
  ],
  [
    "T05",
    3,
    "CTSRD-CHERI/qemu ea0b4c7",
    "impl/engine/memory-code.ts, storeConditional",
    "a store-conditional that fails clears the tag all the same (too strict)",
  ],
  [
    "T10",
    3,
    "CTSRD-CHERI/sail-cheri-riscv cb44e5a",
    "impl/engine/ops-cheri-memory.ts, cloadtags",
    "CLoadTags reads its tags from the wrong place, one granule on",
  ],
  [
    "T11",
    1,
    "CTSRD-CHERI/riscv-isa-sim 9bc4808",
    "impl/engine/ops-cheri-memory.ts, putCapability",
    "a capability store writes the wrong register: that of its address",
  ],
]);

export const systemState = ofKind("system state", [
  [
    "X04",
    2,
    "CTSRD-CHERI/sail-cheri-riscv c93d5ef",
    "impl/engine/ops-cheri-special.ts, cspecialrw",
    "STDC reads as SScratchC and SScratchC as STDC",
  ],
  [
    "X08",
    1,
    "bluespec/Flute 22128c5",
    "impl/engine/access.ts, checkAccess",
    "a trap that DDC causes names PCC",
  ],
  [
    "X09",
    3,
    "microsoft/cheriot-ibex#10",
    "impl/engine/trap.ts, writeTrapVector",
    "a sealed capability written to MTCC keeps its tag although its address is made a legal one",
  ],
  [
    "X10",
    3,
    "microsoft/cheriot-ibex a316063",
    "impl/engine/csr.ts, write",
    "writing the CSR mepc keeps the tag of an MEPCC that is sealed or cannot represent the address",
  ],
]);
