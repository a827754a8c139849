import { describe, expect, test } from "vitest";
import { createIntravisor } from "../../impl/intravisor/intravisor.ts";
import { createSystemModel } from "../../model/intravisor/system.ts";
import { assembleProgram } from "../../model/isa/index.ts";
import type {
  CvmDescription,
  Step,
  StepReport,
  SystemScript,
  ThreadName,
  Turn,
  Value,
} from "../../model/system-contract.ts";
import type { SliceMoment } from "./slice-moment.ts";
import { runSlices } from "./slices.ts";

const quotas = { threads: 4, handles: 16, grants: 4, endpoints: 4, timers: 2 };
const A = { cvm: "a", thread: 0 };
const B = { cvm: "b", thread: 0 };
const KEY = 0x6b6579;
const REST = 1_000_000;
const assemble = (text: string, capabilityMode: boolean) => assembleProgram(text, { capabilityMode }).words;
const words = (text: string) => [...assemble(text, false)];

const model = createSystemModel();
const system = createIntravisor({ assemble });

function cvm(name: string, image = ""): CvmDescription {
  return { name, size: 0x10000, codeSize: 0x4000, image, parent: null, quotas };
}

function imageOf(text: string): string {
  return Buffer.from(Uint32Array.from(words(text)).buffer).toString("hex");
}

const number = (value: number): Value => ({ kind: "number", value: BigInt(value) });
const data = (offset: number): Value => ({ kind: "at", cvm: null, part: "data", offset: BigInt(offset) });
const code = (offset: number): Value => ({ kind: "at", cvm: null, part: "code", offset: BigInt(offset) });
const result = (step: number, index = 0): Value => ({ kind: "result", step, index });

function call(by: ThreadName, name: string, ...args: Value[]): Step {
  return { by, action: { do: "call", call: name, args } };
}

function store(by: ThreadName, address: Value, value: Value): Step {
  return { by, action: { do: "store", address, size: 8, value } };
}

function body(by: ThreadName, text: string): Step {
  return { by, action: { do: "body", words: words(text) } };
}

function run(steps: readonly Step[], schedule: readonly Turn[] = [], cvms = [cvm("a"), cvm("b")]) {
  const moments: SliceMoment[] = [];
  const script: SystemScript = {
    format: "capwright-script",
    version: 1,
    level: "system",
    cvms,
    steps,
    schedule,
  };
  const { reports, difference } = runSlices(script, model, system, (moment) => moments.push(moment));
  expect(difference).toBeNull();
  return { reports, moments, probe: system.probe };
}

const answerOf = ({ outcome }: StepReport) =>
  outcome.kind === "returned" ? outcome.values[0] : outcome.kind;
const whole = (thread: ThreadName | null, slices = 1): Turn[] =>
  Array.from({ length: slices }, () => ({ thread, steps: REST }));

/** A grant of A's to B: steps 2 to 6, the handles of A and B are the results of steps 5 and 7. */
const granted: readonly Step[] = [
  store(A, data(0), number(KEY)),
  call(B, "thread_self"),
  store(A, data(16), result(3, 1)),
  call(A, "cp_file_advertise", data(0), number(3), data(0x400), number(1024), number(3), data(16), number(1)),
  store(B, data(0), number(KEY)),
  call(B, "cp_file_probe", data(0), number(3), number(3)),
];
const grantedTurns = [...whole(A), ...whole(B, 2), ...whole(A, 3), ...whole(B, 3)];
/** Leaves the grant of the first handle in c18. */
const takeGrant = `
  cspecialrw c7, pcc, c0
  cgetbase x5, c7
  cgetlen x6, c7
  add x5, x5, x6
  addi x5, x5, -2048
  csetaddr c7, c7, x5
  lc.cap c18, (c7)
`;
const BADF = BigInt.asUintN(64, -9n);
const write = "  sb.cap x2, (c18)\n";

describe("bodies", () => {
  test("run to their end, and leave what they stored", () => {
    const { reports } = run([body(A, "addi x10, x0, 7\naddi x11, x0, 8")]);
    expect(reports[2]!.outcome).toEqual({ kind: "returned", values: [7n, 8n, 0n] });
  });

  test("give themselves a buffer that no call has given them", () => {
    const write = call(A, "cp_buffer_write", number(0), data(0x100), number(8));
    const { reports } = run([write, body(A, "cspecialrw c27, ddc, c0"), write]);
    expect([2, 4].map((at) => answerOf(reports[at]!))).toEqual([BADF, 8n]);
  });

  test("call through the gate by hand", () => {
    const steps = [call(A, "time"), body(A, "addi x30, x0, 8\njalr x1, -60(x1)\n")];
    const { reports } = run(steps);
    expect(["returned", "faulted"]).toContain(reports[3]!.outcome.kind);
  });

  test.each([
    ["ecall", 11n],
    ["ebreak", 3n],
    ["csrrw x5, mscratch, x0", 0x1cn],
    ["csrrs x5, mstatus, x0", 0x1cn],
    ["cspecialrw c5, mscratchc, c0", 0x1cn],
    ["mret", 0x1cn],
  ])("%s is refused", (text, cause) => {
    const { reports } = run([body(A, text), call(B, "time")]);
    expect(reports[2]!.outcome).toMatchObject({ kind: "faulted", cause });
    expect(answerOf(reports[3]!)).toBe(0n);
  });

  test("end at their end and at no other trap that looks like it", () => {
    const { reports } = run([body(A, "ebreak\naddi x10, x0, 1")]);
    expect(reports[2]!.outcome.kind).toBe("faulted");
  });

  test("that do not end are stopped", () => {
    const { reports } = run([body(A, "jal x0, 0"), call(A, "thread_self")]);
    expect(answerOf(reports[2]!)).toBe(0n);
    expect(reports[3]!.outcome.kind).toBe("returned");
  });

  test("write through a grant while it lasts", () => {
    const { reports } = run([
      ...granted,
      body(B, takeGrant + write),
      { by: A, action: { do: "load", address: data(0x400), size: 1 } },
    ]);
    expect(reports[8]!.outcome.kind).toBe("returned");
    expect(reports[9]!.outcome.kind).toBe("returned");
  });
});

