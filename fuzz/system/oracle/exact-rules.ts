import { rulesOf } from "./rule.ts";

/** What is allowed succeeds, exactly. */
export const exactRules = rulesOf("O", {
  errors: [
    "errors",
    [7, 18, 33, 41, 43, 45, 52, 56, 58, 60, 63, 64, 66],
    "An error is given only for a reason that the ledger confirms",
  ],
  successes: [
    "successes",
    [2, 5, 7, 17, 41, 45, 49, 52, 53, 56, 60, 63, 64, 66, 67, 75, 89],
    "What there is a reason to refuse is refused",
  ],
  results: [
    "results",
    [23, 40, 46, 48, 57, 58, 60, 64, 65, 73, 75, 77, 80],
    "What succeeds returns exactly what it is asked for, no more and no less",
  ],
  copies: [
    "copies",
    [12, 57, 59, 60, 62, 74, 79],
    "Copies have moved exactly those bytes, and left alone what lies beside",
  ],
  entries: [
    "entries",
    [22, 23, 27, 40, 65],
    "A call enters its callee with its own integers, and the identity of its caller",
  ],
  accesses: [
    "accesses",
    [6, 8, 17],
    "A load or store succeeds exactly if its bytes lie within DDC, and faults otherwise",
  ],
  events: ["events", [2, 45, 47, 83, 88, 89], "cVMs are made, ended and reclaimed exactly when they can be"],
  wakes: [
    "wakes",
    [39, 40, 48, 61, 65, 70, 72, 78],
    "A wait or a call ends with what happened, when it has happened, or with an error that has a reason",
  ],
  turns: ["turns", [65, 66], "Of those who wait for an endpoint the one who came first goes in first"],
  devices: [
    "device lines",
    [23, 41],
    "A device shows what its caller does alone, and a console exactly the bytes that it was given",
  ],
  handlers: [
    "handlers",
    [37],
    "A handler of faults is told the fault, has its frame above its stack pointer, and nothing else in registers",
  ],
});
