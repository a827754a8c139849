import { rulesOf } from "./rule.ts";

/** What a cVM can reach. */
export const reachableRules = rulesOf("M", {
  registers: [
    "registers",
    [1, 26, 27, 37, 54, 90, 92],
    "A register of a thread covers only the parts of the domain it is in, live grants it has open, the buffer it serves",
  ],
  pcc: [
    "pcc",
    [4, 9, 93],
    "PCC covers exactly the code part of the domain that the thread is in, and cannot write",
  ],
  ddc: ["ddc", [4, 28, 29, 93], "DDC is the domain's data part, or exactly what the guest narrowed it to"],
  buffer: [
    "buffer",
    [51, 68],
    "c27 is exactly the buffer of the call being served, with its rights, or nothing",
  ],
  store: [
    "store",
    [5, 49, 50, 55],
    "A capability store has exactly the capability of each live grant that is open, with its bounds and rights",
  ],
  sealed: [
    "sealed",
    [15, 16, 20, 22],
    "What a cVM holds sealed is the gate at its entry, or a thread's block",
  ],
  ownType: ["own type", [20, 21, 86], "No two cVMs have the same object type"],
  pairs: ["pairs", [21, 23, 67, 91], "The gate pair of a stack is that of the thread that runs on it"],
  noSealing: ["no sealing", [16], "No register of a guest permits to seal or to unseal"],
  noSystem: ["no system registers", [19], "No register of a guest permits access to system registers"],
  noCapabilityStore: [
    "no capability store",
    [13, 14, 50],
    "Nothing that a guest holds permits to store capabilities",
  ],
  writeOrExecute: [
    "write or execute",
    [10],
    "Nothing that a guest holds permits both to write and to execute",
  ],
  untaggedMemory: ["untagged memory", [11, 12, 13, 82], "No granule is tagged but in capability stores"],
  gate: [
    "gate",
    [24, 25, 36],
    "A thread in the gate has the Intravisor's authority where the gate has it, and else what its domains may hold",
  ],
  local: [
    "local",
    [13, 16],
    "What the Intravisor has for itself is not global, so that no guest could store it",
  ],
});
