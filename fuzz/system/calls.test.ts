import { beforeEach, describe, expect, test } from "vitest";
import { createIntravisor } from "../../impl/intravisor/intravisor.ts";
import { createSystemModel } from "../../model/intravisor/system.ts";
import { assembleProgram } from "../../model/isa/index.ts";
import type {
  CvmDescription,
  Event,
  Step,
  StepReport,
  SystemView,
  ThreadName,
  Value,
} from "../../model/system-contract.ts";
import { errorOf } from "./listing.ts";
import { compareSystems } from "./lockstep.ts";

const model = createSystemModel();
const system = createIntravisor({
  assemble: (text, capabilityMode) => assembleProgram(text, { capabilityMode }).words,
});

const FOREVER = (1n << 64n) - 1n;
const [SERIAL, REENTRANT] = [0, 2];
const [KEY, BLOCK, ACL, BUFFER] = [0x40, 0x100, 0x180, 0x200];
const quotas = { threads: 4, handles: 8, grants: 0, endpoints: 2, timers: 1 };
const NAMES = ["a", "b", "c"];
const A: ThreadName = { cvm: "a", thread: 0 };
const B: ThreadName = { cvm: "b", thread: 0 };
const C: ThreadName = { cvm: "c", thread: 0 };
const B1: ThreadName = { cvm: "b", thread: 1 };
/** The thread that goes on in b, or in c, when the first call into it has lost its caller. */
const LEFT_IN_B: ThreadName = { cvm: "b", thread: 3 };
const LEFT_IN_C: ThreadName = { cvm: "c", thread: 3 };

const cvm = (name: string): CvmDescription => ({
  name,
  size: 0xc000,
  codeSize: 0x4000,
  image: "",
  parent: null,
  quotas,
});
const number = (value: number | bigint): Value => ({ kind: "number", value: BigInt(value) });
const own = (offset: number): Value => ({ kind: "at", cvm: null, part: "data", offset: BigInt(offset) });

/** Where calls enter, and threads begin. */
const entry: Value = { kind: "at", cvm: null, part: "code", offset: 0x1000n };

let steps: Step[] = [];
let reports: StepReport[] = [];

function take(step: Step): StepReport {
  const report = model.step(step, reports);
  steps.push(step);
  reports.push(report);
  return report;
}

function happen(event: Event): StepReport {
  return take({ by: null, event });
}

const pass = (ns: number): StepReport => happen({ do: "advance", ns: BigInt(ns) });

/** a0 of a call, or the error that it is, or how it ended otherwise. */
function call(by: ThreadName, name: string, ...args: readonly (Value | number | bigint)[]) {
  const values = args.map((one) => (typeof one === "object" ? one : number(one)));
  const { outcome } = take({ by, action: { do: "call", call: name, args: values } });
  return outcome.kind === "returned" ? meaning(outcome.values[0]) : outcome.kind;
}

const meaning = (value: bigint) => errorOf(value) ?? value;

const woken = ({ woken: list }: StepReport) =>
  list.map(({ thread, values }) => `${thread.cvm}.${thread.thread} ${meaning(values[0])}`);

function store(by: ThreadName, offset: number, value: number | bigint): void {
  take({ by, action: { do: "store", address: own(offset), size: 8, value: number(value) } });
}

function load(by: ThreadName, offset: number): bigint | string {
  const { outcome } = take({ by, action: { do: "load", address: own(offset), size: 8 } });
  return outcome.kind === "returned" ? outcome.values[0] : outcome.kind;
}

/** The block of a call: a tag, a buffer of 64 bytes to read and write or none, and a timeout. */
function block(by: ThreadName, tag: number, timeout: bigint | number, hasBuffer = true): void {
  store(by, BLOCK, tag);
  take({ by, action: { do: "store", address: own(BLOCK + 48), size: 8, value: own(BUFFER) } });
  store(by, BLOCK + 56, hasBuffer ? 64 : 0);
  store(by, BLOCK + 64, hasBuffer ? 3 : 0);
  store(by, BLOCK + 72, timeout);
}

const HANDLE = 0x10000;

/** Every cVM has one endpoint, which all may open: its handle to that of a, b, c is the first, second, third of these. */
const to = { a: HANDLE, b: HANDLE + 1, c: HANDLE + 2 };

function prepare(modes: readonly number[]): void {
  for (const name of NAMES) happen({ do: "create", cvm: cvm(name) });
  for (const name of NAMES) {
    for (const index of NAMES.keys()) {
      store({ cvm: name, thread: 0 }, KEY + 8 * index, 0x6b00 + index);
      store({ cvm: name, thread: 0 }, ACL + 8 * index, BigInt(index) | (1n << 32n));
    }
  }
  for (const [owner, mode] of modes.entries()) {
    const key = [own(KEY + 8 * owner), 8] as const;
    const first = { cvm: NAMES[owner]!, thread: 0 };
    call(first, "cp_call_register", ...key, entry, 64, mode, own(ACL), 3);
    for (const name of NAMES) {
      if (name !== first.cvm) call({ cvm: name, thread: 0 }, "cp_call_open", ...key);
    }
  }
}

