/** Mistakes of the gate and of the trusted stack: ways in and out, what is saved, and what is not cleared. */
import { ofKind } from "../planted-fault.ts";
import { inImpl, inModel } from "./patch.ts";

const PROTOTYPE = "lsds/intravisor";

/** Registers that hold nothing when the gate goes back, but what it leaves there. */
const RESULTS_ONLY = "  cclear 1, 224\n  cclear 2, 3\n  cclear 3, 112\n";

export const crossing = ofKind("crossing", [
  {
    id: "M14",
    source: PROTOTYPE,
    effect: "what the gate saves for a thread lies on the guest's stack",
    difficulty: 2,
    expect: ["M", "S", "D"],
    impl: [
      inImpl(
        "domain",
        "  return cvm.blocks + number * BLOCK_BYTES;\n",
        "  return stackTop(cvm, number) - BLOCK_BYTES;\n",
      ),
    ],
    model: [],
  },
  {
    id: "M19",
    source: PROTOTYPE,
    effect: "the gate clears no register that holds no result on its way back",
    difficulty: 2,
    expect: ["A", "M", "N"],
    impl: [
      inImpl("gate-code", RESULTS_ONLY, ""),
      inImpl("gate-code", "  cclear 3, 128\n", ""),
      inImpl("gate-code", "  cclear 0, 160\n", ""),
    ],
    model: [],
  },
  {
    id: "M21",
    source: PROTOTYPE,
    effect: "a callee begins with its caller's registers",
    difficulty: 3,
    expect: ["A", "N"],
    impl: [
      inImpl(
        "crossing",
        "const words = new BigUint64Array((BLOCK_BYTES - INTEGERS_AT) / 8);",
        "const words = new BigUint64Array(engine.peek(BigInt(at + INTEGERS_AT), BLOCK_BYTES - INTEGERS_AT).slice().buffer);",
      ),
      inImpl("gate-code", "  cclear 3, 112\nleave:", "leave:"),
    ],
    model: [],
  },
  {
    id: "M22",
    source: PROTOTYPE,
    effect: "the gate takes the caller's DDC from a register that the guest fills in",
    difficulty: 4,
    expect: ["A", "M"],
    impl: [
      inImpl("gate-code", "  cspecialrw c5, ddc, c0\n", "  cmove c5, c7\n"),
      inImpl(
        "stub-code",
        "  cmove c7, c0\n  cinvoke c5, c6\n",
        "  cspecialrw c7, ddc, c0\n  cinvoke c5, c6\n",
      ),
    ],
    model: [],
  },
  {
    id: "R04",
    source: "CHERIoT-Platform/cheriot-rtos 1966ac9",
    effect: "a trusted stack with one callee on it counts as empty: its cp_call_return is refused",
    difficulty: 1,
    over: true,
    expect: ["V", "O", "D"],
    impl: [
      inImpl(
        "crossing-calls",
        'if (innermost.call === null) return "EPERM";',
        'if (innermost.call === null || thread.frames.length <= 2) return "EPERM";',
      ),
    ],
    model: [
      inModel(
        "cp-call",
        'if (activation === null) return failed(system, "EPERM");',
        'if (activation === null || thread.frames.length <= 2) return failed(system, "EPERM");',
      ),
    ],
  },
  {
    id: "R05",
    source: "CHERIoT-Platform/cheriot-rtos b9d2191",
    effect: "where a callee dies deep in a chain of calls, its caller's caller goes on, not its caller",
    difficulty: 3,
    expect: ["A", "T", "V", "D"],
    impl: [
      inImpl(
        "crossing-part",
        "parting.comeDown(thread, last + 1);",
        "parting.comeDown(thread, Math.max(1, last));",
      ),
    ],
    model: [
      inModel(
        "cp-call-part",
        "? { ...thread, state, wait, frames }",
        "? { ...thread, state, wait, frames: error === null || frames.length < 2 ? frames : frames.slice(0, -1) }",
      ),
    ],
  },
  {
    id: "K28",
    source: "none known; the mark of a block in use",
    effect: "the gate can be entered with a block that is in use",
    difficulty: 5,
    expect: ["A", "D"],
    impl: [inImpl("gate-code", "  bne x5, x0, refuse\n", "  addi x5, x0, 0\n")],
    model: [],
  },
  {
    id: "K29",
    source: "none known; the mark of a block in use",
    effect: "the gate does not say when it is done with a block: a thread calls once",
    difficulty: 1,
    over: true,
    expect: ["V", "O", "D"],
    impl: [inImpl("gate-code", `  sd x0, \${block.inUse}(c31)\n`, "")],
    model: [],
  },
  {
    id: "K30",
    source: "none known; a mask of CCLEAR",
    effect: "the gate leaves the thread's block in c31, with the Intravisor's own capabilities in it",
    difficulty: 2,
    expect: ["M", "A"],
    impl: [inImpl("gate-code", "  cclear 3, 128\n", "")],
    model: [],
  },
  {
    id: "K31",
    source: "none known; a mask of CCLEAR",
    effect: "the gate leaves DDC in c5",
    difficulty: 3,
    expect: ["A"],
    impl: [inImpl("gate-code", "  cclear 0, 160\n", "")],
    model: [],
  },
  {
    id: "K32",
    source: "none known; a mask of CCLEAR",
    effect: "on the way back a3 to a7 and t3 to t5 are as the callee, or the gate, left them",
    difficulty: 3,
    expect: ["A", "N"],
    impl: [inImpl("gate-code", RESULTS_ONLY, "")],
    model: [],
  },
  {
    id: "K33",
    source: "none known; a mask of CCLEAR",
    effect: "t3 to t5 reach the callee as the caller had them",
    difficulty: 3,
    expect: ["A", "N"],
    impl: [inImpl("gate-code", "  cclear 3, 112\nleave:", "leave:")],
    model: [],
  },
  {
    id: "K34",
    source: "none known; a register of the gate taken for what the block says",
    effect: "after a crossing DDC is that of the domain that called: a callee has its caller's",
    difficulty: 1,
    expect: ["M", "A", "N", "D"],
    impl: [inImpl("gate-code", `  lc c5, \${block.ddc}(c31)\n`, "")],
    model: [
      inModel(
        "cp-call-room",
        "ddc: callee.data, activation, callback: null }",
        "ddc: thread.frames.at(-1)!.ddc, activation, callback: null }",
      ),
      inModel(
        "cp-call",
        "const frames = thread.frames.slice(0, -1);",
        `const below = thread.frames.slice(0, -1);
  const frames = below.length === 0 ? below : below.with(-1, { ...below.at(-1)!, ddc: frame.ddc });`,
      ),
    ],
  },
  {
    id: "K35",
    source: "none known; a trusted stack from which too much is taken",
    effect: "cp_call_return goes back over two calls at once if there are so many",
    difficulty: 2,
    expect: ["A", "D"],
    impl: [
      inImpl(
        "crossing-calls",
        "  } else crossing.leave(thread);\n",
        `  } else {
    crossing.leave(thread);
    if (thread.frames.length > 1) crossing.leave(thread);
  }
`,
      ),
    ],
    model: [
      inModel(
        "cp-call",
        "const frames = thread.frames.slice(0, -1);",
        "const frames = thread.frames.slice(0, thread.frames.length > 2 ? -2 : -1);",
      ),
    ],
  },
  // In both: what is erased with the first of two activations is the pair of both.
  {
    id: "K36",
    source: "none known; stacks that are not counted as taken",
    effect: "two calls into a cVM run on one stack",
    difficulty: 2,
    expect: ["S", "A", "D"],
    impl: [
      inImpl(
        "crossing",
        "if (!taken.has(stack)) return stack;",
        "if (!taken.has(stack) || active > 0) return stack;",
      ),
    ],
    model: [
      inModel(
        "cp-call-room",
        "if (!taken.has(stack)) return stack;",
        "if (!taken.has(stack) || active > 0) return stack;",
      ),
    ],
  },
  {
    id: "K37",
    source: "none known; pairs that stay in the store",
    effect: "the gate pair of a call stays with the callee when the call is over",
    difficulty: 3,
    expect: ["T", "S", "M"],
    impl: [inImpl("crossing", "    takePair(forge, cvm, stack);\n", "")],
    model: [],
  },
  {
    id: "K38",
    source: "none known; a target that the guest gives",
    effect: "a call enters the callee two bytes behind the entry that it registered",
    difficulty: 2,
    expect: ["A", "D"],
    impl: [
      inImpl(
        "crossing",
        "put(block.target, BigInt(endpoint.entry));",
        "put(block.target, BigInt(endpoint.entry + 2));",
      ),
    ],
    model: [],
  },
  {
    id: "K39",
    source: "none known; an order of loads in the gate",
    effect: "the gate goes back to the address that ra has now, not to that it had when it was entered",
    difficulty: 2,
    expect: ["A", "D"],
    impl: [inImpl("gate-code", `  ld x5, \${block.target}(c31)\n`, "  addi x5, x1, 0\n")],
    model: [],
  },
  {
    id: "K40",
    source: "none known; one register fewer",
    effect: "the gate does not preserve the stack pointer",
    difficulty: 3,
    expect: ["A", "D"],
    impl: [
      inImpl(
        "gate-code",
        `leave:\n\${each(PRESERVED,`,
        `leave:\n\${each(PRESERVED.map((one) => (one === 2 ? 5 : one)),`,
      ),
    ],
    model: [],
  },
]);
