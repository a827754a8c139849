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
import { buildObject, type ObjectSource } from "../sco/writer.ts";
import { objectCode } from "./generate/object-code.ts";
import { errorOf } from "./listing.ts";
import { JudgedSystem } from "./oracle/judged.ts";
import { OBJECT_SLICE_OUTCOMES } from "./slice-object-reach.ts";
import { SliceReach } from "./slice-reach.ts";
import { runSlices } from "./slices.ts";

type Taken = Extract<Step, { by: ThreadName }>;

const A: ThreadName = { cvm: "a", thread: 0 };
const A1: ThreadName = { cvm: "a", thread: 1 };
const B: ThreadName = { cvm: "b", thread: 0 };
const REST = 1_000_000;
const [FILE, BUFFER] = [0x400, 0x200];
const quotas = { threads: 4, handles: 8, grants: 0, endpoints: 0, timers: 0 };
const cvms = ["a", "b"].map(
  (name): CvmDescription => ({ name, size: 0xc000, codeSize: 0x4000, image: "", parent: null, quotas }),
);

const model = createSystemModel();
const system = createIntravisor({
  assemble: (text, capabilityMode) => assembleProgram(text, { capabilityMode }).words,
});
const judged = new JudgedSystem(system, ["M", "T", "S", "V"]);

const own = (offset: number): Value => ({ kind: "at", cvm: null, part: "data", offset: BigInt(offset) });
const meant = (value: Value | number): Value =>
  typeof value === "object" ? value : { kind: "number", value: BigInt(value) };
const call = (by: ThreadName, name: string, ...args: readonly (Value | number)[]): Taken => ({
  by,
  action: { do: "call", call: name, args: args.map(meant) },
});

/** An object that counts in its state, calls an import if it has one, and leaves the sum in what it is lent. */
function source(isLinked: boolean): ObjectSource {
  const go = `cls c8, 16, 32\nlc c5, 0(c8)\nlc c6, 16(c8)\nauipcc c1, 0\ncincoffsetimm c1, c1, 12\ncinvoke c5, c6`;
  const { text, relocations, labels } = objectCode(
    `work:\ncmove c18, c1\n${isLinked ? go : ""}\ncls c9, 0, 8\nld x5, 0(c9)\nadd x5, x5, x10\nsd x5, 0(c9)
addi x10, x5, 0\ncgettag x6, c27\nbeq x6, x0, out\nsd x10, 0(c27)\nout:\ncjalr c0, 0(c18)`,
    [],
  );
  const slot = { kind: 6, segment: 2, place: 16, target: 0, size: 32, addend: 0 } as const;
  return {
    text,
    rodata: new Uint8Array(),
    init: new Uint8Array(isLinked ? 48 : 16),
    bss: 0,
    exports: [{ name: "work", offset: labels.get("work")! }],
    imports: isLinked ? ["other"] : [],
    relocations: isLinked ? [...relocations, slot] : relocations,
  };
}

const [PLAIN, LINKED] = [false, true].map((isLinked) => buildObject(source(isLinked))) as [
  Uint8Array,
  Uint8Array,
];
const [FIRST, SECOND] = [0x10000, 0x10001];

function made(by: ThreadName, file: Uint8Array, at: number, handle: number): Taken[] {
  const bytes = Buffer.from(file).toString("hex");
  return [
    { by, action: { do: "place", address: own(at), bytes } },
    call(by, "sco_create", own(at), file.length),
    call(by, "sco_bind", handle, 0),
  ];
}

/** a and b have the same object; a has another that calls it, and a second thread. */
const before: readonly Taken[] = [
  ...made(A, PLAIN, FILE, FIRST),
  ...made(A, LINKED, FILE + 0x400, SECOND),
  call(A, "sco_import", SECOND, 0, FIRST, 0),
  call(A, "thread_create", { kind: "at", cvm: null, part: "code", offset: 0x1000n }, 0),
  ...made(B, PLAIN, FILE, FIRST),
];
const begun: readonly Turn[] = before.flatMap(({ by, action }) =>
  Array.from({ length: action.do === "call" ? 2 : 1 }, () => ({ thread: by, steps: REST })),
);

const reach = new SliceReach();
const reached = new Set<string>();

function run(steps: readonly Step[], schedule: readonly Turn[]): readonly StepReport[] {
  const script: SystemScript = {
    format: "capwright-script",
    version: 1,
    level: "system",
    cvms,
    steps: [...before, ...steps],
    schedule: [...begun, ...schedule],
  };
  reach.begin();
  const { reports, difference } = runSlices(script, model, judged, (moment) => {
    for (const outcome of reach.reached(moment)) reached.add(outcome);
  });
  expect(difference).toBeNull();
  expect(judged.finish()).toBeNull();
  return reports.slice(cvms.length + before.length);
}