const enter = (by: ThreadName, endpoint: number): unknown => call(by, "cp_call", endpoint, own(BLOCK));

function threadOf({ cvm: name, thread }: ThreadName, view: SystemView = model.outline()) {
  return view.cvms.find((one) => one.name === name)?.threads[thread];
}

/** The machine code does the same in every step. */
function bothAgree(): void {
  const script = { format: "capwright-script", version: 1, level: "system", schedule: [] } as const;
  expect(compareSystems({ ...script, cvms: [], steps }, model, system)).toBeNull();
}

beforeEach(() => {
  steps = [];
  reports = [];
  model.reset();
  prepare([REENTRANT, REENTRANT, REENTRANT]);
});

describe("a call whose time is up", () => {
  beforeEach(() => {
    block(A, 7, 50);
    enter(A, to.b);
    store(A, BUFFER, 0x1111);
    expect(call(A, "cp_buffer_write", 0, own(BUFFER), 8)).toBe(8n);
  });

  test("gives the caller back, and the callee goes on without the buffer", () => {
    expect(woken(pass(60))).toEqual(["a.0 ETIMEDOUT"]);
    expect(load(A, BUFFER)).toBe(0x1111n);
    expect(threadOf(LEFT_IN_B)).toMatchObject({ state: "ready", worker: true, domains: ["b"] });
    expect(call(LEFT_IN_B, "cp_buffer_write", 0, own(BUFFER), 8)).toBe("EBADF");
    expect(call(LEFT_IN_B, "cp_buffer_read", 0, own(BUFFER), 8)).toBe("EBADF");
    bothAgree();
  });

  test("returns to nobody when it does", () => {
    pass(60);
    expect(call(LEFT_IN_B, "thread_exit", 1)).toBe("EPERM");
    expect(call(LEFT_IN_B, "cp_call_return", 99)).toBe(0n);
    expect(threadOf(LEFT_IN_B)?.state).toBe("dead");
    expect(call(A, "cp_call_return", 98)).toBe("EPERM");
    bothAgree();
  });

  test("is over exactly then: not before, and not if it has returned", () => {
    expect(woken(pass(49))).toEqual([]);
    expect(call(A, "cp_call_return", 5)).toBe(5n);
    expect(woken(pass(100))).toEqual([]);
    bothAgree();
  });

  test("leaves what the callee waits for to the callee", () => {
    expect(call(A, "sleep", 70)).toBe("blocked");
    expect(woken(pass(60))).toEqual(["a.0 ETIMEDOUT"]);
    expect(threadOf(LEFT_IN_B)?.state).toBe("blocked");
    expect(woken(pass(20))).toEqual(["b.3 0"]);
    bothAgree();
  });

  test("tells the callee that it has slept enough, and the caller that it has waited enough, in one step", () => {
    expect(call(A, "sleep", 20)).toBe("blocked");
    expect(woken(pass(60))).toEqual(["b.3 0", "a.0 ETIMEDOUT"]);
    bothAgree();
  });

  test("ends for those who join it when it returns", () => {
    pass(60);
    expect(call(B, "thread_join", 3)).toBe("blocked");
    call(LEFT_IN_B, "cp_call_return", 42);
    expect(woken(reports.at(-1)!)).toEqual(["b.0 42"]);
    bothAgree();
  });

  test("ends with its endpoint", () => {
    pass(60);
    call(B, "thread_create", entry, 0);
    expect(call(B, "thread_join", 3)).toBe("blocked");
    expect(call(LEFT_IN_B, "cp_call_unregister", to.b)).toBe("EBUSY");
    expect(call(B1, "cp_call_unregister", to.b)).toBe(0n);
    expect(woken(reports.at(-1)!)).toEqual(["b.0 0"]);
    expect(threadOf(LEFT_IN_B)?.state).toBe("dead");
    bothAgree();
  });
});

