/** Mistakes by which a cVM has, or is given, more authority than was granted it. */
import { ofKind } from "../planted-fault.ts";
import { inImpl, inModel } from "./patch.ts";

const PROTOTYPE = "lsds/intravisor";
const GIVEN = "const allowed = (rights & 1 ? perms.load : 0) | (rights & 2 ? perms.store : 0);";

export const authority = ofKind("authority", [
  {
    id: "M05",
    source: `${PROTOTYPE} host_cap_files.c`,
    effect: "cp_file_probe leaves its capability where the caller's key was, in memory of the guest",
    difficulty: 2,
    expect: ["M", "S", "D"],
    impl: [
      inImpl(
        "file-calls",
        "function give({ engine, forge }: CallFrame,",
        "function give({ engine, forge, args }: CallFrame,",
      ),
      inImpl(
        "file-calls",
        "  forge.storeTo(at);\n",
        "  forge.storeTo(at);\n  forge.storeTo(Number(args[0]!) - Number(args[0]! % 16n));\n",
      ),
    ],
    model: [],
  },
  {
    id: "M06",
    source: PROTOTYPE,
    effect: "a grant has LoadCap",
    difficulty: 2,
    expect: ["M", "S"],
    impl: [inImpl("file-calls", GIVEN, GIVEN.replace(";", " | perms.loadCap;"))],
    model: [],
  },
  {
    id: "M07",
    source: PROTOTYPE,
    effect: "the DDC of guests has StoreCap and StoreLocal",
    difficulty: 2,
    expect: ["M", "S"],
    impl: [
      inImpl(
        "domain",
        "const DDC_PERMS = perms.load | perms.store;",
        "const DDC_PERMS = perms.load | perms.store | perms.storeCap | perms.storeLocal;",
      ),
    ],
    model: [],
  },
  {
    id: "M13",
    source: `${PROTOTYPE} README 0.0.2`,
    effect: "the gate pairs of all cVMs have one object type",
    difficulty: 3,
    expect: ["S", "M"],
    impl: [inImpl("creation", "otype: GATE_OTYPE + slot,", "otype: GATE_OTYPE,")],
    model: [],
  },
  {
    id: "M33",
    source: PROTOTYPE,
    effect: "the PCC of guests has the permission to reach system registers",
    difficulty: 2,
    expect: ["M", "S"],
    impl: [
      inImpl(
        "domain",
        "perms.global | perms.execute | perms.load | perms.loadCap;",
        "perms.global | perms.execute | perms.load | perms.loadCap | perms.system;",
      ),
    ],
    model: [],
  },
  {
    id: "V13",
    source: `${PROTOTYPE} host_get_my_inner`,
    effect: "new threads get the DDC of the first cVM, whoever asks for them",
    difficulty: 2,
    expect: ["M", "S", "A", "D"],
    impl: [
      inImpl(
        "basic-calls",
        "startThread(engine, forge, cvm, number, Number(entry), argument));",
        "startThread(engine, forge, cvm, number, Number(entry), argument, tables.cvms.find((one) => one !== null)!));",
      ),
      inImpl(
        "domain",
        "  argument: bigint,\n): Thread {",
        "  argument: bigint,\n  first = cvm,\n): Thread {",
      ),
      inImpl(
        "domain",
        "  makeDdc(forge, cvm);\n  hart.copy(0x21, 5);",
        "  makeDdc(forge, first);\n  hart.copy(0x21, 5);",
      ),
    ],
    model: [
      inModel(
        "threads",
        "withPlace(cvm, newThread(cvm, free))",
        `withPlace(cvm, {
    ...newThread(cvm, free),
    frames: [
      { domain: cvm.identity, ddc: system.cvms.find((one) => one !== null)!.data, activation: null, callback: null },
    ],
  })`,
      ),
    ],
  },
  {
    id: "O05",
    source: "CTSRD-CHERI/cheribsd PR#2319",
    effect: "the Intravisor's own data capability is left in the capability store of a guest",
    difficulty: 2,
    expect: ["M", "S"],
    impl: [
      inImpl(
        "domain",
        "  forge.storeTo(at + block.monitor);\n",
        "  forge.storeTo(at + block.monitor);\n  forge.storeTo(storeOf(cvm) + 2032);\n",
      ),
    ],
    model: [],
  },
  {
    id: "K09",
    source: "none known; object types from a small pool",
    effect: "cVMs four slots apart have the same object type",
    difficulty: 4,
    expect: ["S"],
    impl: [inImpl("creation", "otype: GATE_OTYPE + slot,", "otype: GATE_OTYPE + (slot & 3),")],
    model: [],
  },
  {
    id: "K10",
    source: "none known; W^X that is not kept",
    effect: "the DDC of a guest covers its code part too",
    difficulty: 1,
    expect: ["S", "M", "D"],
    impl: [
      inImpl(
        "domain",
        "export function makeDdc(forge: Forge, { dataBase, dataSize }: Cvm): void {\n",
        `export function makeDdc(forge: Forge, { codeBase, parent, ...data }: Cvm): void {
  const dataBase = parent === null ? codeBase : data.dataBase;
  const dataSize = data.dataBase + data.dataSize - dataBase;
`,
      ),
    ],
    model: [],
  },
  {
    id: "K11",
    source: "none known; the order of the gate's last instructions",
    effect: "the gate goes back with the Intravisor's own DDC",
    difficulty: 1,
    expect: ["M", "S", "A", "D"],
    impl: [inImpl("gate-code", "  cspecialrw c0, ddc, c5\n", "")],
    model: [],
  },
  {
    id: "K12",
    source: "none known; a DDC that is not put into the thread's block",
    effect: "what a guest has narrowed its DDC to is forgotten when it calls the Intravisor",
    difficulty: 2,
    expect: ["A", "D"],
    impl: [
      inImpl("gate-code", `  sc c5, \${block.ddc}(c31)\n`, ""),
      inImpl(
        "domain",
        "  makeDdc(forge, cvm);\n  hart.copy(0x21, 5);",
        "  makeDdc(forge, cvm);\n  forge.storeTo(at + block.ddc);\n  hart.copy(0x21, 5);",
      ),
    ],
    model: [
      inModel(
        "system",
        "call.perform(system, caller, args);",
        "widened(call.perform(system, caller, args), caller, call.number);",
      ),
      inModel(
        "system",
        "/** Values are 64 bits wide,",
        `function widened(change: Change, { owner, thread, frame, cvm }: Caller, number: bigint): Change {
  const depth = thread.frames.length - 1;
  const after = findCvm(change.system, owner)?.threads[thread.number];
  const isLocal = [22n, 23n, 38n, 39n].includes(number);
  if (isLocal || after?.state !== "ready" || after.frames.length <= depth) return change;
  const frames = after.frames.with(depth, { ...frame, ddc: cvm.data });
  return { ...change, system: withThread(change.system, owner, { ...after, frames }) };
}

/** Values are 64 bits wide,`,
      ),
      inModel(
        "waiting",
        'after = withThread(after, cvm.identity, { ...thread, state: "ready", wait: null });',
        `const last = thread.frames.at(-1)!;
      const data = after.cvms[last.domain.slot]?.data ?? last.ddc;
      const frames = thread.frames.with(-1, { ...last, ddc: data });
      after = withThread(after, cvm.identity, { ...thread, frames, state: "ready", wait: null });`,
      ),
    ],
  },
  {
    id: "O06",
    source: "CTSRD-CHERI/cheribsd PR#2465",
    effect: "capabilities of the Intravisor for itself are global",
    difficulty: 3,
    expect: ["M"],
    impl: [
      inImpl(
        "domain",
        "const OWN_PERMS = perms.load | perms.store",
        "const OWN_PERMS = perms.global | perms.load | perms.store",
      ),
    ],
    model: [],
  },
]);
