/** Whom calls name: by the key of something offered, by a handle that came of one, events by a name. */
import { type HostCall, hostCalls } from "../../model/intravisor/calls.ts";
import type {
  CvmView,
  Step,
  StepReport,
  SystemUnderTest,
  SystemView,
  Value,
} from "../../model/system-contract.ts";
import { errorOf } from "./listing.ts";
import { domainOf, isSame, lifeOf, type Place, type Standing } from "./standing.ts";

const PAGE = 4096;
const KEY_MAX = 63;

/** Calls that open what another has offered under a key, and where the view lists it. */
const opening = { cp_file_probe: "grants", cp_call_open: "endpoints", cps_connect: "listeners" } as const;
/** Calls that offer something of one's own, and give a handle for it. */
const offering: readonly string[] = ["cp_file_advertise", "cp_call_register", "cps_listen"];
/** Calls through a handle to what somebody has offered; objects belong to nobody. */
export const handleCalls: readonly string[] = hostCalls
  .filter(({ name, args }) => args[0] === "handle" && !name.startsWith("sco_"))
  .map(({ name }) => name);

/** Whether a call, or an event, names a cVM. */
export function namesSomebody(name: string): boolean {
  return name in opening || handleCalls.includes(name) || name === "kill" || name === "reclaim";
}

/** Remembers, through a script, who offered what and whose each handle is. */
export class Named {
  readonly #memory: Pick<SystemUnderTest, "pages">;
  /** By kind and key, the last who offered it. */
  readonly #offers = new Map<string, Place>();
  /** By holder and handle. */
  readonly #handles = new Map<string, Place>();
  /** The last cVM of each name. */
  readonly #cvms = new Map<string, Place>();
  #reports: StepReport[] = [];

  /** `memory`: of the system that takes the steps. */
  constructor(memory: Pick<SystemUnderTest, "pages">) {
    this.#memory = memory;
  }

  begin(): void {
    this.#offers.clear();
    this.#handles.clear();
    this.#cvms.clear();
    this.#reports = [];
  }

  /** What has become of the cVM that a step names; undefined if it names none, or nobody knows which. */
  of(step: Step, call: HostCall | undefined, before: SystemView): Standing["named"] {
    if (step.by === null) {
      const { event } = step;
      if (event.do !== "kill" && event.do !== "reclaim") return undefined;
      return lifeOf(this.#cvms.get(event.cvm) ?? null, before);
    }
    const caller = domainOf(step.by, before);
    if (caller === undefined || call === undefined || !namesSomebody(call.name)) return undefined;
    const place = this.#placeNamed(step, call.name, caller, before);
    if (place === undefined) return undefined;
    return place !== null && isSame(place, caller) ? "itself" : lifeOf(place, before);
  }

  /** A step has been taken. */
  follow(
    step: Step,
    call: HostCall | undefined,
    report: StepReport,
    before: SystemView,
    after: SystemView,
  ): void {
    const caller = step.by === null ? undefined : domainOf(step.by, before);
    const { outcome } = report;
    if (caller !== undefined && call !== undefined && outcome.kind === "returned") {
      const [handle] = outcome.values;
      const isOpening = offering.includes(call.name) || call.name in opening;
      if (isOpening && errorOf(handle) === null) {
        const place = offering.includes(call.name)
          ? caller
          : this.#placeNamed(step, call.name, caller, before);
        if (place) this.#handles.set(handleKey(caller, handle), place);
      }
    }
    this.#reports.push(report);
    this.#remember(before, after);
  }

  #remember(before: SystemView, after: SystemView): void {
    for (const kind of ["grants", "endpoints", "listeners"] as const) {
      if (after[kind] === before[kind]) continue;
      for (const { key, owner } of after[kind]) {
        const place = after.cvms.find(({ name }) => name === owner);
        if (place !== undefined) this.#offers.set(`${kind} ${key}`, place);
      }
    }
    if (after.cvms === before.cvms) return;
    for (const cvm of after.cvms) {
      this.#cvms.set(cvm.name, cvm);
      for (const { handle, what } of cvm.handles) {
        if (what !== "stream" || this.#handles.has(handleKey(cvm, handle))) continue;
        const peer = acceptedFrom(cvm, after);
        if (peer !== undefined) this.#handles.set(handleKey(cvm, handle), peer);
      }
    }
  }

  /** Null: nobody; undefined: nobody knows. */
  #placeNamed(step: Step, name: string, caller: CvmView, before: SystemView): Place | null | undefined {
    if (step.by === null || !("args" in step.action)) return undefined;
    const first = this.#valueOf(step.action.args[0], caller, before);
    if (name in opening) {
      const kind = opening[name as keyof typeof opening];
      const key = this.#keyAt(caller, first, this.#valueOf(step.action.args[1], caller, before));
      return key === null ? undefined : (this.#offers.get(`${kind} ${key}`) ?? null);
    }
    if (caller.handles.every(({ handle }) => handle !== first)) return null;
    return this.#handles.get(handleKey(caller, first));
  }

  #valueOf(value: Value | undefined, caller: CvmView, { cvms }: SystemView): bigint {
    if (value === undefined) return 0n;
    switch (value.kind) {
      case "number":
        return BigInt.asUintN(64, value.value);
      case "at": {
        const cvm = value.cvm === null ? caller : cvms.find(({ name }) => name === value.cvm);
        if (cvm === undefined) return 0n;
        return BigInt.asUintN(64, (value.part === "code" ? cvm.base : cvm.dataBase) + value.offset);
      }
      case "result": {
        const outcome = this.#reports[value.step]?.outcome;
        return outcome?.kind === "returned" ? (outcome.values[value.index] ?? 0n) : 0n;
      }
    }
  }

  /** A key as views spell it; null where there can be none. */
  #keyAt({ name, dataBase, size, codeSize }: CvmView, address: bigint, length: bigint): string | null {
    const from = address - dataBase;
    if (from < 0n || length < 1n || length > KEY_MAX || from + length > BigInt(size - codeSize)) return null;
    const pages = this.#memory.pages(name);
    const bytes = Uint8Array.from({ length: Number(length) }, (_, at) => {
      const place = Number(from) + at;
      return pages[Math.floor(place / PAGE)]?.[place % PAGE] ?? 0;
    });
    return Buffer.from(bytes).toString("hex");
  }
}

/** Who connected to a cVM that has accepted a stream, if it can have been one alone. */
function acceptedFrom({ name }: CvmView, { streams, cvms }: SystemView): Place | undefined {
  const others = streams.filter(({ ends }) => ends[1].cvm === name).map(({ ends }) => ends[0].cvm);
  return new Set(others).size === 1 ? cvms.find((one) => one.name === others[0]) : undefined;
}

function handleKey({ slot, generation }: Place, handle: bigint): string {
  return `${slot} ${generation} ${handle}`;
}
