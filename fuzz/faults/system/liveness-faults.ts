/** Mistakes by which somebody waits for ever, or too short, or in the wrong order, or is told twice. */
import { ofKind } from "../planted-fault.ts";
import { inImpl, inModel } from "./patch.ts";

export const liveness = ofKind("liveness", [
  {
    id: "M20",
    source: "lsds/intravisor",
    effect: "a call that means nothing never comes back",
    difficulty: 1,
    expect: ["V", "O", "D"],
    impl: [inImpl("kernel", '(frame) ?? "ENOSYS";', '(frame) ?? ((thread.state = "blocked"), "blocked");')],
    model: [
      inModel(
        "system",
        'return call === undefined ? failed(system, "ENOSYS") :',
        `if (call === undefined) {
        const blocked = withThread(system, caller.owner, { ...caller.thread, state: "blocked" });
        return changed(blocked, { kind: "blocked" });
      }
      return`,
      ),
    ],
  },
  {
    id: "R07",
    source: "CHERIoT-Platform/cheriot-rtos 9ccff57",
    effect: "the end of a cVM ends the grants of all others too",
    difficulty: 1,
    over: true,
    expect: ["O", "D"],
    impl: [inImpl("life", "if (grant.owner === cvm) endGrant(ending, grant);", "endGrant(ending, grant);")],
    model: [
      inModel(
        "lifecycle",
        "if (isSame(owner, identity)) take(endGrant(after, number));",
        "take(endGrant(after, number));",
      ),
    ],
  },
  {
    id: "R14",
    source: "CHERIoT-Platform/cheriot-rtos 3eabbad",
    effect: "the end of a wait is computed in 32 bits: a long one is over at once",
    difficulty: 3,
    expect: ["O", "D"],
    impl: [
      inImpl(
        "basic-calls",
        "timeout === FOREVER ? null : frame.tables.time + timeout",
        "timeout === FOREVER ? null : frame.tables.time + BigInt.asUintN(32, timeout)",
      ),
    ],
    model: [inModel("waiting", "system.time + timeout;", "system.time + BigInt.asUintN(32, timeout);")],
  },
  {
    id: "K55",
    source: "none known; a count that is one off",
    effect: "futex_wake wakes one more than it is to",
    difficulty: 3,
    expect: ["O", "D"],
    impl: [inImpl("basic-calls", "let left = count;", "let left = count + 1n;")],
    model: [
      inModel(
        "threads",
        "const most = count > 1_000_000n ? 1_000_000 : Number(count);",
        "const most = count > 1_000_000n ? 1_000_000 : Number(count) + 1;",
      ),
    ],
  },
  {
    id: "K56",
    source: "none known; first come, last served",
    effect: "of those who wait for an endpoint the last enters first",
    difficulty: 3,
    expect: ["O", "V", "D"],
    impl: [inImpl("crossing-room", "first.order < turn.order", "first.order > turn.order")],
    model: [
      inModel(
        "cp-call-room",
        "stack !== null && (first === null || order < first.order)",
        "stack !== null && (first === null || order > first.order)",
      ),
      inModel("cp-call-room", "next.ticket < first.order", "next.ticket > first.order"),
    ],
  },
  {
    id: "K57",
    source: "none known; one of several that wait",
    effect: "cp_file_notify wakes one of those who wait, not all",
    difficulty: 2,
    expect: ["O", "V", "D"],
    impl: [
      inImpl(
        "file-calls",
        'if (thread.wait?.for === "notice" && thread.wait.grant === grant) frame.wake(thread, [grant.epoch]);',
        `if (thread.wait?.for !== "notice" || thread.wait.grant !== grant) continue;
    frame.wake(thread, [grant.epoch]);
    break;`,
      ),
    ],
    model: [
      inModel(
        "cp-file",
        '    wait.for === "notify" && wait.grant === found.handle.grant ? epoch : null,\n  );',
        '    wait.for === "notify" && wait.grant === found.handle.grant ? epoch : null,\n    1,\n  );',
      ),
    ],
  },
  {
    id: "K58",
    source: "none known; a call that waits for itself",
    effect: "a thread that calls a serial endpoint it is in waits for itself",
    difficulty: 3,
    expect: ["V", "O", "D"],
    impl: [
      inImpl(
        "crossing-calls",
        'if (endpoint.kind === "serial" && frames.some((one) => one.endpoint === endpoint)) return "EDEADLK";',
        "",
      ),
    ],
    model: [
      inModel(
        "cp-call",
        'if (isSerial && isOnStack(thread, request.endpoint)) return failed(system, "EDEADLK");',
        "",
      ),
    ],
  },
  {
    id: "K59",
    source: "none known; those who wait for what is no more",
    effect: "who waits for an endpoint that ends is not told",
    difficulty: 2,
    expect: ["V", "O", "D"],
    impl: [
      inImpl(
        "crossing-part",
        'if (thread.wait?.for === "room" && !thread.wait.request.endpoint.live) crossings.wake(thread, "ESTALE");',
        "if (thread.frames.length < 0) break;",
      ),
      inImpl(
        "crossing",
        "if (active >= endpoint.room) return null;",
        "if (active >= endpoint.room || !endpoint.live) return null;",
      ),
    ],
    model: [
      inModel(
        "cp-call-part",
        'endpoints.includes(wait.request.endpoint) ? "ESTALE" : null',
        'endpoints.length < 0 ? "ESTALE" : null',
      ),
      inModel(
        "cp-call-room",
        "  const { owner, mode } = system.endpoints.get(number)!;\n  const callee",
        `  const there = system.endpoints.get(number);
  if (there === undefined) return null;
  const { owner, mode } = there;
  const callee`,
      ),
    ],
  },
  {
    id: "K60",
    source: "none known; those who wait for room",
    effect: "when a call is over nobody is told who waits for room",
    difficulty: 2,
    expect: ["V", "O", "D"],
    impl: [
      inImpl(
        "crossing-calls",
        "complete(frame, served.ticket, value);\n  admit(frame);\n",
        "complete(frame, served.ticket, value);\n",
      ),
    ],
    model: [
      inModel(
        "cp-call",
        "const next = admit(told.system);",
        'const next: Pick<Change, "system" | "woken"> = { system: told.system, woken: [] };',
      ),
    ],
  },
  {
    id: "K61",
    source: "none known; those who wait for a notice",
    effect: "who waits for a notice of a buffer that is revoked is not told",
    difficulty: 2,
    expect: ["V", "T", "O", "D"],
    impl: [
      inImpl(
        "file-calls",
        'if (thread.wait?.for === "notice" && thread.wait.grant === grant) frame.wake(thread, "ESTALE");',
        "",
      ),
    ],
    model: [
      inModel(
        "cp-file",
        '    wait.for === "notify" && wait.grant === number ? "ESTALE" : null,\n',
        '    wait.for === "notify" && wait.grant === -number ? "ESTALE" : null,\n',
      ),
    ],
  },
  {
    id: "K62",
    source: "none known; those who wait for a thread",
    effect: "thread_exit wakes nobody who joins",
    difficulty: 2,
    expect: ["V", "O", "D"],
    impl: [
      inImpl(
        "basic-calls",
        'if (other.wait?.for === "thread" && other.wait.thread === thread) crossings.wake(other, [value]);',
        "",
      ),
    ],
    model: [
      inModel(
        "threads",
        "isSame(wait.owner, owner) && wait.thread === number ? value : null,",
        "isSame(wait.owner, owner) && wait.thread === -1 ? value : null,",
      ),
    ],
  },
]);
