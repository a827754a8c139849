/** The short scene of two cVMs that others tamper with: each step by a label. */
import { buildObject, KIND, SEGMENT } from "../fuzz/sco/writer.ts";
import { objectCode } from "../fuzz/system/generate/object-code.ts";
import type { CvmDescription, Event, Step, Value } from "../model/system-contract.ts";

const number = (value: bigint | number): Value => ({ kind: "number", value: BigInt(value) });
const own = (offset: number): Value => ({ kind: "at", cvm: null, part: "data", offset: BigInt(offset) });
/** Where the image begins, which is one instruction that does nothing. */
const entry: Value = { kind: "at", cvm: null, part: "code", offset: 0x1000n };

function described(name: string): Event {
  const quotas = { threads: 4, handles: 8, grants: 2, endpoints: 2, timers: 1 };
  const cvm: CvmDescription = {
    name,
    size: 0xc000,
    codeSize: 0x4000,
    image: "13000000",
    parent: null,
    quotas,
  };
  return { do: "create", cvm };
}

/** What each step is called. */
export const labels: string[] = [];
export const steps: Step[] = [];

function event(label: string, what: Event): void {
  labels.push(label);
  steps.push({ by: null, event: what });
}

function call(label: string, thread: string, name: string, ...args: readonly Value[]): void {
  const [cvm, which] = thread.split(".") as [string, string];
  labels.push(label);
  steps.push({ by: { cvm, thread: Number(which) }, action: { do: "call", call: name, args } });
}

function store(thread: string, offset: number, value: bigint | number): void {
  const [cvm, which] = thread.split(".") as [string, string];
  labels.push("store");
  const action = { do: "store", address: own(offset), size: 8, value: number(value) } as const;
  steps.push({ by: { cvm, thread: Number(which) }, action });
}

function place(thread: string): void {
  const [cvm, which] = thread.split(".") as [string, string];
  labels.push("place");
  const bytes = Buffer.from(objectFile).toString("hex");
  steps.push({ by: { cvm, thread: Number(which) }, action: { do: "place", address: own(0x4000), bytes } });
}

/** An object with a counter, and every kind of pointer. */
const objectFile = objectOfAllKinds();

function objectOfAllKinds(): Uint8Array {
  const {
    text,
    relocations,
    labels: places,
  } = objectCode("add:\ncls c8, 0, 8\nld x5, 0(c8)\nadd x10, x10, x5\nsd x10, 0(c8)\ncjalr c0, 0(c1)", [
    { to: "rodata", target: 0, size: 16, addend: 0 },
    { to: "code", label: "add" },
  ]);
  const inState = { segment: SEGMENT.state, target: 0, size: 16, addend: 0 };
  return buildObject({
    text,
    rodata: new Uint8Array(16).fill(7),
    init: new Uint8Array(96).fill(1),
    bss: 32,
    exports: [{ name: "add", offset: places.get("add")! }],
    imports: ["self"],
    relocations: [
      ...relocations,
      { ...inState, kind: KIND.clsInit, place: 16 },
      { ...inState, kind: KIND.clsRo, place: 32 },
      { ...inState, kind: KIND.import, place: 64, size: 32 },
    ],
  });
}

const resultOf = (label: string): Value => ({ kind: "result", step: labels.indexOf(label), index: 0 });

event("create a", described("a"));
event("create b", described("b"));
store("a.0", 0x40, 0x61);
store("b.0", 0x40, 0x61);
store("a.0", 0x80, 1n | (1n << 32n));
store("a.0", 0x1000, 0x1122334455667788n);
call(
  "advertise",
  "a.0",
  "cp_file_advertise",
  own(0x40),
  number(8),
  own(0x1000),
  number(0x100),
  number(3),
  own(0x80),
  number(1),
);
call("probe", "b.0", "cp_file_probe", own(0x40), number(8), number(3));
call("pread", "b.0", "cp_file_pread", resultOf("probe"), number(0), own(0x2000), number(64));
call("pwrite", "b.0", "cp_file_pwrite", resultOf("probe"), number(64), own(0x2000), number(64));
call("notify", "a.0", "cp_file_notify", resultOf("advertise"));
call("no wait", "b.0", "cp_file_wait", resultOf("probe"), number(0), number(100));
call(
  "taken",
  "a.0",
  "cp_file_advertise",
  own(0x40),
  number(8),
  own(0x1000),
  number(0x100),
  number(1),
  own(0x80),
  number(0),
);
call(
  "register",
  "a.0",
  "cp_call_register",
  own(0x40),
  number(8),
  entry,
  number(0x800),
  number(0),
  own(0x80),
  number(1),
);
call("open", "b.0", "cp_call_open", own(0x40), number(8));
for (const [at, word] of [7n, 8n, 9n, 10n, 11n, 12n, 0n, 0n, 0n, 0n].entries())
  store("b.0", 0x100 + 8 * at, word);
