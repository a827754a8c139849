/** Mistakes by which something is still there after its end: grants, handles, endpoints, whole cVMs. */
import { ofKind } from "../planted-fault.ts";
import { inImpl, inModel } from "./patch.ts";

const PROTOTYPE = "lsds/intravisor";
export const temporal = ofKind("temporal", [
  {
    id: "K21",
    source: `${PROTOTYPE}; published handlers stay after exit`,
    effect: "the endpoints of a cVM can be called when it is dead",
    difficulty: 2,
    expect: ["T", "S", "D"],
    impl: [
      inImpl(
        "crossing-part",
        "    if (endpoint.owner !== cvm) continue;\n",
        "    if (endpoint.live) continue;\n",
      ),
    ],
    model: [
      inModel(
        "cp-call-part",
        "const gone = [...system.endpoints].filter(",
        "const gone = [...new Map(system.endpoints)].slice(0, 0).filter(",
      ),
      inModel(
        "cp-call-room",
        "  const callee = findCvm(system, owner)!;\n  const activations",
        "  const callee = findCvm(system, owner);\n  if (callee === null) return null;\n  const activations",
      ),
    ],
  },
  {
    id: "R08",
    source: "CHERIoT-Platform/cheriot-rtos c50d78f",
    effect: "the memory of a dead cVM is free again while dead layers still lie in it",
    difficulty: 3,
    expect: ["T", "S", "A", "D"],
    impl: [
      inImpl("intravisor", 'if (cvm.state !== "quarantine" || hasInner)', 'if (cvm.state !== "quarantine")'),
    ],
    model: [
      inModel(
        "lifecycle",
        'if (cvm.state !== "quarantine" || isOuter) {',
        'if (cvm.state !== "quarantine") {',
      ),
    ],
  },
  {
    id: "R13",
    source: "CHERIoT-Platform/cheriot-rtos 4a1c950",
    effect: "generations of handles wrap: of four that had an index, the first is good again",
    difficulty: 4,
    expect: ["T", "A", "D"],
    impl: [
      inImpl(
        "file-calls",
        "number >> 16n === BigInt(cvm.handleGenerations[index]!)",
        "((number >> 16n) & 3n) === (BigInt(cvm.handleGenerations[index]!) & 3n)",
      ),
      inImpl(
        "stub-code",
        "  srli x30, x10, 16\n  bne x29, x30, badHandle\n  beq x29, x0, badHandle\n",
        `  beq x29, x0, badHandle
  srli x30, x10, 16
  andi x29, x29, 3
  andi x30, x30, 3
  bne x29, x30, badHandle
`,
      ),
    ],
    model: [
      inModel(
        "handles",
        "return number >> INDEX_BITS === BigInt(cvm.handleGenerations[index]!)",
        "return ((number >> INDEX_BITS) & 3n) === (BigInt(cvm.handleGenerations[index]!) & 3n)",
      ),
    ],
  },
  {
    id: "K22",
    source: "none known; handles without generation",
    effect: "a closed handle means what has its index now",
    difficulty: 2,
    expect: ["T", "A", "D"],
    impl: [
      inImpl("file-calls", "&& number >> 16n === BigInt(cvm.handleGenerations[index]!)", ""),
      inImpl("stub-code", "  bne x29, x30, badHandle\n", ""),
    ],
    model: [
      inModel(
        "handles",
        "return number >> INDEX_BITS === BigInt(cvm.handleGenerations[index]!)",
        "return true",
      ),
    ],
  },
  {
    id: "K23",
    source: "none known; layers that outlive what they lie in",
    effect: "layers go on when the cVM around them dies",
    difficulty: 1,
    expect: ["T", "S", "A", "D"],
    impl: [
      inImpl(
        "life",
        'if (child !== null && child.parent === cvm && child.state === "running") endCvm(ending, child);',
        "if (child === cvm.parent) break;",
      ),
    ],
    model: [
      inModel(
        "lifecycle",
        `if (child?.parent && isSame(child.parent, identity) && child.state === "running")
      take(end(after, child.identity));`,
        "if (child?.identity === cvmsParent) break;",
      ),
      inModel(
        "lifecycle",
        "  for (const child of system.cvms) {\n",
        "  const cvmsParent = {};\n  for (const child of system.cvms) {\n",
      ),
    ],
  },
  {
    id: "K24",
    source: "none known; blocks of threads that are not scrubbed",
    effect: "what the gate kept for the threads of a dead cVM stays in the Intravisor's memory",
    difficulty: 3,
    expect: ["T"],
    impl: [
      inImpl(
        "life",
        "  for (const thread of cvm.threads) engine.load(BigInt(blockOf(thread)), new Uint8Array(BLOCK_BYTES));\n",
        "",
      ),
    ],
    model: [],
  },
  {
    id: "K25",
    source: "none known; c27 that nobody clears",
    effect: "c27 keeps the buffer of a call when the thread is back from it",
    difficulty: 3,
    expect: ["T", "A", "D"],
    impl: [
      inImpl(
        "gate-code",
        `  lc c27, \${block.buffer}(c31)\n`,
        `  lc c5, \${block.buffer}(c31)
  cgettag x7, c5
  beq x7, x0, kept
  cmove c27, c5
kept:
  lc c5, \${block.ddc}(c31)
  addi x7, x0, 0
`,
      ),
    ],
    model: [],
  },
  {
    id: "K26",
    source: "none known; in-flight calls that are forgotten",
    effect: "cp_call_unregister leaves those in the callee who are there",
    difficulty: 2,
    expect: ["T", "A", "D"],
    impl: [
      inImpl(
        "crossing-part",
        "  part(crossings, (frame) => (frame.endpoint === endpoint ? over : null));\n",
        "",
      ),
    ],
    model: [
      inModel(
        "cp-call-part",
        "activation?.endpoint === number ? overWith : null,",
        "activation?.endpoint === -number ? overWith : null,",
      ),
    ],
  },
  {
    id: "K27",
    source: "none known; a guest that goes on after its fault",
    effect: "a cVM that faults, and has no handler for that, lives on",
    difficulty: 1,
    expect: ["A", "V", "D"],
    impl: [inImpl("traps", "if (!isDelivered) this.recipient.end(domainOf(thread));", "")],
    model: [
      inModel(
        "exceptions",
        "  const ended = end(system, caller.cvm.identity);\n  return changed(ended.system, outcome, { woken: ended.woken });\n",
        "  return changed(system, outcome);\n",
      ),
    ],
  },
]);
