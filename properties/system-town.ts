/** Many cVMs on several systems at once, which are told the same and have to say the same. */
import type { FieldDifference } from "../fuzz/program/finding.ts";
import { reportText, stepText } from "../fuzz/system/listing.ts";
import { differences, isEqual } from "../fuzz/system/lockstep.ts";
import { createIntravisor, type ProbedSystem } from "../impl/intravisor/intravisor.ts";
import { assembleProgram } from "../model/isa/index.ts";
import type {
  CvmDescription,
  Event,
  Outcome,
  Step,
  StepReport,
  SystemUnderTest,
  ThreadName,
  Used,
  Value,
} from "../model/system-contract.ts";

export const assemble = (text: string, capabilityMode: boolean): readonly number[] =>
  assembleProgram(text, { capabilityMode }).words;

export function newSystem(used?: Used): ProbedSystem {
  return used === undefined ? createIntravisor({ assemble }) : createIntravisor({ assemble, used });
}

export const QUOTAS = { threads: 2, handles: 8, grants: 2, endpoints: 2, timers: 2 } as const;
export const CODE_SIZE = 0x4000;

/** 16 KiB of code part and as much data. */
export function small(name: string, more: Partial<CvmDescription> = {}): CvmDescription {
  return {
    name,
    size: CODE_SIZE + 0x4000,
    codeSize: CODE_SIZE,
    image: "",
    parent: null,
    quotas: QUOTAS,
    ...more,
  };
}

/** A number, or an offset in the data part of the cVM that acts. */
export type Argument = number | bigint | { readonly own: number } | { readonly code: number };

export function meant(argument: Argument): Value {
  if (typeof argument !== "object") return { kind: "number", value: BigInt.asUintN(64, BigInt(argument)) };
  const [part, offset] =
    "own" in argument ? (["data", argument.own] as const) : (["code", argument.code] as const);
  return { kind: "at", cvm: null, part, offset: BigInt(offset) };
}

export class Town {
  readonly #systems: readonly SystemUnderTest[];
  /** Told by all of them, in order: none of it is kept where nothing refers to it. */
  readonly heard: StepReport[] = [];

  constructor(...systems: readonly SystemUnderTest[]) {
    this.#systems = systems;
    for (const system of systems) system.reset();
  }

  /** @throws Error if two systems say different things. */
  take(step: Step): StepReport {
    const [first, ...others] = this.#systems.map((system) => system.step(step, []));
    for (const other of others) {
      if (isEqual(first, other)) continue;
      throw new Error(`${stepText(step)}: ${reportText(first!)}, and ${reportText(other)}`);
    }
    this.heard.push(first!);
    return first!;
  }

  happen(event: Event): bigint {
    const { outcome } = this.take({ by: null, event });
    return outcome.kind === "done" ? BigInt.asIntN(64, outcome.value) : 1n;
  }

  create(cvm: CvmDescription): bigint {
    return this.happen({ do: "create", cvm });
  }

  /** Kills it and frees its place. */
  bury(cvm: string): void {
    this.happen({ do: "kill", cvm });
    this.happen({ do: "reclaim", cvm });
  }

  put(by: ThreadName, at: number, value: Argument): void {
    const address = meant({ own: at });
    this.take({ by, action: { do: "store", address, size: 8, value: meant(value) } });
  }

  /** The outcome of a call. */
  ask(by: ThreadName, call: string, ...args: readonly Argument[]): Outcome {
    return this.take({ by, action: { do: "call", call, args: args.map(meant) } }).outcome;
  }

  /** What a call returns, as a signed number. @throws Error if it does not return. */
  call(by: ThreadName, call: string, ...args: readonly Argument[]): bigint {
    const outcome = this.ask(by, call, ...args);
    if (outcome.kind !== "returned") throw new Error(`${call}: ${outcome.kind}, expected to return`);
    return BigInt.asIntN(64, outcome.values[0]);
  }

  /** Where the second system's outline, or whole view, is not that of the first. */
  disagreements(what: "outline" | "view"): readonly FieldDifference[] {
    const [first, second] = this.#systems.map((system) => system[what]());
    return second === undefined ? [] : differences(what, first, second);
  }
}
