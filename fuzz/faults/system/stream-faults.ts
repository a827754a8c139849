/** Mistakes of CP_Stream. */
import { ofKind, type PlantedFault } from "../planted-fault.ts";
import { inImpl, inModel } from "./patch.ts";

const PROTOTYPE = "lsds/intravisor";

const leaks = ofKind("leak", [
  {
    id: "M27",
    source: PROTOTYPE,
    effect: "as many bytes are received as are sent, whatever the length of the buffer for them",
    difficulty: 2,
    expect: ["A", "O", "D"],
    impl: [
      inImpl(
        "stream-transfer",
        "courier.deliver(from, end.owner, to)",
        "courier.deliver(from, end.owner, { base: to.base, size: Math.max(from.size, to.size) })",
      ),
    ],
    model: [
      inModel(
        "cp-stream-transfer",
        "const count = (isShort ? to : from).range.size;",
        "const count = from.range.size;",
      ),
    ],
  },
  {
    id: "K04",
    source: "none known; CP_Stream's counterpart of M02",
    effect: "what is sent may lie in any cVM, and so may the buffer for it",
    difficulty: 2,
    expect: ["A", "N", "O", "D"],
    impl: [
      inImpl("stream-transfer", "  { ddcBase, ddcTop }: CallFrame,\n", "  { tables }: CallFrame,\n"),
      inImpl(
        "stream-transfer",
        "if (base < ddcBase || base + size > ddcTop)",
        `if (!tables.cvms.some((one) => one !== null && base >= BigInt(one.dataBase) &&
    base + size <= BigInt(one.dataBase + one.dataSize)))`,
      ),
    ],
    model: [
      inModel(
        "cp-stream-transfer",
        'const range = rangeFrom(caller, pointer, length, flags);\n  if (typeof range === "string") return failed(system, range);\n  const { number: stream, end } = found;\n  if (!isWayOpen(found.stream, end))',
        'const range = rangeFrom(caller, pointer, length, flags, system);\n  if (typeof range === "string") return failed(system, range);\n  const { number: stream, end } = found;\n  if (!isWayOpen(found.stream, end))',
      ),
      inModel(
        "cp-stream-transfer",
        'const range = rangeFrom(caller, pointer, length, flags);\n  if (typeof range === "string") return failed(system, range);\n  const { number: stream, end } = found;\n  const target',
        'const range = rangeFrom(caller, pointer, length, flags, system);\n  if (typeof range === "string") return failed(system, range);\n  const { number: stream, end } = found;\n  const target',
      ),
      inModel(
        "cp-stream-transfer",
        "rangeFrom(caller, pointer, length, 0n)",
        "rangeFrom(caller, pointer, length, 0n, system)",
      ),
      inModel(
        "cp-stream-transfer",
        "size: bigint, flags: bigint): Range",
        "size: bigint, flags: bigint, system: System): Range",
      ),
      inModel(
        "cp-stream-transfer",
        "return mayReach(caller, base, size) ?",
        `const isAnywhere = ({ data }: Cvm) => base >= data.base && base + size <= data.base + data.size;
  return size === 0n || system.cvms.some((cvm) => cvm && isAnywhere(cvm)) ?`,
      ),
    ],
  },
]);

const authority = ofKind("authority", [
  {
    id: "K13",
    source: "none known; V20 of listeners",
    effect: "cps_connect asks no access list",
    difficulty: 2,
    expect: ["A", "O", "D"],
    impl: [inImpl("stream-calls", 'if (!mayOpen(listener.acl, listener.owner, cvm)) return "EACCES";', "")],
    model: [
      inModel(
        "cp-stream",
        'if (!mayOpen(listener.acl, listener.owner, identity)) return failed(system, "EACCES");',
        "",
      ),
    ],
  },
]);

