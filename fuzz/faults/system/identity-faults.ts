/** Mistakes by which a cVM acts, or is taken, for another. */
import { ofKind } from "../planted-fault.ts";
import { inImpl, inModel } from "./patch.ts";

const PROTOTYPE = "lsds/intravisor";

/** What makes host calls in the reference act for another cVM; what the guest's own stubs do stays as it is. */
const actsFor = (other: string) => [
  inModel(
    "system",
    "call.perform(system, caller, args);",
    "call.perform(system, [22n, 23n, 38n, 39n].includes(call.number) ? caller : mistaken(system, caller), args);",
  ),
  inModel(
    "system",
    "/** Values are 64 bits wide,",
    `function mistaken(system: System, caller: Caller): Caller {
  const { cvm } = caller;
  const other = ${other};
  return other?.state === "running" ? { ...caller, cvm: other } : caller;
}

/** Values are 64 bits wide,`,
  ),
];
/** Where the Intravisor settles who calls. */
const WHO = "    const cvm = domainOf(thread);\n    const ddc = pointersUnder(cvm, ";
const iam = (other: string) => `    const cvm = ${other};\n    const ddc = pointersUnder(domainOf(thread), `;

export const identity = ofKind("identity", [
  {
    id: "M15",
    source: `${PROTOTYPE} get_cur_thread`,
    effect: "who calls is found by the stack pointer: a layer's stack is in the cVM around it",
    difficulty: 2,
    expect: ["A", "O", "D"],
    impl: [
      inImpl("kernel", WHO, iam("ownerOf(this.tables, stackPointer(engine, thread)) ?? domainOf(thread)")),
      inImpl(
        "kernel",
        "function emptyTables(",
        `function stackPointer(engine: Engine, thread: Thread): bigint {
  const bytes = engine.peek(BigInt(blockOf(thread) + block.preserved + 8), 8).slice();
  return new BigUint64Array(bytes.buffer)[0]!;
}

/** The cVM in whose data part a stack pointer is, or at whose end; the outermost. */
function ownerOf({ cvms }: Tables, sp: bigint): Cvm | undefined {
  const at = Number(sp);
  return cvms.find(
    (cvm) =>
      cvm !== null &&
      cvm.state === "running" &&
      cvm.parent === null &&
      at > cvm.dataBase &&
      at <= cvm.dataBase + cvm.dataSize,
  )!;
}

function emptyTables(`,
      ),
    ],
    model: [
      ...actsFor(`system.cvms.find((one) => one?.state === "running" && one.parent === null &&
    isInside(cvm.data.base, cvm.data.size, one.data))`),
    ],
  },
  {
    id: "M16",
    source: PROTOTYPE,
    effect: "who calls is read from the guest's memory: a byte of its data part, if it is not 0",
    difficulty: 3,
    expect: ["A", "O", "D"],
    impl: [
      inImpl("kernel", WHO, iam("this.named(domainOf(thread))")),
      inImpl(
        "kernel",
        "  /** a0 to a7 of a thread that goes into a callee. */",
        `  private named(cvm: Cvm): Cvm {
    const [slot] = this.engine.peek(BigInt(cvm.dataBase + 0x200), 1);
    const other = slot === 0 ? null : this.tables.cvms[slot! % 8];
    return other?.state === "running" ? other : cvm;
  }

  /** a0 to a7 of a thread that goes into a callee. */`,
      ),
    ],
    model: [
      ...actsFor(`(([slot]) => (slot === 0 ? null : system.cvms[slot! % 8]))(
    readBytes(system.memory, Number(cvm.data.base - RAM_BASE) + 0x200, 1))`),
    ],
  },
  {
    id: "M24",
    source: PROTOTYPE,
    effect: "cp_call takes the handle of any cVM: an endpoint is a number that can be guessed",
    difficulty: 2,
    expect: ["A", "O", "D"],
    impl: [
      inImpl(
        "crossing-request",
        '  const found = endpointAt(frame);\n  if (found === null) return "EBADF";\n  const bytes',
        `  const all = frame.tables.cvms.map((cvm) => cvm && endpointAt({ ...frame, cvm }));
  const found = endpointAt(frame) ?? all.find((one) => one !== null) ?? null;
  if (found === null) return "EBADF";
  const bytes`,
      ),
    ],
    model: [
      inModel(
        "cp-call-request",
        '  const found = endpointHandle(system, caller, args[0]!);\n  if (found === null) return "EBADF";\n',
        `  const all = system.cvms.map((cvm) => cvm && endpointHandle(system, { ...caller, cvm }, args[0]!));
  const found = endpointHandle(system, caller, args[0]!) ?? all.find((one) => one !== null) ?? null;
  if (found === null) return "EBADF";
`,
      ),
    ],
  },
  {
    id: "K14",
    source: "none known; the first frame taken for the last",
    effect: "a callee is told who owns the thread that calls, not which cVM calls",
    difficulty: 3,
    expect: ["A", "O", "D"],
    impl: [
      inImpl("crossing-request", "request: { caller: frame.cvm,", "request: { caller: frame.thread.cvm,"),
    ],
    model: [
      inModel(
        "cp-call-request",
        "const request = { caller: caller.cvm.identity,",
        "const request = { caller: caller.owner,",
      ),
    ],
  },
  {
    id: "K15",
    source: "none known; identity without generation",
    effect: "an access list lets in whoever has the slot of one that is named",
    difficulty: 4,
    expect: ["A", "T", "O", "D"],
    impl: [
      inImpl(
        "file-calls",
        "acl.includes(BigInt(who.slot) | (BigInt(who.generation) << 32n))",
        "acl.some((word) => (word & 0xffff_ffffn) === BigInt(who.slot))",
      ),
    ],
    model: [
      inModel(
        "keys",
        "acl.some((listed) => isSame(listed, who))",
        "acl.some(({ slot }) => slot === who.slot)",
      ),
    ],
  },
  {
    id: "K16",
    source: "none known; a wait that is looked up by the place in a page",
    effect: "futex_wake wakes whoever waits at the same place of any page, in any cVM",
    difficulty: 2,
    expect: ["A", "N", "O", "D"],
    impl: [
      inImpl(
        "basic-calls",
        "thread.wait.address !== address",
        "(thread.wait.address - address) % 4096n !== 0n",
      ),
    ],
    model: [
      inModel("threads", "wait.address === address ? 0n", "(wait.address - address) % 4096n === 0n ? 0n"),
    ],
  },
  {
    id: "K17",
    source: "none known; timers kept by the number of a thread",
    effect: "a timer ends the sleep of the threads of that number in all cVMs",
    difficulty: 3,
    expect: ["A", "N", "O", "D"],
    impl: [
      inImpl(
        "life",
        'if (thread.wait?.for === "time") wake(thread, "EINTR");',
        `for (const other of waiters({ tables })) {
        if (other.number === thread.number && other.wait?.for === "time") wake(other, "EINTR");
      }`,
      ),
    ],
    model: [
      inModel(
        "time",
        'wait.for === "time" && isSame(cvm.identity, owner) && number === thread ?',
        'wait.for === "time" && number === thread ?',
      ),
    ],
  },
  {
    id: "M37",
    source: PROTOTYPE,
    effect: "timers are charged to the first cVM and fire there",
    difficulty: 2,
    expect: ["A", "N", "O", "D"],
    impl: [
      inImpl(
        "basic-calls",
        "const timerArm: Call = ({ tables, thread, cvm, args }) => {\n",
        `const timerArm: Call = ({ tables, args }) => {
  const cvm = tables.cvms.find((one) => one !== null)!;
  const thread = cvm.threads[0]!;
`,
      ),
    ],
    model: [
      inModel(
        "time",
        "export function timerArm(system: System, { owner, thread, cvm }: Caller, args: readonly bigint[]): Change {\n",
        `export function timerArm(system: System, _caller: Caller, args: readonly bigint[]): Change {
  const cvm = system.cvms.find((one) => one !== null)!;
  const owner = cvm.identity;
  const thread = cvm.threads[0]!;
`,
      ),
    ],
  },
]);
