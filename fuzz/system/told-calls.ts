/** Stories of three cVMs that call each other, told step by step on the reference: for the tests of calls. */
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
import { compareSystems, type SystemDivergence } from "./lockstep.ts";

export const model = createSystemModel();
const system = createIntravisor({
  assemble: (text, capabilityMode) => assembleProgram(text, { capabilityMode }).words,
});

export const FOREVER = (1n << 64n) - 1n;
export const [SERIAL, REENTRANT] = [0, 2];
const [KEY, ACL] = [0x40, 0x180];
export const [BLOCK, BUFFER] = [0x100, 0x200];
const quotas = { threads: 4, handles: 8, grants: 0, endpoints: 2, timers: 1 };
const NAMES = ["a", "b", "c"];
export const A: ThreadName = { cvm: "a", thread: 0 };
export const B: ThreadName = { cvm: "b", thread: 0 };
export const C: ThreadName = { cvm: "c", thread: 0 };
export const B1: ThreadName = { cvm: "b", thread: 1 };
/** The thread that goes on in b, or in c, when the first call into it has lost its caller. */
export const LEFT_IN_B: ThreadName = { cvm: "b", thread: 3 };
export const LEFT_IN_C: ThreadName = { cvm: "c", thread: 3 };

export const cvm = (name: string): CvmDescription => ({
  name,
  size: 0xc000,
  codeSize: 0x4000,
  image: "",
  parent: null,
  quotas,
});
const number = (value: number | bigint): Value => ({ kind: "number", value: BigInt(value) });
export const own = (offset: number): Value => ({
  kind: "at",
  cvm: null,
  part: "data",
  offset: BigInt(offset),
});

/** Where calls enter, and threads begin. */
export const entry: Value = { kind: "at", cvm: null, part: "code", offset: 0x1000n };

let steps: Step[] = [];
let reports: StepReport[] = [];

/** What came of the last step. */
export const last = (): StepReport => reports.at(-1)!;

function take(step: Step): StepReport {
  const report = model.step(step, reports);
  steps.push(step);
  reports.push(report);
  return report;
}

export function happen(event: Event): StepReport {
  return take({ by: null, event });
}

export const pass = (ns: number): StepReport => happen({ do: "advance", ns: BigInt(ns) });

/** a0 of a call, or the error that it is, or how it ended otherwise. */
export function call(by: ThreadName, name: string, ...args: readonly (Value | number | bigint)[]) {
  const values = args.map((one) => (typeof one === "object" ? one : number(one)));
  const { outcome } = take({ by, action: { do: "call", call: name, args: values } });
  return outcome.kind === "returned" ? meaning(outcome.values[0]) : outcome.kind;
}

const meaning = (value: bigint) => errorOf(value) ?? value;

export const woken = ({ woken: list }: StepReport) =>
  list.map(({ thread, values }) => `${thread.cvm}.${thread.thread} ${meaning(values[0])}`);

export function store(by: ThreadName, offset: number, value: number | bigint): void {
  take({ by, action: { do: "store", address: own(offset), size: 8, value: number(value) } });
}

export function load(by: ThreadName, offset: number): bigint | string {
  const { outcome } = take({ by, action: { do: "load", address: own(offset), size: 8 } });
  return outcome.kind === "returned" ? outcome.values[0] : outcome.kind;
}

/** The block of a call: a tag, a buffer of 64 bytes to read and write or none, and a timeout. */
export function block(by: ThreadName, tag: number, timeout: bigint | number, hasBuffer = true): void {
  store(by, BLOCK, tag);
  take({ by, action: { do: "store", address: own(BLOCK + 48), size: 8, value: own(BUFFER) } });
  store(by, BLOCK + 56, hasBuffer ? 64 : 0);
  store(by, BLOCK + 64, hasBuffer ? 3 : 0);
  store(by, BLOCK + 72, timeout);
}

const HANDLE = 0x10000;

/** Every cVM has one endpoint, which all may open: its handle to that of a, b, c is the first, second, third of these. */
export const to = { a: HANDLE, b: HANDLE + 1, c: HANDLE + 2 };

/** Begins: a, b and c, each with an endpoint of this mode, its entry at `entry`. */
export function begin(mode: number): void {
  steps = [];
  reports = [];
  model.reset();
  for (const name of NAMES) happen({ do: "create", cvm: cvm(name) });
  for (const name of NAMES) {
    for (const index of NAMES.keys()) {
      store({ cvm: name, thread: 0 }, KEY + 8 * index, 0x6b00 + index);
      store({ cvm: name, thread: 0 }, ACL + 8 * index, BigInt(index) | (1n << 32n));
    }
  }
  for (const owner of NAMES.keys()) {
    const key = [own(KEY + 8 * owner), 8] as const;
    const first = { cvm: NAMES[owner]!, thread: 0 };
    call(first, "cp_call_register", ...key, entry, 64, mode, own(ACL), 3);
    for (const name of NAMES) {
      if (name !== first.cvm) call({ cvm: name, thread: 0 }, "cp_call_open", ...key);
    }
  }
}

export const enter = (by: ThreadName, endpoint: number): unknown => call(by, "cp_call", endpoint, own(BLOCK));

export function threadOf({ cvm: name, thread }: ThreadName, view: SystemView = model.outline()) {
  return view.cvms.find((one) => one.name === name)?.threads[thread];
}

/** Where the machine code does anything else in all that was told; null if nowhere. */
export function difference(): SystemDivergence | null {
  const script = { format: "capwright-script", version: 1, level: "system", schedule: [] } as const;
  return compareSystems({ ...script, cvms: [], steps }, model, system);
}