describe("a chain of calls", () => {
  test("given up in the middle goes on above with its own callees, and comes back as far as it can", () => {
    block(A, 1, 50);
    enter(A, to.b);
    block(A, 2, FOREVER);
    enter(A, to.c);
    expect(woken(pass(60))).toEqual(["a.0 ETIMEDOUT"]);
    expect(threadOf(LEFT_IN_B)?.domains).toEqual(["b", "c"]);
    // The buffer that c has is b's, which lives and waits.
    store(LEFT_IN_B, BUFFER, 0x2222);
    expect(call(LEFT_IN_B, "cp_buffer_write", 0, own(BUFFER), 8)).toBe(8n);
    expect(call(LEFT_IN_B, "cp_call_return", 6)).toBe(6n);
    expect(load(LEFT_IN_B, BUFFER)).toBe(0x2222n);
    expect(call(LEFT_IN_B, "cp_buffer_read", 0, own(BUFFER), 8)).toBe("EBADF");
    expect(call(LEFT_IN_B, "cp_call_return", 7)).toBe(0n);
    bothAgree();
  });

  test("whose times are all up comes apart into as many threads", () => {
    block(A, 1, 50);
    enter(A, to.b);
    block(A, 2, 50);
    enter(A, to.c);
    expect(woken(pass(50))).toEqual(["a.0 ETIMEDOUT", "b.3 ETIMEDOUT"]);
    expect(threadOf(LEFT_IN_C)).toMatchObject({ worker: true, domains: ["c"] });
    bothAgree();
  });

  test("whose middle dies comes back below it, and goes on above it", () => {
    block(A, 1, FOREVER);
    enter(A, to.b);
    block(A, 2, FOREVER);
    enter(A, to.c);
    expect(woken(happen({ do: "kill", cvm: "b" }))).toEqual(["a.0 ECONNRESET"]);
    expect(threadOf(LEFT_IN_C)).toMatchObject({ worker: true, domains: ["c"] });
    expect(call(LEFT_IN_C, "cp_buffer_read", 0, own(BUFFER), 8)).toBe("EBADF");
    bothAgree();
  });

  test("from a to b to a: when a dies, b is told, and goes on for nobody", () => {
    block(A, 1, FOREVER, false);
    enter(A, to.b);
    block(A, 2, FOREVER, false);
    enter(A, to.a);
    expect(call(A, "exit", 0)).toBe(0n);
    expect(woken(reports.at(-1)!)).toEqual(["b.3 ECONNRESET"]);
    expect(call(LEFT_IN_B, "cp_call_return", 3)).toBe(0n);
    bothAgree();
  });
});

describe("the death of a caller", () => {
  test("leaves the callee running, with nothing of whoever comes into the place", () => {
    block(A, 1, FOREVER);
    enter(A, to.b);
    expect(call(A, "sleep", 100)).toBe("blocked");
    expect(woken(happen({ do: "kill", cvm: "a" }))).toEqual([]);
    happen({ do: "reclaim", cvm: "a" });
    happen({ do: "create", cvm: cvm("new") });
    expect(woken(pass(100))).toEqual(["b.3 0"]);
    store(LEFT_IN_B, BUFFER, 0x3333);
    expect(call(LEFT_IN_B, "cp_buffer_write", 0, own(BUFFER), 8)).toBe("EBADF");
    expect(load({ cvm: "new", thread: 0 }, BUFFER)).toBe(0n);
    expect(call(LEFT_IN_B, "cp_call_return", 1)).toBe(0n);
    bothAgree();
  });
});

describe("a serial endpoint", () => {
  test("is busy until the late return", () => {
    model.reset();
    steps = [];
    reports = [];
    prepare([SERIAL, SERIAL, SERIAL]);
    block(A, 1, 50, false);
    enter(A, to.b);
    block(C, 2, FOREVER, false);
    expect(enter(C, to.b)).toBe("blocked");
    expect(woken(pass(60))).toEqual(["a.0 ETIMEDOUT"]);
    call(LEFT_IN_B, "cp_call_return", 0);
    expect(woken(reports.at(-1)!)).toEqual(["c.0 2"]);
    bothAgree();
  });
});

