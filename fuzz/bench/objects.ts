/**
 * `npm run bench:objects`: what it costs to call a single-copy object instead of a function, to reach its state, to bind
 * it, and to be one client more; ratios of figures taken in one run.
 */
import { createIntravisor, type ProbedSystem } from "../../impl/intravisor/intravisor.ts";
import { assembleProgram } from "../../model/isa/index.ts";
import type { Action, StepReport, ThreadName, Value } from "../../model/system-contract.ts";
import { buildObject, type ObjectSource } from "../sco/writer.ts";
import { objectCode } from "../system/generate/object-code.ts";

const RUN_STEPS = 2_000_000;
/** Enough for the host to have compiled what it runs. */
const ROUNDS = 40;
/** Accesses of a variable in one call, when accesses are what is measured. */
const ACCESSES = 100;
const SIZES = [16, 256, 4096, 16_384, 65_536];
const CLIENTS = 1000;
const BINDS = 50;
/** The jump to the stub for calls into objects, from the start of a code part, and where images begin. */
const STUB_AT = 0x14;
const IMAGE_AT = 0x1000;
const FILE_AT = 0x1000n;
/** Where in its data part a loop says how often it has gone round. */
const ROUNDS_AT = 8;

const assemble = (text: string, capabilityMode: boolean) => assembleProgram(text, { capabilityMode }).words;
const number = (value: number): Value => ({ kind: "number", value: BigInt(value) });
const place: Value = { kind: "at", cvm: null, part: "data", offset: FILE_AT };
const repeat = (count: number, text: string) => Array.from({ length: count }, () => text).join("\n");

/** One variable, and as much state as is wanted: `one` and `many` count in it. */
function counter(state: number): Uint8Array {
  const access = "cls c8, 0, 8\nld x5, 0(c8)\naddi x5, x5, 1\nsd x5, 0(c8)";
  const { text, relocations, labels } = objectCode(
    `one:\n${access}\ncjalr c0, 0(c1)\nmany:\n${repeat(ACCESSES, access)}\ncjalr c0, 0(c1)`,
  );
  const source: ObjectSource = {
    text,
    rodata: new Uint8Array(),
    init: new Uint8Array(),
    bss: state,
    exports: ["one", "many"].map((name) => ({ name, offset: labels.get(name)! })),
    imports: [],
    relocations,
  };
  return buildObject(source);
}

const START = "cspecialrw c18, ddc, c0\ncgetbase x18, c18";

/** A loop that counts how often it has gone round; x18 is the address of a variable, and of that count behind it. */
function looping(call: string, behind = ""): string {
  const lines = `${START}\nloop:\n${call}\naddi x9, x9, 1\nsd x9, ${ROUNDS_AT}(x18)\njal x0, loop\n${behind}`;
  return Buffer.from(Uint32Array.from(assemble(lines, false)).buffer).toString("hex");
}

const plainAccess = "ld x5, 0(x18)\naddi x5, x5, 1\nsd x5, 0(x18)";
/** Instructions of the image in front of the jump to the stub. */
const SETTING = 10;
const objectCall = (index: number) => `lui x10, 16
addi x11, x0, ${index}
addi x12, x0, 0
addi x13, x0, 0
addi x14, x0, 0
addi x15, x0, 0
addi x16, x0, 0
addi x17, x0, 0
jal x1, .-${IMAGE_AT + 4 * SETTING - STUB_AT}`;

type Mode = keyof typeof MODES;
/** As calls name them. */
const MODES = { compartment: 0, library: 1 } as const;

/** A system with one client, whose image it is; it has bound a counter. */
function client(
  image: string,
  { state = 64, mode = "compartment" }: { readonly state?: number; readonly mode?: Mode } = {},
): { system: ProbedSystem; by: ThreadName; reports: StepReport[] } {
  const system = createIntravisor({ assemble });
  const reports: StepReport[] = [];
  system.reset();
  create(system, reports, "a", image);
  const by = { cvm: "a", thread: 0 };
  load(system, reports, by, counter(state), mode);
  return { system, by, reports };
}

function create(system: ProbedSystem, reports: StepReport[], name: string, image: string): void {
  const quotas = { threads: 1, handles: 2, grants: 0, endpoints: 0, timers: 0 };
  const cvm = { name, size: 0xc000, codeSize: 0x4000, image, parent: null, quotas };
  reports.push(system.step({ by: null, event: { do: "create", cvm } }, reports));
}

function act(system: ProbedSystem, reports: StepReport[], by: ThreadName, action: Action): void {
  const report = system.step({ by, action }, reports);
  reports.push(report);
  if (report.outcome.kind === "returned" && report.outcome.values[0] < 1n << 63n) return;
  throw new Error(`defect: a step of the benchmark ended ${JSON.stringify(report.outcome.kind)}`);
}

