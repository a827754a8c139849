import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createIntravisor } from "../impl/intravisor/intravisor.ts";
import { createSystemModel, emptySystem, pattern, transition } from "../model/intravisor/system.ts";
import { assembleProgram } from "../model/isa/index.ts";
import type {
  CvmDescription,
  Step,
  StepReport,
  SystemUnderTest,
  ThreadName,
  Value,
} from "../model/system-contract.ts";

const systems: readonly SystemUnderTest[] = [
  createSystemModel(),
  createIntravisor({
    assemble: (text, capabilityMode) => assembleProgram(text, { capabilityMode }).words,
  }),
];

const SENDERS = [
  { cvm: "a", thread: 0 },
  { cvm: "a", thread: 1 },
] as const;
const RECEIVER = { cvm: "b", thread: 0 };
const PLACE = 0x2000;
const ROOM = 0x1_2000;
const PAGE = 4096;
const [NO_WAIT, MESSAGE] = [1, 2];
const FAILED = 1n << 63n;
const EAGAIN = BigInt.asUintN(64, -11n);
const EBUSY = BigInt.asUintN(64, -16n);

const quotas = { threads: 2, handles: 4, grants: 0, endpoints: 1, timers: 0 };
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

function call(by: ThreadName, name: string, ...args: readonly (Value | number | bigint)[]): Step {
  const values = args.map((one) => (typeof one === "object" ? one : number(one)));
  return { by, action: { do: "call", call: name, args: values } };
}

const put = (by: ThreadName, offset: number, value: number | bigint): Step => ({
  by,
  action: { do: "store", address: data(offset), size: 8, value: number(value) },
});

/** Of a listens and of b connects; the handles are the second of a and the first of b. */
const prologue: readonly Step[] = [
  { by: null, event: { do: "create", cvm: cvm("a") } },
  { by: null, event: { do: "create", cvm: cvm("b") } },
  put(SENDERS[0], 0, 0x6b),
  put(RECEIVER, 0, 0x6b),
  put(SENDERS[0], 16, (1n << 32n) | 1n),
  call(SENDERS[0], "thread_create", { kind: "at", cvm: null, part: "code", offset: 0x1000n }, 0),
  call(SENDERS[0], "cps_listen", data(0), 1, data(16), 1),
  call(RECEIVER, "cps_connect", data(0), 1),
  call(SENDERS[0], "cps_accept", 0x10000, 0),
];
const NEAR = 0x10001;
const FAR = 0x10000;

/** Sizes of buffers that bounds can cover exactly, where they begin at a page. */
const size = fc.oneof(
  { weight: 8, arbitrary: fc.integer({ min: 1, max: 300 }) },
  { weight: 4, arbitrary: fc.integer({ min: 1, max: 4095 }) },
  { weight: 1, arbitrary: fc.integer({ min: 1, max: 547 }).map((units) => 128 * units) },
);

type Move =
  | { readonly do: "send"; readonly sender: 0 | 1; readonly size: number; readonly flags: number }
  | { readonly do: "receive"; readonly size: number; readonly flags: number }
  | { readonly do: "post"; readonly size: number }
  | { readonly do: "collect" };

const noWait = fc.constantFrom(0, 0, NO_WAIT);
const move: fc.Arbitrary<Move> = fc.oneof(
  fc.record({ do: fc.constant("send" as const), sender: fc.constantFrom(0, 1), size, flags: noWait }),
  fc.record({ do: fc.constant("receive" as const), size, flags: noWait }),
  fc.record({ do: fc.constant("post" as const), size }),
  fc.constant({ do: "collect" as const }),
);

/** Takes steps and remembers what they gave. */
class Run {
  readonly reports: StepReport[] = [];
  readonly system: SystemUnderTest;

  constructor(system: SystemUnderTest) {
    this.system = system;
    system.reset();
    for (const step of prologue) this.take(step);
  }

  take(step: Step): StepReport {
    const report = this.system.step(step, this.reports);
    this.reports.push(report);
    return report;
  }

