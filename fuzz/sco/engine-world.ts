/** A small system on the engine for tests of objects: cVMs, and what their threads do with objects, by name. */
import { createIntravisor, type ProbedSystem } from "../../impl/intravisor/intravisor.ts";
import { assembleProgram } from "../../model/isa/index.ts";
import type { Action, Event, Outcome, StepReport, ThreadName, Value } from "../../model/system-contract.ts";
import { linkUnits } from "./link.ts";
import { unitsOf } from "./link-units.ts";

/** Where tests put files of objects into the memory of a cVM. */
const FILE_AT = 0x1000;
const SIZE = 0x20000;
const quotas = { threads: 4, handles: 8, grants: 2, endpoints: 2, timers: 0 };

/** The object file of a source as corpora/sco/README.md describes it. */
export function objectOf(source: string): Uint8Array {
  return linkUnits(unitsOf([{ file: "object.s", bytes: Buffer.from(source) }]), "object");
}

/** A place in the data part of the acting cVM. */
export const own = (offset: number): Value => ({
  kind: "at",
  cvm: null,
  part: "data",
  offset: BigInt(offset),
});
export const code = (offset: number): Value => ({
  kind: "at",
  cvm: null,
  part: "code",
  offset: BigInt(offset),
});
const meant = (value: Value | number | bigint): Value =>
  typeof value === "object" ? value : { kind: "number", value: BigInt(value) };

export class World {
  readonly system: ProbedSystem = createIntravisor({
    assemble: (text, capabilityMode) => assembleProgram(text, { capabilityMode }).words,
  });
  #results: StepReport[] = [];

  /** An empty system with cVMs of these names. */
  begin(...names: readonly string[]): void {
    this.#results = [];
    this.system.reset();
    for (const name of names) this.create(name);
  }

  create(name: string): void {
    const cvm = { name, size: SIZE, codeSize: 0x4000, image: "", parent: null, quotas };
    this.happen({ do: "create", cvm });
  }

  happen(event: Event): bigint {
    const { outcome } = this.#note(this.system.step({ by: null, event }, this.#results));
    return outcome.kind === "done" ? BigInt.asIntN(64, outcome.value) : 1n;
  }

  take(by: ThreadName, action: Action): Outcome {
    return this.#note(this.system.step({ by, action }, this.#results)).outcome;
  }

  call(by: ThreadName, call: string, ...args: readonly (Value | number | bigint)[]): Outcome {
    return this.take(by, { do: "call", call, args: args.map(meant) });
  }

  /** a0 to a2 of a call that returns, as signed numbers. */
  values(by: ThreadName, call: string, ...args: readonly (Value | number | bigint)[]): number[] {
    const outcome = this.call(by, call, ...args);
    if (outcome.kind !== "returned") throw new Error(`${call}: ${outcome.kind}`);
    return outcome.values.map((value) => Number(BigInt.asIntN(64, value)));
  }

  value(by: ThreadName, call: string, ...args: readonly (Value | number | bigint)[]): number {
    return this.values(by, call, ...args)[0]!;
  }

  /** Sets a thread to make a call in slices. */
  set(by: ThreadName, call: string, ...args: readonly (Value | number | bigint)[]): void {
    this.system.begin(by, { do: "call", call, args: args.map(meant) }, this.#results);
  }

  /** Puts a file into the memory of a thread's cVM and creates its object; the handle, or minus an error. */
  load(by: ThreadName, file: Uint8Array): number {
    this.take(by, { do: "place", address: own(FILE_AT), bytes: Buffer.from(file).toString("hex") });
    return this.value(by, "sco_create", own(FILE_AT), file.length);
  }

  /** The same, and binds it: mode 0 is that of compartments, 1 library mode. */
  bound(by: ThreadName, file: Uint8Array, mode = 0): number {
    const handle = this.load(by, file);
    this.value(by, "sco_bind", handle, mode);
    return handle;
  }

  #note(report: StepReport): StepReport {
    for (const { device, data } of report.devices) if (device === "monitor") throw new Error(data);
    this.#results.push(report);
    return report;
  }
}
