/** Mistakes of tables and quotas: one too many, charged to another, half made. */
import { ofKind } from "../planted-fault.ts";
import { inImpl, inModel } from "./patch.ts";

const PROTOTYPE = "lsds/intravisor";

export const accounting = ofKind("accounting", [
  {
    id: "M23",
    source: PROTOTYPE,
    effect: "a copy takes a handle whose index is one beyond the table",
    difficulty: 3,
    expect: ["O", "D"],
    impl: [
      inImpl(
        "stub-code",
        `  addi x29, x0, \${63 * RECORD_BYTES}\n`,
        `  addi x29, x0, \${64 * RECORD_BYTES - 1}\n  addi x29, x29, 1\n`,
      ),
    ],
    model: [],
  },
  {
    id: "M34",
    source: PROTOTYPE,
    effect: "an image that does not fit into its code part is copied whole",
    difficulty: 2,
    expect: ["S", "O", "D"],
    impl: [inImpl("creation", '  if (image.length / 2 > codeSize - CODE_SIZE_MIN) return "E2BIG";\n', "")],
    model: [
      inModel(
        "lifecycle",
        'if (!imageFits || (disk ?? "").length / 2 > DISK_SIZE) return "E2BIG";',
        'if ((disk ?? "").length / 2 > DISK_SIZE) return "E2BIG";',
      ),
      inModel(
        "lifecycle",
        "  const zeroed = clearBytes(system.memory, Number(data.base - RAM_BASE), Number(data.size));\n",
        `  const cleared = clearBytes(system.memory, Number(data.base - RAM_BASE), Number(data.size));
  const over = Buffer.from(description.image, "hex").subarray(Number(code.size) - PAGE);
  const zeroed = writeBytes(cleared, Number(code.base + code.size - RAM_BASE), over);
`,
      ),
    ],
  },
  {
    id: "V10",
    source: `${PROTOTYPE} host_cap_files.c`,
    effect: "a cVM can export one buffer more than its quota",
    difficulty: 2,
    expect: ["S", "O", "D"],
    impl: [
      inImpl("file-calls", "if (mine.length >= cvm.quotas.grants)", "if (mine.length > cvm.quotas.grants)"),
    ],
    model: [
      inModel(
        "cp-file",
        "grantsOf(system, caller) >= caller.cvm.quotas.grants",
        "grantsOf(system, caller) > caller.cvm.quotas.grants",
      ),
    ],
  },
  {
    id: "K48",
    source: "none known; V10 of threads",
    effect: "a cVM can have one thread more than its quota",
    difficulty: 2,
    expect: ["S", "O", "D"],
    impl: [inImpl("basic-calls", "if (number >= cvm.quotas.threads", "if (number > cvm.quotas.threads")],
    model: [inModel("threads", "length: cvm.quotas.threads }", "length: cvm.quotas.threads + 1 }")],
  },
  {
    id: "K49",
    source: "none known; V10 of endpoints",
    effect: "a cVM can register one endpoint more than its quota",
    difficulty: 2,
    expect: ["S", "O", "D"],
    impl: [
      inImpl(
        "crossing-calls",
        "owner === cvm).length >= cvm.quotas.endpoints",
        "owner === cvm).length > cvm.quotas.endpoints",
      ),
    ],
    model: [
      inModel(
        "cp-call",
        "if (mine.length >= caller.cvm.quotas.endpoints)",
        "if (mine.length > caller.cvm.quotas.endpoints)",
      ),
    ],
  },
  {
    id: "K50",
    source: "none known; V10 of timers",
    effect: "a cVM can arm one timer more than its quota",
    difficulty: 3,
    expect: ["S", "O", "D"],
    impl: [
      inImpl(
        "basic-calls",
        "thread.cvm).length >= cvm.quotas.timers",
        "thread.cvm).length > cvm.quotas.timers",
      ),
    ],
    model: [inModel("time", "if (mine >= cvm.quotas.timers)", "if (mine > cvm.quotas.timers)")],
  },
  {
    id: "K51",
    source: "none known; V10 of handles",
    effect: "a cVM can have one handle more than its quota",
    difficulty: 2,
    expect: ["S", "O", "D"],
    impl: [
      inImpl(
        "creation",
        "new Array<null>(quotas.handles).fill(null)",
        "new Array<null>(quotas.handles + 1).fill(null)",
      ),
      inImpl(
        "creation",
        "new Array<number>(quotas.handles).fill(tables.handlesUsed)",
        "new Array<number>(quotas.handles + 1).fill(tables.handlesUsed)",
      ),
    ],
    model: [
      inModel(
        "lifecycle",
        "new Array<null>(quotas.handles).fill(null)",
        "new Array<null>(quotas.handles + 1).fill(null)",
      ),
      inModel(
        "lifecycle",
        "new Array<number>(quotas.handles).fill(system.handlesUsed)",
        "new Array<number>(quotas.handles + 1).fill(system.handlesUsed)",
      ),
    ],
  },
  {
    id: "K52",
    source: "none known; the trusted stack",
    effect: "a thread can have nine frames",
    difficulty: 3,
    expect: ["S", "O", "D"],
    impl: [inImpl("tables", "FRAMES_MAX = 8;", "FRAMES_MAX = 9;")],
    model: [inModel("cp-call-room", "FRAMES_MAX = 8;", "FRAMES_MAX = 9;")],
  },
  {
    id: "K53",
    source: "none known; guards",
    effect: "cVMs lie beside each other without a guard",
    difficulty: 1,
    expect: ["S", "D"],
    impl: [inImpl("layout", "export const GUARD = 4096;", "export const GUARD = 0;")],
    model: [inModel("layout", "export const GUARD = 4096;", "export const GUARD = 0;")],
  },
  {
    id: "K54",
    source: "none known; creation that is not all or nothing",
    effect: "a creation that fails uses up a generation of its slot",
    difficulty: 3,
    expect: ["S", "D"],
    impl: [
      inImpl(
        "creation",
        '  if (slot < 0) return "ENOSPC";\n',
        '  if (slot < 0) return "ENOSPC";\n  tables.generations[slot]! += 1;\n',
      ),
      inImpl(
        "creation",
        "generation: tables.generations[slot]! + 1,",
        "generation: tables.generations[slot]!,",
      ),
    ],
    model: [
      inModel(
        "lifecycle",
        '  if (typeof planned === "string") return changed(system, { kind: "done", value: failure(planned) });\n',
        `  if (typeof planned === "string") {
    const slot = freeSlot(system);
    const isLate = !["EINVAL", "E2BIG", "EEXIST"].includes(planned) || mayHavePlace(system, description);
    const generations =
      isLate && slot >= 0 ? system.generations.with(slot, system.generations[slot]! + 1) : system.generations;
    return changed({ ...system, generations }, { kind: "done", value: failure(planned) });
  }
`,
      ),
      inModel(
        "lifecycle",
        "interface Plan {",
        `/** Whether everything is in order that is tested before the place in the table. */
function mayHavePlace(system: System, { name, size, codeSize, image, disk, quotas }: CvmDescription): boolean {
  const dataSize = size - codeSize;
  return (
    size > codeSize && size <= SIZE_MAX && codeSize >= CODE_SIZE_MIN && size % PAGE === 0 && codeSize % PAGE === 0 &&
    quotas.threads >= 1 && quotas.threads <= THREADS_MAX && quotas.threads * STACK_SIZE < dataSize &&
    quotas.handles <= HANDLES_MAX && image.length / 2 <= codeSize - CODE_SIZE_MIN && (disk ?? "").length / 2 <= DISK_SIZE &&
    system.cvms.every((cvm) => cvm?.name !== name)
  );
}

interface Plan {`,
      ),
    ],
  },
]);