const meaning = ({ outcome }: StepReport): string =>
  outcome.kind === "returned" ? (errorOf(outcome.values[0]) ?? `${outcome.values[0]}`) : outcome.kind;

const visit = (by: ThreadName, handle: number, add: number) =>
  call(by, "sco_call", handle, 0, add, 0, 0, 0, own(BUFFER), 16);

/** Machine steps from the first of a call into an object to where it has come back, and a little more. */
const LONGEST = 320;
const STRIDE = 13;

/** Stops a call of a's at one instruction after the other, some of them left out, and lets something else happen whole: what all came to. */
function cutShort(doing: Taken, others: readonly Step[]): Set<string> {
  const seen = new Set<string>();
  const turns = others.flatMap((step): Turn[] =>
    step.by === null
      ? [{ thread: null, steps: 1 }]
      : [0, 1].map(() => ({ thread: (step as Taken).by, steps: REST })),
  );
  for (let steps = 1; steps < LONGEST; steps += STRIDE) {
    seen.add(
      run([doing, ...others], [{ thread: A, steps }, ...turns])
        .map(meaning)
        .join(" "),
    );
  }
  return seen;
}

const death: Event = { do: "kill", cvm: "a" };

describe("a call into objects that is stopped anywhere", () => {
  test("comes to what it comes to in one piece (I-99)", () => {
    expect(cutShort(visit(A, FIRST, 5), [call(B, "time")])).toEqual(new Set(["5 0"]));
  });

  test("keeps another thread from leaving the object, or has not come in yet (I-105)", () => {
    const ends = cutShort(visit(A, FIRST, 5), [call(A1, "sco_unbind", FIRST)]);
    expect(ends).toEqual(new Set(["EBADF 0", "5 EBUSY", "5 0"]));
  });

  test("goes on when its handle is closed, or finds none (I-108)", () => {
    const ends = cutShort(visit(A, FIRST, 5), [call(A1, "sco_close", FIRST)]);
    expect(ends).toEqual(new Set(["EBADF 0", "5 0"]));
  });

  test("meets another thread and another client in it (I-99, I-104)", () => {
    const visits = [visit(A, FIRST, 5), visit(A1, FIRST, 7), visit(B, FIRST, 9)];
    for (let steps = 150; steps < 230; steps += 5) {
      const [, , third] = run(
        visits,
        visits.map(({ by }) => ({ thread: by, steps })),
      );
      expect(meaning(third!)).toBe("9");
    }
  });

  test("ends with its client, and with nobody else (I-83)", () => {
    const ends = cutShort(visit(A, FIRST, 5), [{ by: null, event: death }, visit(B, FIRST, 9)]);
    expect(ends).toEqual(new Set(["refused done 9", "5 done 9"]));
  });

  test("has an import changed under it", () => {
    const ends = cutShort(visit(A, SECOND, 5), [call(A1, "sco_import", SECOND, 0, SECOND, 0)]);
    expect([...ends].every((one) => /^(10|ELOOP|EFAULT|[0-9]+) 0$/.test(one))).toBe(true);
  });
});

describe("a file that another thread of the loader changes", () => {
  const bytes = Buffer.from(PLAIN).toString("hex");
  const place: Taken = { by: B, action: { do: "place", address: own(FILE + 0x800), bytes } };
  const ask = call(B, "sco_create", own(FILE + 0x800), PLAIN.length);
  const thread = call(B, "thread_create", { kind: "at", cvm: null, part: "code", offset: 0x1000n }, 0);
  const B1 = { cvm: "b", thread: 1 };
  const spoil: Taken = {
    by: B1,
    action: { do: "store", address: own(FILE + 0x800), size: 1, value: meant(0) },
  };

  test("is what it is when the call is served, and verified as that (I-97, I-98)", () => {
    const [whole, part] = [
      { thread: B, steps: REST },
      { thread: B1, steps: REST },
    ];
    const ends = run([thread, place, ask, spoil], [whole, whole, whole, whole, part, whole]).map(meaning);
    expect(ends).toEqual(["1", "0", "ENOEXEC", "0"]);
    const later = run([thread, place, ask, spoil], [whole, whole, whole, whole, whole, part]).map(meaning);
    expect(later).toEqual(["1", "0", `${0x10001}`, "0"]);
  });
});

test("every corner of objects in slices is reached by these", () => {
  expect(OBJECT_SLICE_OUTCOMES.filter((outcome) => !reached.has(outcome))).toEqual([]);
});