describe("programs", () => {
  test("go on where they were", () => {
    const count = imageOf("addi x10, x10, 1\njal x0, -4");
    const steps: Step[] = [{ by: A, action: { do: "go" } }];
    const { moments } = run(
      steps,
      Array.from({ length: 5 }, () => ({ thread: A, steps: 3 })),
      [cvm("a", count)],
    );
    expect(moments.filter(({ slice }) => slice?.end.kind === "preempted").length).toBeGreaterThanOrEqual(5);
  });
});

describe("threads stopped in the gate", () => {
  test("come to the same, wherever it is", () => {
    const steps = [call(A, "thread_self"), call(A, "timer_arm", number(5)), call(B, "thread_self")];
    const schedule = Array.from({ length: 250 }, (_, at) => ({ thread: at % 3 === 0 ? B : A, steps: 1 }));
    const { reports, moments } = run(steps, schedule);
    expect(answerOf(reports[3]!)).toBe(0n);
    expect(moments.filter(({ slice }) => slice?.place === "gate").length).toBeGreaterThan(40);
  });

  test("may die there", () => {
    for (let steps = 8; steps < 90; steps += 3) {
      const { reports } = run(
        [call(A, "thread_self"), { by: null, event: { do: "kill", cvm: "a" } }, call(B, "time")],
        [{ thread: A, steps }, ...whole(A), ...whole(null), ...whole(A)],
      );
      expect(answerOf(reports[4]!)).toBe(0n);
    }
  });
});

describe("revocation", () => {
  const revoke = call(A, "cp_file_revoke", result(5));
  const ESTALE = BigInt.asUintN(64, -116n);

  test("takes the grant out of a register of a thread that is stopped", () => {
    const steps = [...granted, body(B, `${takeGrant}${write}  addi x0, x0, 0\n${write}`), revoke];
    const schedule = [...grantedTurns, { thread: B, steps: 9 }, ...whole(A, 3), ...whole(B)];
    const { reports } = run(steps, schedule);
    expect(answerOf(reports[9]!)).toBe(0n);
    expect(reports[8]!.outcome).toMatchObject({ kind: "faulted", cause: 0x1cn });
  });

  test("takes it out of DDC, in the gate too", () => {
    for (let taken = 8; taken < 70; taken += 1) {
      const steal = body(B, `${takeGrant}  cspecialrw c0, ddc, c18\n  addi x30, x0, 2\n  jalr x1, 4(x1)\n`);
      const steps = [...granted, steal, revoke, call(A, "time")];
      const schedule = [...grantedTurns, { thread: B, steps: taken }, ...whole(A, 3)];
      const { reports } = run(steps, schedule);
      expect(answerOf(reports[9]!)).toBe(0n);
    }
  });

  test("stops a copy, which says so", () => {
    const ends = new Set<bigint | string>();
    for (let taken = 1; taken < 160; taken += 4) {
      const copy = call(B, "cp_file_pwrite", result(7), number(0), data(0x800), number(1024));
      const steps = [...granted, copy, revoke];
      const schedule = [...grantedTurns, { thread: B, steps: taken }, ...whole(A, 3)];
      ends.add(answerOf(run(steps, schedule).reports[8]!));
    }
    expect([...ends]).toEqual([ESTALE]);
  });

  test("of a handle that its holder closes as well", () => {
    const T = { cvm: "b", thread: 1 };
    const steps = [
      ...granted,
      call(B, "thread_create", code(0x1000), number(0)),
      body(T, takeGrant + write + write),
      call(B, "cp_file_close", result(7)),
    ];
    const schedule = [...grantedTurns, ...whole(B, 2), { thread: T, steps: 8 }, ...whole(B, 3), ...whole(T)];
    const { reports } = run(steps, schedule);
    expect(answerOf(reports[10]!)).toBe(0n);
    expect(reports[9]!.outcome).toMatchObject({ kind: "faulted", cause: 0x1cn });
  });
});
