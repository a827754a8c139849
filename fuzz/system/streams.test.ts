import { describe, expect, test } from "vitest";
import { createIntravisor } from "../../impl/intravisor/intravisor.ts";
import { createSystemModel } from "../../model/intravisor/system.ts";
import { assembleProgram } from "../../model/isa/index.ts";
import type {
  CvmDescription,
  ErrorName,
  Step,
  StepReport,
  SystemScript,
  ThreadName,
  Value,
} from "../../model/system-contract.ts";
import { errorOf } from "./listing.ts";
import { compareSystems, stepsOf } from "./lockstep.ts";

const model = createSystemModel();
const system = createIntravisor({
  assemble: (text, capabilityMode) => assembleProgram(text, { capabilityMode }).words,
});

const A = { cvm: "a", thread: 0 };
const B = { cvm: "b", thread: 0 };
/** A second thread of each. */
const [A1, B1] = [
  { cvm: "a", thread: 1 },
  { cvm: "b", thread: 1 },
];
const FOREVER = (1n << 64n) - 1n;
const [NO_WAIT, MESSAGE] = [1, 2];

const quotas = { threads: 3, handles: 4, grants: 0, endpoints: 2, timers: 1 };
const cvm = (name: string): CvmDescription => ({
  name,
  size: 0x34000,
  codeSize: 0x4000,
  image: "",
  parent: null,
  quotas,
});

const number = (value: number | bigint): Value => ({ kind: "number", value: BigInt(value) });
const data = (offset: number): Value => ({ kind: "at", cvm: null, part: "data", offset: BigInt(offset) });

/** A script in the making, and what its steps gave on the reference. */
class Story {
  readonly steps: Step[] = [];
  reports: readonly StepReport[] = [];

  take(step: Step): number {
    this.steps.push(step);
    return this.steps.length + 1;
  }

  call(by: ThreadName, call: string, ...args: readonly (Value | number | bigint)[]): number {
    const values = args.map((one) => (typeof one === "object" ? one : number(one)));
    return this.take({ by, action: { do: "call", call, args: values } });
  }

  result(step: number): Value {
    return { kind: "result", step, index: 0 };
  }

  fill(by: ThreadName, offset: number, length: number, seed: number): void {
    this.take({ by, action: { do: "fill", address: data(offset), length, seed } });
  }

  event(event: Extract<Step, { by: null }>["event"]): number {
    return this.take({ by: null, event });
  }

  get script(): SystemScript {
    return {
      format: "capwright-script",
      version: 1,
      level: "system",
      cvms: [cvm("a"), cvm("b")],
      steps: this.steps,
      schedule: [],
    };
  }

  /** Runs it on both, which must agree on everything; afterwards `of` says what a step gave. */
  run(): this {
    expect(compareSystems(this.script, model, system)).toBeNull();
    model.reset();
    const reports: StepReport[] = [];
    for (const step of stepsOf(this.script)) reports.push(model.step(step, reports));
    this.reports = reports;
    return this;
  }

  /** a0 and a1 of a call, or its error, or that it waits. */
  of(step: number): readonly number[] | ErrorName | "waits" {
    const { outcome } = this.reports[step]!;
    if (outcome.kind !== "returned") return "waits";
    return spelt(outcome.values);
  }

  woken(step: number): readonly string[] {
    return this.reports[step]!.woken.map(
      ({ thread, values }) => `${thread.cvm}.${thread.thread} ${String(spelt(values))}`,
    );
  }
}

function spelt(values: readonly bigint[]): readonly number[] | ErrorName {
  return errorOf(values[0]!) ?? values.slice(0, 2).map(Number);
}

/** a listens and b is allowed to connect; both have keys and lists where they are wanted. */
function listening(): { story: Story; listener: Value } {
  const story = new Story();
  for (const by of [A, B]) {
    story.take({ by, action: { do: "store", address: data(0), size: 8, value: number(0x6b6579) } });
    story.call(by, "thread_create", { kind: "at", cvm: null, part: "code", offset: 0x1000n }, 0);
  }
  story.take({ by: A, action: { do: "store", address: data(16), size: 8, value: number((1n << 32n) | 1n) } });
  const listener = story.result(story.call(A, "cps_listen", data(0), 3, data(16), 1));
  return { story, listener };
}