  /** Bytes of a data part, at an address or an offset. */
  bytes(name: string, at: number, length: number): Uint8Array {
    const { dataBase } = this.system.outline().cvms.find((one) => one.name === name)!;
    const offset = at >= Number(dataBase) ? at - Number(dataBase) : at;
    const pages = this.system.pages(name);
    return Uint8Array.from({ length }, (_, index) => {
      const page = pages[Math.floor((offset + index) / PAGE)];
      return page?.[(offset + index) % PAGE] ?? 0;
    });
  }
}

/** What a thread was told in a step, at once or by waking: a0 to a2 if it did not fail. */
function told(step: Step, { outcome, woken }: StepReport, by: ThreadName): readonly bigint[] | null {
  const isOwn = step.by?.cvm === by.cvm && step.by.thread === by.thread;
  const values =
    isOwn && outcome.kind === "returned"
      ? outcome.values
      : woken.find(({ thread }) => thread.cvm === by.cvm && thread.thread === by.thread)?.values;
  return values === undefined || values[0]! >= FAILED ? null : values;
}

/** Plays moves; a plain queue says what must come, in which order, to the last byte. How many bytes came. */
function play(system: SystemUnderTest, moves: readonly Move[]): number {
  const run = new Run(system);
  const queue: number[] = [];
  /** What each sender waits with. */
  const offered: [Uint8Array | null, Uint8Array | null] = [null, null];
  const receiver = { waits: false };
  let moved = 0;

  const follow = (step: Step): void => {
    const report = run.take(step);
    for (const [index, sender] of SENDERS.entries()) {
      const sent = told(step, report, sender);
      if (sent === null || offered[index] === null) continue;
      queue.push(...offered[index]!.subarray(0, Number(sent[0])));
      offered[index] = null;
    }
    if (step.by === RECEIVER && report.outcome.kind === "blocked") receiver.waits = true;
    const came = told(step, report, RECEIVER);
    if (came === null) return;
    receiver.waits = false;
    const count = Number(came[0]);
    moved += count;
    if (count === 0) return;
    expect(run.bytes("b", Number(came[2]), count)).toEqual(Uint8Array.from(queue.splice(0, count)));
  };

  for (const [index, one] of moves.entries()) {
    if (one.do === "send") {
      if (offered[one.sender] !== null) continue;
      const by = SENDERS[one.sender];
      const place = PLACE + one.sender * ROOM;
      run.take({ by, action: { do: "fill", address: data(place), length: one.size, seed: index } });
      offered[one.sender] = pattern(index, one.size);
      follow(call(by, "cps_send", NEAR, data(place), one.size, one.flags));
      // What was refused stays with its sender, who does not wait.
      if (one.flags === NO_WAIT) offered[one.sender] = null;
    } else if (!receiver.waits) follow(receiving(one));
  }
  if (!receiver.waits) follow(call(RECEIVER, "cps_recv", FAR, 0, 0, NO_WAIT));
  expect(queue).toEqual([]);
  return moved;
}

function receiving(one: Exclude<Move, { do: "send" }>): Step {
  if (one.do === "collect") return call(RECEIVER, "cps_recv", FAR, 0, 0, NO_WAIT);
  if (one.do === "post") return call(RECEIVER, "cps_post_recv", FAR, data(PLACE), one.size);
  return call(RECEIVER, "cps_recv", FAR, data(PLACE), one.size, one.flags);
}

/** Bytes before and behind a buffer that must stay as they are. */
const AROUND = 64;
const FILLED = 7;
const SENT = 9;

