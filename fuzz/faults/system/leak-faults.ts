/** Mistakes by which a cVM comes to read, or to write, bytes that nobody granted it. */
import { ofKind } from "../planted-fault.ts";
import { inImpl, inModel } from "./patch.ts";

const PROTOTYPE = "lsds/intravisor";

export const leaks = ofKind("leak", [
  {
    id: "M01",
    source: PROTOTYPE,
    effect: "a buffer whose bounds cannot be exact is exported with bounds that are rounded outwards",
    difficulty: 2,
    expect: ["M", "S", "O", "D"],
    impl: [
      inImpl(
        "file-calls",
        '  if (!isExact(pointer, length)) return "EINVAL";\n',
        `  const unit = isExact(pointer, length) ? 1n : BigInt(granuleOf(2 * Number(length)));
  const from = pointer - (pointer % unit);
  const end = pointer + length + unit - 1n;
`,
      ),
      inImpl("file-calls", "base: Number(pointer),", "base: Number(from),"),
      inImpl("file-calls", "size: Number(length),", "size: Number(end - (end % unit) - from),"),
      inImpl("file-calls", "import { RECORD_BYTES,", "import { granuleOf, RECORD_BYTES,"),
    ],
    model: [
      inModel(
        "cp-file",
        "  const range = { base: pointer, size: length };\n",
        `  const unit = isExact({ base: pointer, size: length }) ? 1n : granuleOf(2n * length);
  const from = pointer - (pointer % unit);
  const end = pointer + length + unit - 1n;
  const range = { base: from, size: end - (end % unit) - from };
`,
      ),
      inModel("cp-file", '  if (!isExact(range)) return failed(system, "EINVAL");\n', ""),
      inModel("cp-file", "import { isExact,", "import { granuleOf, isExact,"),
    ],
  },
  {
    id: "M25",
    source: `${PROTOTYPE} host_make_cap_call`,
    effect: "who calls while others wait for the same endpoint overwrites what they are to pass, buffers too",
    difficulty: 4,
    expect: ["A", "T", "N", "D"],
    impl: [
      inImpl(
        "crossing-calls",
        "import { type Endpoint, FRAMES_MAX }",
        "import { type Endpoint, FRAMES_MAX, waiters }",
      ),
      inImpl(
        "crossing-calls",
        "  const order = frame.tables.queued++;\n",
        `  for (const { wait: other } of waiters(frame)) {
    if (other?.for === "room" && other.request.endpoint === endpoint) Object.assign(other.request, request);
  }
  const order = frame.tables.queued++;
`,
      ),
    ],
    model: [
      inModel(
        "cp-call",
        "const queued = { ...system, next: system.next + 1 };",
        `const overwritten = (one: Thread): Thread =>
    one.wait?.for === "endpoint" && one.wait.request.endpoint === request.endpoint
      ? { ...one, wait: { ...one.wait, request } }
      : one;
  const cvms = system.cvms.map((cvm) => cvm && { ...cvm, threads: cvm.threads.map(overwritten) });
  const queued = { ...system, cvms, next: system.next + 1 };`,
      ),
    ],
  },
  {
    id: "M32",
    source: PROTOTYPE,
    effect: "what a dead cVM leaves in memory is not scrubbed, and the next one begins with it",
    difficulty: 2,
    expect: ["T", "S", "N", "D"],
    impl: [
      inImpl("life", "  engine.load(BigInt(cvm.dataBase), new Uint8Array(cvm.dataSize));\n", ""),
      inImpl("creation", "  engine.load(BigInt(dataBase), new Uint8Array(dataSize));\n", ""),
    ],
    model: [
      inModel(
        "lifecycle",
        "clearBytes(system.memory, Number(data.base - RAM_BASE), Number(data.size))",
        "clearBytes(created.memory, Number(code.base - RAM_BASE), Number(code.size))",
      ),
      inModel(
        "lifecycle",
        "clearBytes(system.memory, Number(cvm.data.base - RAM_BASE), Number(cvm.data.size))",
        "system.memory",
      ),
    ],
  },
  // In both: the reference has no code parts to look into.
  {
    id: "O12",
    source: "capablevms/cheri-examples#52",
    effect: "a callee runs with a DDC over all cVMs",
    difficulty: 1,
    expect: ["M", "S", "A", "D"],
    impl: [
      inImpl(
        "crossing",
        "    makeDdc(forge, callee);\n",
        "    forge.make({ base: ARENA_BASE, size: ARENA_TOP - ARENA_BASE, perms: perms.load | perms.store });\n",
      ),
      inImpl("crossing", "import { BLOCK_BYTES,", "import { ARENA_BASE, ARENA_TOP, BLOCK_BYTES,"),
    ],
    model: [
      inModel(
        "cp-call-room",
        "ddc: callee.data, activation, callback: null }",
        "ddc: { base: ARENA_BASE, size: ARENA_TOP - ARENA_BASE }, activation, callback: null }",
      ),
      inModel(
        "cp-call-room",
        "import { identityWord }",
        'import { ARENA_BASE, ARENA_TOP } from "./layout.ts";\nimport { identityWord }',
      ),
    ],
  },
  {
    id: "K02",
    source: "none known; c27 left over",
    effect: "a call without a buffer passes on the buffer of the call that its caller serves",
    difficulty: 3,
    expect: ["M", "T", "A", "D"],
    impl: [
      inImpl(
        "crossing",
        "    if (buffer === null) forge.erase(at + block.buffer);\n    else giveBuffer",
        "    if (buffer !== null) giveBuffer",
      ),
    ],
    model: [
      inModel(
        "cp-call-room",
        "const activation: Activation = { endpoint, buffer, stack,",
        `const handed = thread.frames.at(-1)?.activation?.buffer ?? null;
  const activation: Activation = { endpoint, buffer: buffer ?? handed, stack,`,
      ),
    ],
  },
  {
    id: "K03",
    source: "none known; layers that are not kept apart",
    effect: "two layers in one cVM may have the same memory",
    difficulty: 2,
    expect: ["M", "S", "D"],
    impl: [inImpl("creation", "live.filter((cvm) => cvm.parent === outer);", "live.filter(() => false);")],
    model: [
      inModel("lifecycle", "if (siblings.some((sibling) => overlaps(sibling.data, data)))", "if (false)"),
    ],
  },
  // In both: what lies before the outer one is its code part, of which the reference knows nothing.
  {
    id: "R02",
    source: "CHERIoT-Platform/cheriot-rtos 9c2049a",
    effect: "a layer may begin before the cVM that it is to lie in",
    difficulty: 2,
    expect: ["M", "S", "D"],
    impl: [inImpl("creation", "if (inside.at < 0 || inside.at + dataSize", "if (inside.at + dataSize")],
    model: [
      inModel(
        "lifecycle",
        "if (inside!.at < 0 || !isInside(data.base, data.size, parent.data))",
        "if (data.base + data.size > parent.data.base + parent.data.size)",
      ),
    ],
  },
  {
    id: "M18",
    source: PROTOTYPE,
    effect: "a call that waited for room reads its block again when it enters, and tests nothing",
    difficulty: 4,
    expect: ["A", "M", "O", "D"],
    impl: [
      inImpl(
        "crossing-request",
        "  const integers = Array.from(words.subarray(0, 6));\n  return { request: { caller: frame.cvm, endpoint, integers, buffer }, timeout: words[9]! };\n",
        `  const again = () => new BigUint64Array(frame.engine.peek(frame.args[1]!, 80).slice().buffer);
  const request = {
    caller: frame.cvm,
    endpoint,
    get integers() {
      return Array.from(again().subarray(0, 6));
    },
    buffer,
  };
  return { request, timeout: words[9]! };
`,
      ),
    ],
    model: [
      inModel(
        "cp-call-request",
        "const request = { caller: caller.cvm.identity,",
        "const request = { at: args[1]!, caller: caller.cvm.identity,",
      ),
      inModel(
        "cp-call-room",
        "const values = [...request.integers,",
        `const block = readBytes(system.memory, Number((request as { at?: bigint }).at! - RAM_BASE), 48);
  const values = [...new BigUint64Array(block.buffer),`,
      ),
      inModel(
        "cp-call-room",
        "import { identityWord }",
        'import { readBytes } from "./bytes.ts";\nimport { RAM_BASE } from "./layout.ts";\nimport { identityWord }',
      ),
    ],
  },
]);
