import { describe, expect, test } from "vitest";
import { createIntravisor } from "../../impl/intravisor/intravisor.ts";
import { createSystemModel } from "../../model/intravisor/system.ts";
import { assembleProgram } from "../../model/isa/index.ts";
import type {
  CvmDescription,
  Event,
  Step,
  StepReport,
  SystemScript,
  ThreadName,
  Turn,
  Value,
} from "../../model/system-contract.ts";
import { errorOf } from "./listing.ts";
import { runSlices } from "./slices.ts";

type Taken = Extract<Step, { by: ThreadName }>;

const A: ThreadName = { cvm: "a", thread: 0 };
const B: ThreadName = { cvm: "b", thread: 0 };
/** What goes on in b when the call has lost its caller. */
const LEFT: ThreadName = { cvm: "b", thread: 3 };
const REST = 1_000_000;
/** More machine steps than a copy takes here, and than a call takes until it has been asked for. */
const [COPY, CALL] = [140, 60];
const [BLOCK, BUFFER] = [0x100, 0x200];
const quotas = { threads: 4, handles: 4, grants: 0, endpoints: 1, timers: 0 };
const cvms = ["a", "b"].map(
  (name): CvmDescription => ({ name, size: 0xc000, codeSize: 0x4000, image: "", parent: null, quotas }),
);

const model = createSystemModel();
const system = createIntravisor({
  assemble: (text, capabilityMode) => assembleProgram(text, { capabilityMode }).words,
});

const own = (offset: number): Value => ({ kind: "at", cvm: null, part: "data", offset: BigInt(offset) });
const meant = (value: Value | number): Value =>
  typeof value === "object" ? value : { kind: "number", value: BigInt(value) };
const call = (by: ThreadName, name: string, ...args: readonly (Value | number)[]): Taken => ({
  by,
  action: { do: "call", call: name, args: args.map(meant) },
});
const store = (by: ThreadName, offset: number, value: Value | number): Taken => ({
  by,
  action: { do: "store", address: own(offset), size: 8, value: meant(value) },
});
const load = (by: ThreadName, offset: number): Taken => ({
  by,
  action: { do: "load", address: own(offset), size: 8 },
});

/** a is in b, with a buffer of 64 bytes and 50 ns. */
const before: readonly Taken[] = [
  store(B, 0, 0x6b),
  store(B, 16, 2 ** 32),
  call(
    B,
    "cp_call_register",
    own(0),
    3,
    { kind: "at", cvm: null, part: "code", offset: 0x1000n },
    64,
    2,
    own(16),
    1,
  ),
  store(A, 0, 0x6b),
  call(A, "cp_call_open", own(0), 3),
  store(A, BLOCK + 48, own(BUFFER)),
  store(A, BLOCK + 56, 64),
  store(A, BLOCK + 64, 3),
  store(A, BLOCK + 72, 50),
  call(A, "cp_call", 0x10000, own(BLOCK)),
];
/** A call takes two slices: it asks, and it is served. */
const begun: readonly Turn[] = before.flatMap(({ by, action }) =>
  Array.from({ length: action.do === "call" ? 2 : 1 }, () => ({ thread: by, steps: REST })),
);

const meaning = ({ outcome }: StepReport): string =>
  outcome.kind === "returned" ? (errorOf(outcome.values[0]) ?? "a value") : outcome.kind;

/** Stops a in b at every instruction of what it does there, and lets that happen; what the steps after it gave. */
function cutShort(doing: Taken, longest: number, event: Event, after: readonly Taken[]): Set<string> {
  const seen = new Set<string>();
  for (let steps = 0; steps < longest; steps++) {
    const script: SystemScript = {
      format: "capwright-script",
      version: 1,
      level: "system",
      cvms,
      steps: [...before, doing, { by: null, event }, ...after],
      schedule: [...begun, { thread: A, steps }, { thread: null, steps: 1 }],
    };
    const { reports, difference } = runSlices(script, model, system);
    expect(difference, `after ${steps} steps`).toBeNull();
    seen.add(
      reports
        .slice(cvms.length + before.length + 2)
        .map(meaning)
        .join(" "),
    );
  }
  return seen;
}

const tooLate: Event = { do: "advance", ns: 60n };
const death: Event = { do: "kill", cvm: "a" };

describe("a callee that loses its caller at any instruction", () => {
  const writes = call(A, "cp_buffer_write", 0, own(0x300), 61);
  const left = [call(LEFT, "cp_buffer_write", 0, own(0x300), 8), call(LEFT, "cp_call_return", 5)];

  test("of a copy to its buffer: the buffer is gone, and the callee goes on", () => {
    expect(cutShort(writes, COPY, tooLate, [load(A, BUFFER), ...left])).toEqual(
      new Set(["a value EBADF a value"]),
    );
    expect(cutShort(writes, COPY, death, left)).toEqual(new Set(["EBADF a value"]));
  });

  test("of a call that waits: the callee waits for it, or has not called yet", () => {
    const sleeps = call(A, "sleep", 100);
    const waits = [load(A, BUFFER), call(LEFT, "time")];
    expect(cutShort(sleeps, CALL, tooLate, waits)).toEqual(new Set(["a value refused", "a value a value"]));
    expect(cutShort(sleeps, CALL, death, [call(LEFT, "time")])).toEqual(new Set(["refused", "a value"]));
  });

  test("of its return: it ends, and the caller has been told before", () => {
    const returns = call(A, "cp_call_return", 9);
    expect(cutShort(returns, CALL, tooLate, [load(A, BUFFER), call(LEFT, "time")])).toEqual(
      new Set(["a value refused", "a value a value"]),
    );
  });
});
