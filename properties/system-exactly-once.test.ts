/**
 * Exactly once (I-65): what callers ask for is done once, with their own arguments, and each has the result of its own
 * call (I-66, I-73). The other half of every "never twice" is that nothing is lost either.
 *
 * Broken by a ticket that stays in the queue while it is served, and by a result that also goes to those who wait for
 * another ticket.
 */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createIntravisor } from "../impl/intravisor/intravisor.ts";
import { createSystemModel } from "../model/intravisor/system.ts";
import { assembleProgram } from "../model/isa/index.ts";
import type {
  CvmDescription,
  Step,
  StepReport,
  SystemUnderTest,
  ThreadName,
  Value,
} from "../model/system-contract.ts";

const FOREVER = (1n << 64n) - 1n;
const CALLERS = ["k-0", "k-1", "k-2"];
const SERVER = "server";
/** What the callee makes of a tag. */
const resultOf = (tag: bigint): bigint => 3n * tag + 1n;

const number = (value: bigint | number): Value => ({ kind: "number", value: BigInt(value) });
const own = (offset: number): Value => ({ kind: "at", cvm: null, part: "data", offset: BigInt(offset) });
const entry: Value = { kind: "at", cvm: null, part: "code", offset: 0x1000n };

function cvm(name: string, threads: number): CvmDescription {
  const quotas = { threads, handles: 4, grants: 0, endpoints: 1, timers: 0 };
  return { name, size: 0xc000, codeSize: 0x4000, image: "", parent: null, quotas };
}

/** Callers and a server on one system; what was accepted, what was begun, and what came back, by tags. */
class Traffic {
  readonly accepted: bigint[] = [];
  readonly begun: bigint[] = [];
  readonly results: [tag: bigint, result: bigint][] = [];
  readonly #system: SystemUnderTest;
  readonly #handle = new Map<string, Value>();
  /** The tag that a thread works on, by the call, innermost last. */
  readonly #working = new Map<string, bigint[]>();
  /** The tag whose result a thread waits for, and whether by its ticket. */
  readonly #expecting = new Map<string, { readonly tag: bigint; readonly byTicket: boolean }>();
  /** Tags by ticket and owner. */
  readonly #tickets = new Map<string, bigint>();
  #tag = 0n;

  constructor(system: SystemUnderTest, mode: number) {
    this.#system = system;
    system.reset();
    const slots = [SERVER, ...CALLERS].map((name) => cvm(name, name === SERVER ? 5 : 2));
    for (const one of slots) this.#take({ by: null, event: { do: "create", cvm: one } });
    for (const { name } of slots) {
      const by = { cvm: name, thread: 0 };
      this.#store(by, 0, 0x6b);
      for (const slot of slots.keys()) this.#store(by, 8 + 8 * slot, BigInt(slot) | (1n << 32n));
      const args = name === SERVER ? [entry, number(0), number(mode), own(8), number(slots.length)] : [];
      const call = name === SERVER ? "cp_call_register" : "cp_call_open";
      const { outcome } = this.#call(by, call, own(0), number(8), ...args);
      this.#handle.set(name, number(outcome.kind === "returned" ? outcome.values[0] : 0));
      this.#call(by, "thread_create", entry, number(0));
    }
  }

  #take(step: Step): StepReport {
    const before = new Map(this.#threads().map(({ by, domains }) => [keyOf(by), domains.length]));
    const report = this.#system.step(step, []);
    for (const { thread, values } of report.woken) {
      const depth = this.#threads().find(({ by }) => keyOf(by) === keyOf(thread))!.domains.length;
      if (depth > (before.get(keyOf(thread)) ?? 0)) this.#begin(thread, values[0]);
      else this.#end(thread, values[0], values[1] === 1n);
    }
    return report;
  }

