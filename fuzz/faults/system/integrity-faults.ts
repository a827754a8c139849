/** Mistakes by which the wrong bytes are moved, the wrong thing is named, or a wrong answer is given. */
import { ofKind } from "../planted-fault.ts";
import { inImpl, inModel } from "./patch.ts";

const PROTOTYPE = "lsds/intravisor";
const MOVED_FROM =
  'const [from, to] = way === "r" ? [shared.base + offset, buffer] : [buffer, shared.base + offset];';

export const integrity = ofKind("integrity", [
  // In both: where there is nothing behind the last byte the implementation faults.
  {
    id: "M03",
    source: PROTOTYPE,
    effect: "a copy in units of eight bytes goes on to the end of the last unit",
    difficulty: 2,
    expect: ["O", "A", "D"],
    impl: [
      inImpl(
        "stub-code",
        "eights:\n  addi x31, x0, 8\n",
        "eights:\n  addi x13, x13, 7\n  andi x13, x13, -8\n  addi x31, x0, 8\n",
      ),
    ],
    model: [
      inModel(
        "cp-file",
        "const moved = readBytes(system.memory, offsetOf(from, count), Number(count));",
        `const isAligned = (from | to) % 8n === 0n && BigInt.asUintN(64, to - from) >= count;
  const whole = isAligned ? ((count + 7n) / 8n) * 8n : count;
  const moved = readBytes(system.memory, offsetOf(from, count), Number(whole));`,
      ),
    ],
  },
  {
    id: "M04",
    source: PROTOTYPE,
    effect: "reads and writes begin at the start of the buffer, whatever the offset",
    difficulty: 1,
    expect: ["O", "A", "D"],
    impl: [
      inImpl("stub-code", "  cincoffset c5, c5, x11\n", ""),
      inImpl("stub-code", "  cincoffset c7, c5, x11\n", "  cmove c7, c5\n"),
    ],
    model: [inModel("cp-file", MOVED_FROM, MOVED_FROM.replaceAll("shared.base + offset", "shared.base"))],
  },
  {
    id: "M10",
    source: PROTOTYPE,
    effect: "a key of no bytes matches the first buffer there is",
    difficulty: 2,
    expect: ["A", "O", "D"],
    impl: [
      inImpl("file-calls", "if (length < 1n || length > 63n)", "if (length > 63n)"),
      inImpl(
        "file-calls",
        "(one) => one.key === named.key",
        '(one) => named.key === "" || one.key === named.key',
      ),
    ],
    model: [
      inModel("keys", "if (length === 0n || length > KEY_MAX)", "if (length > KEY_MAX)"),
      inModel(
        "cp-file",
        "const number = grantWithKey(system, named.key);",
        'const number = named.key === "" ? ([...system.grants.keys()][0] ?? null) : grantWithKey(system, named.key);',
      ),
    ],
  },
  {
    id: "M11",
    source: PROTOTYPE,
    effect: "a key matches every key that begins with it",
    difficulty: 3,
    expect: ["A", "O", "D"],
    impl: [
      inImpl("file-calls", "(one) => one.key === named.key", "(one) => one.key.startsWith(named.key)"),
      inImpl(
        "file-calls",
        "some((grant) => grant.key === named.key)",
        "some((grant) => grant.key.startsWith(named.key))",
      ),
    ],
    model: [
      inModel(
        "cp-file",
        "if (grant.key === key) return number;",
        "if (grant.key.startsWith(key)) return number;",
      ),
    ],
  },
  {
    id: "K41",
    source: "none known; M11 in the other table",
    effect: "a key matches an endpoint whose key begins with it",
    difficulty: 3,
    expect: ["A", "O", "D"],
    impl: [
      inImpl(
        "crossing-calls",
        "(endpoint) => endpoint.key === key",
        "(endpoint) => endpoint.key.startsWith(key)",
      ),
    ],
    model: [
      inModel(
        "cp-call",
        "if (endpoint.key === key) return number;",
        "if (endpoint.key.startsWith(key)) return number;",
      ),
    ],
  },
  {
    id: "M12",
    source: PROTOTYPE,
    effect: "a key can be advertised twice",
    difficulty: 1,
    expect: ["S", "O", "D"],
    impl: [
      inImpl(
        "file-calls",
        'if ([...tables.grants].some((grant) => grant.key === named.key)) return "EEXIST";',
        "",
      ),
    ],
    model: [
      inModel(
        "cp-file",
        'if (grantWithKey(system, named.key) !== null) return failed(system, "EEXIST");',
        "",
      ),
    ],
  },
  {
    id: "K69",
    source: "none known; M26 of notices",
    effect: "a notice is delivered twice: who has seen the last one does not wait for the next",
    difficulty: 2,
    expect: ["O", "D"],
    impl: [inImpl("file-calls", "if (grant.epoch !== epoch)", "if (grant.epoch !== epoch || epoch > 0n)")],
    model: [inModel("cp-file", "if (grant.epoch !== epoch)", "if (grant.epoch !== epoch || epoch > 0n)")],
  },
  {
    id: "M38",
    source: `${PROTOTYPE}; one fork`,
    effect: "text for the console is a format: a per cent sign and what follows it are not written",
    difficulty: 3,
    expect: ["O", "D"],
    impl: [
      inImpl(
        "basic-calls",
        'if (bytes.length > 0) frame.tell({ device: "console", cvm: frame.cvm.name, data: hexOf(bytes) });',
        `const text = bytes.filter((byte, at) => byte !== 0x25 && bytes[at - 1] !== 0x25);
  if (bytes.length > 0) frame.tell({ device: "console", cvm: frame.cvm.name, data: hexOf(text) });`,
      ),
    ],
    model: [
      inModel(
        "console",
        "data: hexOf(bytes) }]",
        "data: hexOf(bytes.filter((byte, at) => byte !== 0x25 && bytes[at - 1] !== 0x25)) }]",
      ),
    ],
  },
  {
    id: "R16",
    source: "microsoft/cheriot-ibex 30569308",
    effect: "of a pointer given to the Intravisor the upper half is forgotten",
    difficulty: 3,
    expect: ["O", "D"],
    impl: [
      inImpl(
        "call-frame",
        "  if (!reaches(frame, address, length)) return null;\n  return length === 0n ? new Uint8Array() : frame.engine.peek(address, Number(length));",
        `  const low = BigInt.asUintN(32, address);
  if (!reaches(frame, low, length)) return null;
  return length === 0n ? new Uint8Array() : frame.engine.peek(low, Number(length));`,
      ),
    ],
    model: [
      inModel(
        "system",
        "const bytes = readGuest(",
        "const bytes = !mayReach(caller, address, BigInt(size)) ? null : readGuest(",
      ),
      inModel(
        "system",
        "import { readGuest, writeGuest } from",
        "import { mayReach, readGuest, writeGuest } from",
      ),
      inModel(
        "guest-memory",
        `  if (!mayReach(caller, address, length)) return null;
  return readBytes(system.memory, offsetOf(address, length), Number(length));`,
        `  const low = BigInt.asUintN(32, address);
  if (!mayReach(caller, low, length)) return null;
  return readBytes(system.memory, offsetOf(low, length), Number(length));`,
      ),
    ],
  },
  {
    id: "K42",
    source: "none known; the direction of a copy",
    effect: "a copy onto itself, a little further on, smears",
    difficulty: 2,
    expect: ["O", "D"],
    impl: [inImpl("stub-code", "  bltu x31, x13, backwards\n", "")],
    model: [
      inModel(
        "cp-file",
        "const moved = readBytes(system.memory, offsetOf(from, count), Number(count));",
        `const moved = readBytes(system.memory, offsetOf(from, count), Number(count));
  const shift = Number(to - from);
  if (shift > 0) for (let at = shift; at < moved.length; at++) moved[at] = moved[at - shift]!;`,
      ),
    ],
  },
  {
    id: "K43",
    source: "none known; a copy that is not clamped",
    effect: "a copy that goes beyond the end of the buffer faults in the guest",
    difficulty: 1,
    over: true,
    expect: ["O", "V", "D"],
    impl: [inImpl("stub-code", "  bgeu x29, x13, clamped\n  addi x13, x29, 0\n", "")],
    model: [],
  },
  {
    id: "K44",
    source: "none known; a buffer of the caller's that is not tested",
    effect: "a copy to where the guest may not write faults in its stub instead of being refused",
    difficulty: 1,
    over: true,
    expect: ["O", "D"],
    impl: [
      inImpl("stub-code", "  bltu x12, x29, fault\n", ""),
      inImpl("stub-code", "  bltu x30, x12, fault\n", ""),
      inImpl("stub-code", "  bltu x30, x13, fault\n", ""),
    ],
    model: [],
  },
  {
    id: "K45",
    source: "none known; the most bytes of a message",
    effect: "an endpoint takes buffers longer than it has said",
    difficulty: 2,
    expect: ["O", "D"],
    impl: [inImpl("crossing-request", 'if (size > messageMax) return "E2BIG";', "")],
    model: [
      inModel(
        "cp-call-request",
        'return size > messageMax ? "E2BIG" : { buffer: { range, rights } };',
        "return { buffer: { range, rights } };",
      ),
    ],
  },
  {
    id: "K46",
    source: "none known; a result that is not told",
    effect: "who is in a callee that dies is told that its call succeeded",
    difficulty: 2,
    expect: ["O", "D"],
    impl: [
      inImpl(
        "crossing-part",
        "crossings.wake(home, error);",
        'crossings.wake(home, error === "ECONNRESET" ? [0n] : error);',
      ),
    ],
    model: [
      inModel(
        "cp-call-part",
        "values: [failure(error), 0n, 0n]",
        'values: [error === "ECONNRESET" ? 0n : failure(error), 0n, 0n]',
      ),
    ],
  },
  {
    id: "K47",
    source: "none known; a counter that is kept only where somebody waits",
    effect: "cp_file_notify does not count a notice that nobody waits for",
    difficulty: 2,
    expect: ["O", "V", "D"],
    impl: [
      inImpl(
        "file-calls",
        "  grant.epoch += 1n;\n",
        `  const isAwaited = [...waiters(frame)].some(({ wait: one }) => one?.for === "notice" && one.grant === grant);
  if (!isAwaited) return [grant.epoch + 1n];
  grant.epoch += 1n;
`,
      ),
    ],
    model: [
      inModel(
        "cp-file",
        "  return returned(after, epoch, 0n, 0n, { woken });\n",
        "  return woken.length === 0 ? returned(system, epoch) : returned(after, epoch, 0n, 0n, { woken });\n",
      ),
    ],
  },
]);