describe("a stream", () => {
  test("brings what was sent, in order, once, and all of it (I-74)", () => {
    for (const system of systems) {
      let moved = 0;
      const moves = fc.array(move, { minLength: 8, maxLength: 40 });
      fc.assert(
        fc.property(moves, (list) => {
          moved += play(system, list);
        }),
        { numRuns: 25 },
      );
      expect(moved).toBeGreaterThan(5000);
    }
  }, 60_000);

  test("writes exactly what was sent and fits, whatever the sender says (I-75)", () => {
    const near = (posted: number) =>
      fc.constantFrom(0, 15, 16, 17, posted - 1, posted, posted + 1, 2 * posted, 2 ** 40, 2 ** 48);
    const sizes = fc
      .integer({ min: 1, max: 2000 })
      .chain((posted) => fc.tuple(fc.constant(posted), near(posted)));
    for (const system of systems) {
      fc.assert(
        fc.property(sizes, fc.boolean(), fc.boolean(), ([posted, sent], isMessage, isWaiting) => {
          const run = new Run(system);
          const [by] = SENDERS;
          const length = posted + 2 * AROUND;
          run.take({ by: RECEIVER, action: { do: "fill", address: data(PLACE), length, seed: FILLED } });
          run.take({ by, action: { do: "fill", address: data(PLACE), length: 4096, seed: SENT } });
          const place = data(PLACE + AROUND);
          run.take(
            isWaiting
              ? call(RECEIVER, "cps_recv", FAR, place, posted, 0)
              : call(RECEIVER, "cps_post_recv", FAR, place, posted),
          );
          run.take(call(by, "cps_send", NEAR, data(PLACE), sent, isMessage ? MESSAGE : 0));
          const count = sent > 4096 ? 0 : Math.min(sent, posted);
          const expected = pattern(FILLED, length);
          expected.set(pattern(SENT, 4096).subarray(0, count), AROUND);
          expect(run.bytes("b", PLACE, length)).toEqual(expected);
          expect(run.bytes("a", PLACE, 4096)).toEqual(pattern(SENT, 4096));
        }),
        { numRuns: 40 },
      );
    }
  }, 60_000);

  test("is ready exactly when sending or receiving would not wait (I-77)", () => {
    const [IN, OUT] = [1n, 2n];
    let checked = 0;
    const shut = fc.record({ do: fc.constant("shut" as const), side: fc.boolean(), how: fc.nat(2) });
    fc.assert(
      fc.property(
        fc.array(fc.oneof({ weight: 6, arbitrary: move }, { weight: 1, arbitrary: shut })),
        (moves) => {
          let system = emptySystem;
          const reports: StepReport[] = [];
          const a0 = (step: Step): bigint | null => {
            const { outcome } = transition(system, step, reports);
            return outcome.kind === "returned" ? outcome.values[0] : null;
          };
          const take = (step: Step): void => {
            const { outcome, woken, devices, ...after } = transition(system, step, reports);
            system = after.system;
            reports.push({ outcome, woken: woken as StepReport["woken"], devices });
          };
          for (const step of prologue) take(step);
          for (const [by, handle] of [
            [SENDERS[0], NEAR],
            [RECEIVER, FAR],
          ] as const) {
            take(put(by, 0x100, BigInt(handle) | ((IN | OUT) << 32n)));
          }
          for (const one of moves) {
            if (one.do === "shut") {
              take(call(one.side ? SENDERS[0] : RECEIVER, "cps_shutdown", one.side ? NEAR : FAR, one.how));
            } else if (one.do === "send") {
              take(call(SENDERS[one.sender], "cps_send", NEAR, data(PLACE), one.size, one.flags));
            } else take(receiving(one));
            for (const [by, handle] of [
              [SENDERS[0], NEAR],
              [RECEIVER, FAR],
            ] as const) {
              if (a0(call(by, "time")) === null) continue;
              const polled = transition(system, call(by, "cps_poll", data(0x100), 1, 0), reports);
              const seen = a0From(transition(polled.system, loadOf(by, 0x100), reports).outcome) >> 48n;
              const received = a0(call(by, "cps_recv", handle, data(PLACE), 8, NO_WAIT));
              const sent = a0(call(by, "cps_send", handle, data(PLACE), 8, NO_WAIT));
              expect((seen & IN) !== 0n).toBe(received !== EAGAIN && received !== EBUSY);
              expect((seen & OUT) !== 0n).toBe(sent !== EAGAIN);
              checked++;
            }
          }
        },
      ),
      { numRuns: 100 },
    );
    expect(checked).toBeGreaterThan(500);
  });
});

function loadOf(by: ThreadName, offset: number): Step {
  return { by, action: { do: "load", address: data(offset), size: 8 } };
}

function a0From(outcome: StepReport["outcome"]): bigint {
  return outcome.kind === "returned" ? outcome.values[0] : 0n;
}