  #call(by: ThreadName, call: string, ...args: readonly Value[]): StepReport {
    return this.#take({ by, action: { do: "call", call, args } });
  }

  #store(by: ThreadName, offset: number, value: bigint | number): void {
    this.#take({ by, action: { do: "store", address: own(offset), size: 8, value: number(value) } });
  }

  #begin(by: ThreadName, tag: bigint): void {
    this.begun.push(tag);
    this.#working.set(keyOf(by), [...(this.#working.get(keyOf(by)) ?? []), tag]);
  }

  /** A thread is back; of those who wait for one ticket only the first has its result. */
  #end(by: ThreadName, result: bigint, isSpent: boolean): void {
    const expected = this.#expecting.get(keyOf(by));
    if (expected !== undefined && (isSpent || !expected.byTicket)) this.results.push([expected.tag, result]);
    this.#expecting.delete(keyOf(by));
  }

  #threads() {
    return this.#system
      .outline()
      .cvms.flatMap(({ name, threads }) =>
        threads.map((one) => ({ ...one, by: { cvm: name, thread: one.thread } })),
      );
  }

  #ready(wanted: (domains: readonly string[]) => boolean): ThreadName[] {
    return this.#threads()
      .filter(({ state, domains }) => state === "ready" && wanted(domains))
      .map(({ by }) => by);
  }

  /** A caller asks for something, and waits for it or not. */
  ask(choice: number, waits: boolean): boolean {
    const by = pick(
      this.#ready((domains) => domains.length === 1 && domains[0] !== SERVER),
      choice,
    );
    if (by === undefined) return false;
    const tag = ++this.#tag;
    this.#store(by, 0x100, tag);
    this.#store(by, 0x148, FOREVER);
    const handle = this.#handle.get(by.cvm)!;
    const { outcome } = this.#call(by, waits ? "cp_call" : "cp_call_async", handle, own(0x100));
    if (outcome.kind === "returned") {
      if (outcome.values[0] >= 1n << 63n) return false;
      this.#tickets.set(`${by.cvm} ${outcome.values[0]}`, tag);
    } else this.#expecting.set(keyOf(by), { tag, byTicket: false });
    if (outcome.kind === "entered") this.#begin(by, outcome.values[0]!);
    this.accepted.push(tag);
    return true;
  }

  /** A thread of the server takes up what lies there, or waits for it. */
  serve(choice: number, wait: bigint): boolean {
    // Who waits inside a call may wait for its own end.
    const most = wait === 0n ? 2 : 1;
    const by = pick(
      this.#ready((domains) => domains.length <= most && domains.every((name) => name === SERVER)),
      choice,
    );
    if (by === undefined) return false;
    const { outcome } = this.#call(by, "cp_call_serve", number(wait));
    if (outcome.kind === "entered") this.#begin(by, outcome.values[0]!);
    return outcome.kind === "entered";
  }

  /** A thread in the callee is done. */
  finish(choice: number): boolean {
    const inside = this.#ready((domains) => domains.length > 1);
    const by = pick(inside, choice);
    if (by === undefined) return false;
    const tag = this.#working.get(keyOf(by))!.pop()!;
    const { outcome } = this.#call(by, "cp_call_return", number(resultOf(tag)));
    if (outcome.kind === "returned" && by.cvm !== SERVER) this.#end(by, outcome.values[0], false);
    return true;
  }

  /** Somebody asks for what has become of a ticket. */
  collect(choice: number, wait: bigint): boolean {
    const ticket = pick(this.#system.outline().tickets, choice);
    const by = pick(
      this.#ready((domains) => domains.length === 1 && domains[0] === ticket?.owner),
      choice,
    );
    if (ticket === undefined || by === undefined) return false;
    const tag = this.#tickets.get(`${ticket.owner} ${ticket.number}`)!;
    const { outcome } = this.#call(by, "cp_call_wait", number(ticket.number), number(wait));
    if (outcome.kind === "blocked") this.#expecting.set(keyOf(by), { tag, byTicket: true });
    const isDone = outcome.kind === "returned" && outcome.values[1] === 1n;
    if (isDone) this.results.push([tag, outcome.values[0]]);
    return isDone;
  }

  kill(choice: number): void {
    this.#take({ by: null, event: { do: "kill", cvm: pick(CALLERS, choice)! } });
  }

  /** Until nothing is asked for any more. */
  drain(): void {
    while (this.finish(0) || this.serve(0, 0n) || this.#collectAny());
  }

  #collectAny(): boolean {
    return this.#system.outline().tickets.some((_, at) => this.collect(at, 0n));
  }
}

const keyOf = ({ cvm: name, thread }: ThreadName): string => `${name}.${thread}`;

function pick<One>(list: readonly One[], choice: number): One | undefined {
  return list[choice % list.length];
}

/** What is done: of which kind, by whom among those who can, and whether it waits. */
const doing = fc.tuple(fc.constantFrom("ask", "order", "serve", "stand", "finish", "collect"), fc.nat(7));
const program = fc.array(doing, { minLength: 20, maxLength: 60 });
const modes = fc.constantFrom(0, 2, 0x201);

function act(traffic: Traffic, [what, choice]: readonly [string, number]): void {
  if (what === "ask") traffic.ask(choice, true);
  else if (what === "order") traffic.ask(choice, false);
  else if (what === "serve") traffic.serve(choice, 0n);
  else if (what === "stand") traffic.serve(choice, 5n);
  else if (what === "finish") traffic.finish(choice);
  else traffic.collect(choice, choice % 2 === 0 ? 0n : FOREVER);
}

const sorted = (tags: readonly bigint[]): bigint[] => [...tags].sort((a, b) => (a < b ? -1 : 1));

const systems: readonly (readonly [string, SystemUnderTest, number])[] = [
  ["the reference", createSystemModel(), 40],
  [
    "the machine code",
    createIntravisor({
      assemble: (text, capabilityMode) => assembleProgram(text, { capabilityMode }).words,
    }),
    12,
  ],
];

describe.each(systems)("calls to a server, on %s", (_name, system, numRuns) => {
  test("are each done once, and each caller has the result of its own", () => {
    fc.assert(
      fc.property(modes, program, (mode, steps) => {
        const traffic = new Traffic(system, mode);
        for (const step of steps) act(traffic, step);
        traffic.drain();
        expect(sorted(traffic.begun)).toEqual(traffic.accepted);
        expect(sorted(traffic.results.map(([tag]) => tag))).toEqual(traffic.accepted);
        for (const [tag, result] of traffic.results) expect(result).toBe(resultOf(tag));
      }),
      { numRuns },
    );
  });

  test("are done at most once, and never with a result of another, when callers die", () => {
    fc.assert(
      fc.property(modes, program, fc.nat(40), fc.nat(2), (mode, steps, when, who) => {
        const traffic = new Traffic(system, mode);
        for (const [at, step] of steps.entries()) {
          if (at === when) traffic.kill(who);
          act(traffic, step);
        }
        traffic.drain();
        expect(new Set(traffic.begun).size).toBe(traffic.begun.length);
        expect(traffic.accepted).toEqual(expect.arrayContaining(traffic.begun));
        for (const [tag, result] of traffic.results) expect(result).toBe(resultOf(tag));
      }),
      { numRuns },
    );
  });
});