const call = (name: string, ...args: readonly Value[]): Action => ({ do: "call", call: name, args });
const HANDLE = number(0x1_0000);

function load(
  system: ProbedSystem,
  reports: StepReport[],
  by: ThreadName,
  file: Uint8Array,
  mode: Mode = "compartment",
): void {
  act(system, reports, by, { do: "place", address: place, bytes: Buffer.from(file).toString("hex") });
  act(system, reports, by, call("sco_create", place, number(file.length)));
  act(system, reports, by, call("sco_bind", HANDLE, number(MODES[mode])));
}

/** Machine steps and nanoseconds of CPU time of going round once. */
function measure(image: string, mode?: Mode): { steps: number; ns: number } {
  const { system, by, reports } = client(image, mode === undefined ? {} : { mode });
  system.begin(by, { do: "go" }, reports);
  const rounds = () => {
    const bytes = system.secrets.read(by.cvm, ROUNDS_AT, 8);
    return Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true));
  };
  let best = Number.POSITIVE_INFINITY;
  let steps = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const [before, begun] = [rounds(), process.cpuUsage()];
    const taken = system.run(by, RUN_STEPS).steps;
    const done = rounds() - before;
    if (done < 1) throw new Error("defect: the loop of the benchmark does not go round");
    const { user, system: kernel } = process.cpuUsage(begun);
    best = Math.min(best, ((user + kernel) * 1e3) / done);
    steps = taken / done;
  }
  return { steps, ns: best };
}

const plainCall = measure(looping("jal x1, f", `f:\n${plainAccess}\njalr x0, 0(x1)`));
const intoObject = measure(looping(objectCall(0)));
const inLibrary = measure(looping(objectCall(0)), "library");
const plainMany = measure(looping(repeat(ACCESSES, plainAccess)));
const objectMany = measure(looping(objectCall(1)));
console.log("| way | machine steps | against the plain one | CPU time against it |\n|---|---|---|---|");
row("call of a function in the cVM", plainCall, plainCall);
row("call of an object", intoObject, plainCall);
row("call of an object in library mode", inLibrary, plainCall);
const each = ({ steps, ns }: { steps: number; ns: number }, less: { steps: number; ns: number }) => ({
  steps: (steps - less.steps) / (ACCESSES - 1),
  ns: (ns - less.ns) / (ACCESSES - 1),
});
const plainEach = { steps: plainMany.steps / ACCESSES, ns: plainMany.ns / ACCESSES };
row("a global variable", plainEach, plainEach);
row("a variable by CLS", each(objectMany, intoObject), plainEach);

function row(
  name: string,
  { steps, ns }: { steps: number; ns: number },
  plain: { steps: number; ns: number },
): void {
  const ratios = [steps / plain.steps, ns / plain.ns].map((ratio) => `${ratio.toFixed(2)} ×`);
  console.log(`| ${name} | ${steps.toFixed(1)} | ${ratios.join(" | ")} |`);
}

console.log("\n| state bound and left again | time against 16 bytes |\n|---|---|");
const binds = SIZES.map((size) => bindCost(size));
for (const [at, size] of SIZES.entries())
  console.log(`| ${size} bytes | ${(binds[at]! / binds[0]!).toFixed(2)} × |`);

function bindCost(state: number): number {
  const { system, by, reports } = client("", { state });
  let best = Number.POSITIVE_INFINITY;
  for (let round = 0; round < BINDS; round++) {
    const begun = performance.now();
    act(system, reports, by, call("sco_unbind", HANDLE));
    act(system, reports, by, call("sco_bind", HANDLE, number(MODES.compartment)));
    best = Math.min(best, performance.now() - begun);
  }
  return best;
}

clients();

/** Many clients of one object: what one more of them takes. */
function clients(): void {
  const system = createIntravisor({ assemble, slots: 1024 });
  const reports: StepReport[] = [];
  const state = 256;
  const file = counter(state);
  system.reset();
  for (let index = 0; index < CLIENTS; index++) {
    const name = `c${index}`;
    create(system, reports, name, "");
    load(system, reports, { cvm: name, thread: 0 }, file);
    act(system, reports, { cvm: name, thread: 0 }, call("sco_call", HANDLE, number(0)));
  }
  const { objects } = system.outline();
  const [object] = objects;
  const bytes = object!.bindings.reduce((sum, { size }) => sum + size, 0);
  const { tableBytes, descriptorBytes } = system.probe.places;
  console.log(
    `\n${object!.bindings.length} clients of ${objects.length} object of ${object!.textSize} bytes of code:`,
  );
  console.log(`${bytes / CLIENTS} bytes of state for each, of ${state} that the file says;`);
  console.log(
    `beside it a CLS table of ${tableBytes} bytes for each cVM, and ${descriptorBytes} bytes for each object in it.`,
  );
}
