/** What guests do in the benchmarks of the system: descriptions of cVMs that copy or call so many times. */
import { createIntravisor, type ProbedSystem } from "../../impl/intravisor/intravisor.ts";
import { assembleProgram } from "../../model/isa/index.ts";
import { parseDescription } from "../cvm/description.ts";
import { type Plan, planOf } from "../cvm/plan.ts";
import { runPlan } from "../cvm/runner.ts";

/** A way to get bytes from one place to another, or to be in another cVM and back. */
export interface Way {
  readonly name: string;
  /** The `cVMs` and `capfiles` of a description: guests of corpora/cvm/bench. */
  readonly cast: (times: number, bytes: number) => string;
}

const SIZE = "0x400000";
/** Machine steps of a turn: guests give way when they wait, not before. */
const QUANTUM = 1_000_000;
const STEPS_MAX = 10_000_000_000;

const guest = (name: string, runtime: string, args: readonly (number | string)[], more = "") =>
  `- name: ${name}\n  runtime: ${runtime}\n  isolation: {size: ${SIZE}}\n` +
  `  args: [${args.map((arg) => `"${arg}"`).join(", ")}]\n${more}`;

const alone = (name: string, runtime: string): Way => ({
  name,
  cast: (times, bytes) => `cVMs:\n${guest("only", runtime, [times, bytes])}`,
});
const file = (name: string, runtime: string): Way => ({
  name,
  cast: (times, bytes) =>
    `capfiles:\n- {name: bench, size: 0x${bytes.toString(16)}}\n` +
    `cVMs:\n${guest("only", runtime, [times, bytes])}`,
});
const pair = (name: string, one: string, other: string, key = ""): Way => ({
  name,
  cast: (times, bytes) =>
    `cVMs:\n${guest("a", one, [times, bytes], "  peers: [b]\n")}${guest("b", other, [times, bytes, key])}`,
});

/** Ways of copying. The first is what the others are measured against. */
export const copies: readonly Way[] = [
  alone("plain copy in one cVM", "plain.s"),
  file("CP_File read", "file-read.s"),
  file("CP_File write", "file-write.s"),
  pair("CP_Stream", "receiver.s", "sender.s"),
  pair("CP_Call with a buffer", "callee.s", "caller.s", "bench"),
  alone("pipe, as a model", "pipe.s"),
  alone("TCP socket, as a model", "socket.s"),
];

/** Ways out of a cVM and back. */
export const crossings: readonly Way[] = [
  alone("host call", "host-call.s"),
  pair("CP_Call and back", "callee.s", "caller.s", "bench"),
  {
    name: "CP_Call within a CP_Call, and back",
    cast: (times) =>
      `cVMs:\n${guest("inner", "callee.s", [times, 0], "  peers: [relay]\n")}` +
      guest("relay", "relay.s", [times, 0], "  peers: [outer]\n") +
      guest("outer", "caller.s", [times, 0, "relay"]),
  },
];

/** A plan that does something `times` times, with so many bytes each time. */
export function planFor(way: Way, times: number, bytes: number): Plan {
  return planOf(parseDescription(way.cast(times, bytes), `corpora/cvm/bench/${way.name}.yaml`));
}

/** What something takes, start and end of the cVMs left out. */
export interface Once {
  readonly steps: number;
  /** Calls of the system that are served. */
  readonly calls: number;
}

/** What it takes to do it once on a system, from two numbers of times that have as many digits. */
export function once(system: ProbedSystem, way: Way, bytes: number): Once {
  const few = allOf(system, planFor(way, 4, bytes));
  const more = allOf(system, planFor(way, 9, bytes));
  return { steps: (more.steps - few.steps) / 5, calls: (more.calls - few.calls) / 5 };
}

export function newSystem(): ProbedSystem {
  const assemble = (text: string, capabilityMode: boolean) => assembleProgram(text, { capabilityMode }).words;
  return createIntravisor({ assemble });
}

/** Runs a plan. Throws Error if it does not end as it should. */
function allOf(system: ProbedSystem, plan: Plan): Once {
  let calls = 0;
  const { verdict, steps } = runPlan(plan, system, {
    seed: "bench",
    quantum: QUANTUM,
    stepsMax: STEPS_MAX,
    onMoment: ({ kind }) => {
      if (kind === "served") calls++;
    },
    judge: null,
  });
  if (verdict !== "ended") throw new Error(`defect: a benchmark ended with ${verdict}`);
  return { steps, calls };
}