const identity = ofKind("identity", [
  {
    id: "K63",
    source: "none known; one end taken for the other",
    effect: "cps_accept tells the identity of who accepts for that of who connected",
    difficulty: 1,
    expect: ["A", "O", "D"],
    impl: [
      inImpl(
        "stream-calls",
        "const { slot, generation } = peerOf(end).owner;",
        "const { slot, generation } = owner;",
      ),
    ],
    model: [
      inModel("cp-stream", "identityWord(system.streams.get(first)!.ends[0].owner)", "identityWord(owner)"),
    ],
  },
]);

const temporal = ofKind("temporal", [
  {
    id: "K64",
    source: "none known; streams that outlive an end",
    effect: "the streams and listeners of a cVM stay when it dies",
    difficulty: 2,
    expect: ["T", "S", "V", "D"],
    impl: [inImpl("life", "  closeStreamsOf(ending, cvm);\n", "")],
    model: [
      inModel(
        "cp-stream",
        "export function endStreamsOf(system: System, dead: Identity): Step {\n",
        "export function endStreamsOf(system: System, dead: Identity): Step {\n  if (dead.slot >= 0) return { system, woken: [] };\n",
      ),
    ],
  },
]);

const integrity = ofKind("integrity", [
  {
    id: "M26",
    source: PROTOTYPE,
    effect: "what has come to a posted buffer is received again and again",
    difficulty: 2,
    expect: ["O", "A", "D"],
    impl: [
      inImpl(
        "stream-transfer",
        "    end.posted = null;\n    return answerOf(posted, posted.got);",
        "    return answerOf(posted, posted.got);",
      ),
    ],
    model: [
      inModel(
        "cp-stream-transfer",
        "returned(withEnd(system, stream, end, { posted: null }), count, full, posted.range.base)",
        "returned(system, count, full, posted.range.base)",
      ),
    ],
  },
  {
    id: "K65",
    source: "none known; a length that is told wrong",
    effect: "the sender is told that all went where a part of it did",
    difficulty: 2,
    expect: ["O", "D"],
    impl: [inImpl("stream-transfer", "full: isMessage ? from.size : count", "full: from.size")],
    model: [
      inModel(
        "cp-stream-transfer",
        "const full = from.message || to.message ? from.range.size : count;",
        "const full = from.range.size;",
      ),
    ],
  },
]);

const liveness = ofKind("liveness", [
  {
    id: "K66",
    source: "none known; first come, last served",
    effect: "of those who wait to send the last sends first",
    difficulty: 3,
    expect: ["O", "A", "D"],
    impl: [inImpl("stream-ways", "first.on.order < on.order", "first.on.order > on.order")],
    model: [
      inModel("cp-stream-transfer", "one.wait.order - other.wait.order", "other.wait.order - one.wait.order"),
    ],
  },
  {
    id: "K67",
    source: "none known; those who wait for what cannot come",
    effect: "who waits to send is not told that nobody receives any more",
    difficulty: 2,
    expect: ["V", "O", "D"],
    impl: [
      inImpl(
        "stream-calls",
        'if (thread.wait?.for === "send" && !isGoing(end)) streams.wake(thread, "EPIPE");\n    else if',
        "if",
      ),
    ],
    model: [inModel("cp-stream", 'return isWayOpen(stream, wait.end) ? null : "EPIPE";', "return null;")],
  },
  {
    id: "K68",
    source: "none known; edges taken for levels",
    effect: "who polls is not told what becomes ready while it waits",
    difficulty: 2,
    expect: ["V", "O", "D"],
    impl: [
      inImpl(
        "stream-poll",
        '    if (on?.for !== "poll") continue;\n',
        '    if (on?.for !== "poll" || on.words.length > 0) continue;\n',
      ),
    ],
    model: [
      inModel(
        "cp-stream-poll",
        'if (thread.wait?.for !== "poll") continue;',
        'if (thread.wait?.for !== "poll" || thread.wait.words.length > 0) continue;',
      ),
    ],
  },
]);

export const streams: readonly PlantedFault[] = [
  ...leaks,
  ...authority,
  ...identity,
  ...temporal,
  ...integrity,
  ...liveness,
];
