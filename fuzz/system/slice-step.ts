/** What a thread is doing in slices, and what can be said of it beforehand. */
import { callNamed, callWithNumber } from "../../model/intravisor/calls.ts";
import type { Action, Outcome, Step, StepReport } from "../../model/system-contract.ts";
import type { ObjectVisit } from "./slice-object.ts";

/** Machine steps of a piece of a program. */
const GO_STEPS = 4096;

export type ActionStep = Extract<Step, { action: unknown }>;

/** What a thread is doing. */
export interface Current {
  /** The step of the script; null if it is none of this thread. */
  readonly at: number | null;
  readonly step: ActionStep;
  readonly kind: "call" | "local" | "object" | "body" | "go";
  /** Of a call into objects: what it comes to if nobody interferes. */
  readonly visit: ObjectVisit | null;
  /** Call and arguments that the thread has to ask for. */
  readonly call: { readonly number: bigint; readonly args: readonly bigint[] } | null;
  /** Whether nobody else has done anything since it began, and it has not been stopped itself. */
  isWhole: boolean;
  /** What it may come to, as things stood at each of its slices. */
  readonly allowed: Outcome[];
  asked: { readonly number: bigint; readonly args: readonly bigint[] } | null;
  /** How its call was answered. */
  answer: Outcome | null;
  left: number;
  woken: StepReport["woken"][number][];
  devices: StepReport["devices"][number][];
}

/** What every step begins with. */
export function idle(): Omit<Current, "at" | "step" | "kind" | "call"> {
  return {
    visit: null,
    isWhole: true,
    allowed: [],
    asked: null,
    answer: null,
    left: GO_STEPS,
    woken: [],
    devices: [],
  };
}

/** Number and arguments of a host call; null for what guests do by themselves. */
function callOf(action: Action): Current["call"] {
  if (action.do !== "call" && action.do !== "call-number") return null;
  const number = action.do === "call-number" ? action.number : (callNamed(action.call)?.number ?? 0n);
  const isLocal = action.do === "call" && callWithNumber(number) === undefined && number !== 0n;
  if (isLocal) return null;
  const args = Array.from({ length: 8 }, (_, at) => {
    const arg = action.args[at];
    return arg?.kind === "number" ? BigInt.asUintN(64, arg.value) : 0n;
  });
  return { number: BigInt.asUintN(64, number), args };
}

/** What kind of step an action is, and the call that it has to ask for. */
export function kindOf(action: Action): Pick<Current, "kind" | "call"> {
  const call = callOf(action);
  if (call !== null) return { kind: "call", call };
  if (action.do === "body" || action.do === "go") return { kind: action.do, call };
  return { kind: isVisit(action) ? "object" : "local", call };
}

function isVisit(action: Action): boolean {
  return action.do === "call" && action.call === "sco_call";
}

const ESTALE = BigInt.asUintN(64, -116n);

export function isStale(outcome: Outcome): boolean {
  return outcome.kind === "returned" && outcome.values[0] === ESTALE;
}
