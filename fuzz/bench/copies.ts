/** What guests do in the benchmarks of the system: descriptions of cVMs that copy or call so many times. */
import { createIntravisor } from "../../impl/intravisor/intravisor.ts";
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
  `- name: ${name}\n  runtime: ${runtime}\n  isolation: {size: ${SIZE}}\n  args: [${args.map((arg) => `"${arg}"`).join(", ")}]\n${more}`;

const alone = (name: string, runtime: string): Way => ({
  name,
  cast: (times, bytes) => `cVMs:\n${guest("only", runtime, [times, bytes])}`,
});
const file = (name: string, runtime: string): Way => ({
  name,
  cast: (times, bytes) =>
    `capfiles:\n- {name: bench, size: 0x${bytes.toString(16)}}\ncVMs:\n${guest("only", runtime, [times, bytes])}`,
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

/** Runs plans, and says how many machine steps each took. Throws Error if one does not end as it should. */
export function planRunner(): (plan: Plan) => number {
  const assemble = (text: string, capabilityMode: boolean) => assembleProgram(text, { capabilityMode }).words;
  const system = createIntravisor({ assemble });
  return (plan) => {
    const record = runPlan(plan, system, {
      seed: "bench",
      quantum: QUANTUM,
      stepsMax: STEPS_MAX,
      onMoment: () => {},
      judge: null,
    });
    if (record.verdict !== "ended") throw new Error(`defect: a benchmark ended with ${record.verdict}`);
    return record.steps;
  };
}

/** Machine steps of doing it once, start and end left out: of two numbers of times that have as many digits. */
export function stepsOnce(way: Way, bytes: number): number {
  const run = planRunner();
  return (run(planFor(way, 228, bytes)) - run(planFor(way, 128, bytes))) / 100;
}