describe("a ticket", () => {
  const order = (by: ThreadName, tag: number, timeout: bigint | number = FOREVER) => {
    block(by, tag, timeout);
    return call(by, "cp_call_async", to.b, own(BLOCK));
  };

  test("has the result of its own call, whatever the order in which results are asked for", () => {
    expect([order(A, 11), order(A, 12), order(C, 13)]).toEqual([1n, 2n, 1n]);
    for (const tag of [11n, 12n, 13n]) {
      expect(call(B, "cp_call_serve", 0)).toBe("entered");
      expect(reports.at(-1)!.outcome).toMatchObject({
        values: [tag, 0n, 0n, 0n, 0n, 0n, tag === 13n ? 0x1_0000_0002n : 0x1_0000_0000n, 64n],
      });
      expect(call(B, "cp_call_return", 100n + tag)).toBe(0n);
    }
    expect(call(B, "cp_call_serve", 0)).toBe("EAGAIN");
    expect(call(A, "cp_call_wait", 2, 0)).toBe(112n);
    expect(call(A, "cp_call_wait", 1, 0)).toBe(111n);
    expect(call(A, "cp_call_wait", 1, 0)).toBe("ENOENT");
    expect(call(C, "cp_call_wait", 2, 0)).toBe("ENOENT");
    expect(call(C, "cp_call_wait", 1, 0)).toBe(113n);
    bothAgree();
  });

  test("is not done because it has begun, and has its buffer only while it is served", () => {
    order(A, 1);
    expect(call(A, "cp_call_wait", 1, 0)).toBe("ETIMEDOUT");
    call(B, "cp_call_serve", 0);
    expect(call(A, "cp_call_wait", 1, FOREVER)).toBe("blocked");
    expect(call(B, "cp_buffer_write", 0, own(BUFFER), 8)).toBe(8n);
    call(B, "cp_call_return", 5);
    expect(reports.at(-1)!.woken).toEqual([{ thread: A, values: [5n, 1n, 0n] }]);
    expect(call(B, "cp_buffer_write", 0, own(BUFFER), 8)).toBe("EBADF");
    bothAgree();
  });

  test("goes to one of those who wait for it", () => {
    order(A, 1);
    call(A, "thread_create", entry, 0);
    call(A, "cp_call_wait", 1, FOREVER);
    call({ cvm: "a", thread: 1 }, "cp_call_wait", 1, FOREVER);
    call(B, "cp_call_serve", 0);
    call(B, "cp_call_return", 9);
    expect(woken(reports.at(-1)!)).toEqual(["a.0 9", "a.1 ENOENT"]);
    bothAgree();
  });

  test("times out in the queue and while it is served; then its server has no buffer, and serves on for nobody", () => {
    order(A, 1, 50);
    order(A, 2, 50);
    call(B, "cp_call_serve", 0);
    expect(call(A, "cp_call_wait", 1, FOREVER)).toBe("blocked");
    expect(reports.at(-1)!.outcome).toEqual({ kind: "blocked" });
    expect(woken(pass(50))).toEqual(["a.0 ETIMEDOUT"]);
    expect(call(A, "cp_call_wait", 2, 0)).toBe("ETIMEDOUT");
    expect(reports.at(-1)!.outcome).toMatchObject({ values: [expect.anything(), 1n, 0n] });
    expect(call(B, "cp_buffer_read", 0, own(BUFFER), 8)).toBe("EBADF");
    expect(call(B, "cp_call_return", 5)).toBe(0n);
    expect(threadOf(B)?.state).toBe("ready");
    bothAgree();
  });

  test("is over with its endpoint, and its server is told", () => {
    order(A, 1);
    order(A, 2);
    call(B, "thread_create", entry, 0);
    call(B, "cp_call_serve", 0);
    expect(call(B1, "cp_call_unregister", to.b)).toBe(0n);
    expect(woken(reports.at(-1)!)).toEqual(["b.0 ECONNRESET"]);
    for (const number of [1, 2]) expect(call(A, "cp_call_wait", number, 0)).toBe("ECONNRESET");
    expect(order(A, 3)).toBe("ESTALE");
    bothAgree();
  });

  test("is one of sixteen", () => {
    for (let index = 0; index < 16; index++) expect(order(A, index)).toBe(BigInt(index + 1));
    expect(order(A, 16)).toBe("EAGAIN");
    expect(order(C, 16)).toBe(1n);
    bothAgree();
  });

  test("is not taken without time to wait if nobody serves at once", () => {
    expect(order(A, 1, 0)).toBe("EAGAIN");
    expect(call(B, "cp_call_serve", FOREVER)).toBe("blocked");
    expect(order(A, 2, 0)).toBe(1n);
    expect(woken(reports.at(-1)!)).toEqual(["b.0 2"]);
    bothAgree();
  });

  test("dies with its owner, and its buffer with it", () => {
    order(A, 1);
    order(A, 2);
    call(B, "cp_call_serve", 0);
    happen({ do: "kill", cvm: "a" });
    expect(model.outline().tickets).toEqual([]);
    expect(call(B, "cp_buffer_read", 0, own(BUFFER), 8)).toBe("EBADF");
    expect(call(B, "cp_call_return", 5)).toBe(0n);
    expect(call(B, "cp_call_serve", 0)).toBe("EAGAIN");
    bothAgree();
  });

  test("is reset when the callee dies, queued or served", () => {
    order(A, 1);
    order(A, 2);
    call(B, "cp_call_serve", 0);
    call(A, "cp_call_wait", 1, FOREVER);
    expect(woken(happen({ do: "kill", cvm: "b" }))).toEqual(["a.0 ECONNRESET"]);
    expect(call(A, "cp_call_wait", 2, 0)).toBe("ECONNRESET");
    bothAgree();
  });
});