labels.push("buffer");
steps.push({
  by: { cvm: "b", thread: 0 },
  action: { do: "store", address: own(0x130), size: 8, value: own(0x3000) },
});
store("b.0", 0x138, 0x80);
store("b.0", 0x140, 3);
store("b.0", 0x1c8, (1n << 64n) - 1n);
call("enter", "b.0", "cp_call", resultOf("open"), own(0x100));
call("buffer read", "b.0", "cp_buffer_read", number(0), own(0x4000), number(32));
call("return", "b.0", "cp_call_return", number(5));
call("create thread", "a.0", "thread_create", entry, number(3));
call("sleep", "a.1", "sleep", number(1000));
call("join", "a.0", "thread_join", number(2));
call("bad close", "b.0", "cp_file_close", number(99));
call("create b.1", "b.0", "thread_create", entry, number(0));
call("create b.2", "b.0", "thread_create", entry, number(0));
store("b.0", 0x148, (1n << 64n) - 1n);
call("first", "b.0", "cp_call", resultOf("open"), own(0x100));
call("second", "b.1", "cp_call", resultOf("open"), own(0x100));
call("third", "b.2", "cp_call", resultOf("open"), own(0x100));
call("let in", "b.0", "cp_call_return", number(1));
call("let in too", "b.1", "cp_call_return", number(1));
call("let out", "b.2", "cp_call_return", number(1));
call("write", "b.0", "console_write", own(0x40), number(16));
call("handle", "b.0", "exception_register", entry);
labels.push("fault");
steps.push({ by: { cvm: "b", thread: 0 }, action: { do: "load", address: number(0), size: 8 } });
call("resume", "b.0", "exception_return", entry);
labels.push("narrow");
steps.push({
  by: { cvm: "b", thread: 0 },
  action: { do: "narrow", address: own(0), length: number(0x3000) },
});
call("listen", "a.0", "cps_listen", own(0x40), number(8), own(0x80), number(1));
call("connect", "b.0", "cps_connect", own(0x40), number(8));
call("ticket", "b.0", "cp_call_async", resultOf("open"), own(0x180));
call("disk", "a.0", "disk_capacity", number(0));
event("advance", { do: "advance", ns: 10n });
call("close", "b.0", "cp_file_close", resultOf("probe"));
call("closed again", "b.0", "cp_file_close", resultOf("probe"));
call("revoke", "a.0", "cp_file_revoke", resultOf("advertise"));
call("time", "b.0", "time");
event("kill b", { do: "kill", cvm: "b" });
event("reclaim b", { do: "reclaim", cvm: "b" });
event("create b again", described("b"));
place("a.0");
call("make", "a.0", "sco_create", own(0x4000), number(objectFile.length));
call("bind a", "a.0", "sco_bind", resultOf("make"));
place("b.0");
call("make b", "b.0", "sco_create", own(0x4000), number(objectFile.length));
call("bind b", "b.0", "sco_bind", resultOf("make b"));
call("count a", "a.0", "sco_call", resultOf("make"), number(0), number(5));
call("count b", "b.0", "sco_call", resultOf("make b"), number(0), number(7));
call("import", "a.0", "sco_import", resultOf("make"), number(0), resultOf("make"), number(0));
call("again", "a.0", "sco_create", own(0x4000), number(objectFile.length));
call("unbind b", "b.0", "sco_unbind", resultOf("make b"));
event("wake", { do: "advance", ns: 2000n });
call("last", "a.0", "time");