/** A stream from b, who connected, to a. */
function connected(): { story: Story; listener: Value; a: Value; b: Value } {
  const { story, listener } = listening();
  const b = story.result(story.call(B, "cps_connect", data(0), 3));
  const a = story.result(story.call(A, "cps_accept", listener, 0));
  return { story, listener, a, b };
}

describe("a stream", () => {
  test("moves bytes to whoever waits for them, as many as both allow", () => {
    const { story, a, b } = connected();
    story.fill(B, 0x1000, 100, 7);
    const receive = story.call(A, "cps_recv", a, data(0x2000), 60, 0);
    const send = story.call(B, "cps_send", b, data(0x1000), 100, 0);
    story.run();
    expect(story.of(receive)).toBe("waits");
    expect(story.of(send)).toEqual([60, 0]);
    expect(story.woken(send)).toHaveLength(1);
    expect(story.woken(send)[0]).toMatch(/^a\.0 60,60$/);
    const [page] = model.pages("a").slice(2);
    expect(page![59]).not.toBe(0);
    expect(page![60]).toBe(0);
  });

  test("keeps what nobody receives with its sender, in turn", () => {
    const { story, a, b } = connected();
    story.fill(B, 0x1000, 64, 7);
    const first = story.call(B, "cps_send", b, data(0x1000), 30, 0);
    const second = story.call(B1, "cps_send", b, data(0x1020), 20, 0);
    const one = story.call(A, "cps_recv", a, data(0x2000), 64, 0);
    const other = story.call(A, "cps_recv", a, data(0x2040), 10, 0);
    const last = story.call(A, "cps_recv", a, data(0x2040), 10, NO_WAIT);
    story.run();
    expect([first, second].map((step) => story.of(step))).toEqual(["waits", "waits"]);
    expect(story.of(one)).toEqual([30, 30]);
    expect(story.woken(one)).toEqual(["b.0 30,0"]);
    expect(story.of(other)).toEqual([10, 10]);
    expect(story.woken(other)).toEqual(["b.1 10,0"]);
    expect(story.of(last)).toBe("EAGAIN");
  });

  test("cuts a message, and says how long it was", () => {
    const { story, a, b } = connected();
    story.fill(B, 0x1000, 64, 7);
    const post = story.call(A, "cps_post_recv", a, data(0x2000), 16);
    const send = story.call(B, "cps_send", b, data(0x1000), 64, MESSAGE);
    const again = story.call(B, "cps_send", b, data(0x1000), 64, NO_WAIT);
    const busy = story.call(A, "cps_post_recv", a, data(0x2000), 16);
    const got = story.call(A, "cps_recv", a, 0, 0, 0);
    story.run();
    expect(story.of(post)).toEqual([0, 0]);
    expect(story.of(send)).toEqual([64, 0]);
    expect(story.of(again)).toBe("EAGAIN");
    expect(story.of(busy)).toBe("EBUSY");
    expect(story.of(got)).toEqual([16, 64]);
  });

  test("moves a lot at once, also within one cVM, where the pieces overlap", () => {
    const { story, listener, a, b } = connected();
    story.fill(B, 0x1000, 69_888, 7);
    story.call(A, "cps_post_recv", a, data(0x1000), 69_888);
    const send = story.call(B, "cps_send", b, data(0x1000), 69_888, 0);
    const near = story.result(story.call(A, "cps_connect", data(0), 3));
    const far = story.result(story.call(A, "cps_accept", listener, 0));
    story.fill(A, 0x1000, 600, 9);
    story.call(A, "cps_post_recv", far, data(0x1009), 500);
    const overlap = story.call(A, "cps_send", near, data(0x1000), 512, 0);
    story.run();
    expect(story.of(send)).toEqual([69_888, 0]);
    expect(story.of(overlap)).toEqual([500, 0]);
    const page = model.pages("a")[1]!;
    expect(page.subarray(9, 509)).toEqual(
      Uint8Array.from({ length: 500 }, (_, at) => (9 * 31 + at * 7 + (at >> 8) * 13 + 1) & 0xff),
    );
  });

  test("ends: what has come is still there, then nothing comes, and nothing goes", () => {
    const { story, a, b } = connected();
    story.fill(B, 0x1000, 8, 7);
    story.call(A, "cps_post_recv", a, data(0x2000), 16);
    story.call(B, "cps_send", b, data(0x1000), 8, 0);
    const shut = story.call(B, "cps_shutdown", b, 1);
    const drained = story.call(A, "cps_recv", a, 0, 0, 0);
    const end = story.call(A, "cps_recv", a, data(0x2000), 16, 0);
    const post = story.call(A, "cps_post_recv", a, data(0x2000), 16);
    const send = story.call(B, "cps_send", b, data(0x1000), 8, 0);
    const back = story.call(B, "cps_recv", b, data(0x1000), 8, 0);
    const close = story.call(A, "cps_close", a);
    const gone = story.call(A, "cps_close", a);
    story.run();
    expect(story.of(shut)).toEqual([0, 0]);
    expect(story.of(drained)).toEqual([8, 8]);
    expect(story.of(end)).toEqual([0, 0]);
    expect(story.of(post)).toBe("EPIPE");
    expect(story.of(send)).toBe("EPIPE");
    expect(story.of(back)).toBe("waits");
    expect(story.woken(close)).toEqual(["b.0 0,0"]);
    expect(story.of(gone)).toBe("EBADF");
  });

  test("does not keep those who wait at a closed end, or at that of a dead", () => {
    const { story, listener, a, b } = connected();
    const send = story.call(B, "cps_send", b, data(0x1000), 8, 0);
    const closing = story.call(B1, "cps_close", b);
    const accepting = story.call(A, "cps_accept", listener, FOREVER);
    const second = story.call(B, "cps_connect", data(0), 3);
    const waiting = story.call(B, "cps_recv", story.result(second), data(0x1000), 8, 0);
    const death = story.event({ do: "kill", cvm: "a" });
    const send2 = story.call(B, "cps_send", story.result(second), data(0x1000), 8, 0);
    story.call(A1, "cps_recv", a, data(0x1000), 8, 0);
    story.run();
    expect(story.of(send)).toBe("waits");
    expect(story.woken(closing)).toEqual(["b.0 EBADF"]);
    expect(story.of(accepting)).toBe("waits");
    expect(story.woken(second)[0]).toMatch(/^a\.0 \d+,/);
    expect(story.of(waiting)).toBe("waits");
    expect(story.woken(death)).toEqual(["b.0 0,0"]);
    expect(story.of(send2)).toBe("EPIPE");
  });

  test("says what is ready, and wakes those who ask when something is", () => {
    const { story, listener, a, b } = connected();
    const [IN, OUT] = [1n, 2n];
    // The handles of a: its listener is the first, its end of the stream the second.
    for (const [at, word] of [0x10000n, 0x10001n | (OUT << 32n) | (IN << 32n), 77n].entries()) {
      story.take({
        by: A,
        action: { do: "store", address: data(0x100 + 8 * at), size: 8, value: number(word) },
      });
    }
    const none = story.call(A, "cps_poll", data(0x100), 2, 0);
    const wait = story.call(A, "cps_poll", data(0x100), 2, FOREVER);
    const send = story.call(B, "cps_send", b, data(0x1000), 8, 0);
    const seen = story.take({ by: A, action: { do: "load", address: data(0x108), size: 8 } });
    const odd = story.call(A, "cps_poll", data(0x100), 3, 0);
    const many = story.call(A, "cps_poll", data(0x100), 65, 0);
    const wild = story.call(A, "cps_poll", data(0x2fff8), 2, 0);
    const late = story.call(A1, "cps_poll", data(0x100), 1, 50);
    const time = story.event({ do: "advance", ns: 50n });
    story.call(A, "cps_close", a);
    story.call(A, "cps_close", listener);
    const ways = story.call(A, "cps_poll", data(0x100), 1, FOREVER);
    story.run();
    expect([none, wait, send].map((step) => story.of(step))).toEqual([[0, 0], "waits", "waits"]);
    expect(story.woken(send)).toEqual(["a.0 1,0"]);
    expect(story.of(seen)).toEqual([Number((IN << 48n) | 0x3_0001_0001n), 0]);
    expect(story.of(odd)).toEqual([2, 0]);
    expect(story.of(many)).toBe("E2BIG");
    expect(story.of(wild)).toBe("EFAULT");
    expect(story.of(late)).toBe("waits");
    expect(story.woken(time)).toEqual(["a.1 0,0"]);
    expect(story.of(ways)).toEqual([1, 0]);
  });
});
