/**
 * The reference for the whole system: one transition for each step of a script, and the view that is compared.
 * Nothing here remembers anything but the state.
 */
import { statesIn } from "../sco/observed.ts";
import type {
  Action,
  Event,
  ReferenceSystem,
  SecretSystem,
  Step,
  StepReport,
  ThreadName,
  Used,
  Value,
} from "../system-contract.ts";
import { noBytes, pagesOf, readBytes, writeBytes } from "./bytes.ts";
import { callNamed, callWithNumber } from "./calls.ts";
import { type Caller, type Change, changed, failed, findCvm, returned, withThread } from "./change.ts";
import { endPolls } from "./cp-stream-poll.ts";
import { raise } from "./exceptions.ts";
import { adopt, bytesOf, foretoldBy, serve, settled, trap } from "./guest-code.ts";
import { readGuest, writeGuest } from "./guest-memory.ts";
import { accessAt, isExact, isInside, RAM_BASE, SLOTS } from "./layout.ts";
import { create, kill, reclaim } from "./lifecycle.ts";
import type { Frame, System } from "./state.ts";
import { innermost } from "./threads.ts";
import { advance } from "./time.ts";
import { outlineOf, viewOf } from "./view.ts";

const none = new Map<number, never>();
const [RA, TP, A0] = [1, 4, 10];

type Size = 1 | 2 | 4 | 8;

/** A system in which nothing has been created. */
export const emptySystem: System = {
  time: 0n,
  memory: noBytes,
  cvms: [],
  generations: new Array<number>(SLOTS).fill(0),
  handlesUsed: 0,
  grants: none,
  endpoints: none,
  tickets: none,
  listeners: none,
  streams: none,
  next: 1,
  objects: none,
  timers: [],
};

/** The reference as a machine under test: it holds the state that the transitions pass on. */
export function createSystemModel(used: Used = { places: 0, handles: 0 }): SecretSystem & ReferenceSystem {
  const first: System = {
    ...emptySystem,
    generations: emptySystem.generations.map(() => used.places),
    handlesUsed: used.handles,
  };
  let system = first;
  const take = ({ system: after, outcome, woken, devices }: Change): StepReport => {
    system = after;
    return { outcome, woken: lastOf(after, woken), devices };
  };
  const acting = (by: ThreadName): Caller => {
    const found = callerOf(system, by);
    if (found.caller === null) throw new Error(`${by.cvm}.${by.thread}: a thread that can act was expected`);
    return found.caller;
  };
  return {
    name: "model",
    reset() {
      system = first;
    },
    step: (step, results) => take(transition(system, step, results)),
    guest: {
      adopt(by, slice) {
        const adopted = adopt(system, acting(by), slice);
        system = adopted.system;
        return adopted.violations;
      },
      serve: (by, number, args) => take(withPolls(serve(system, acting(by), number, args))),
      trap: (by, ...what) => take(withPolls(trap(system, acting(by), ...what))),
      would(step, results) {
        const { system: after, outcome, woken, devices } = transition(system, step, results);
        return { outcome, woken: lastOf(after, woken), devices };
      },
      foretell: (step, lent) => foretoldBy(transition(system, step, []), lent),
      bytes: (range) => bytesOf(system, range),
      inside: (by) => callerOf(system, by).caller?.frame.inside ?? [],
      states: () => statesIn(system),
      settled(by, action, results) {
        const { caller } = callerOf(system, by);
        return caller === null ? action : settled(action, (value) => resolve(system, caller, value, results));
      },
    },
    view: () => viewOf(system),
    outline: () => outlineOf(system),
    pages: (name) => {
      const data = system.cvms.find((one) => one?.name === name)?.data ?? { base: RAM_BASE, size: 0n };
      return pagesOf(system.memory, Number(data.base - RAM_BASE), Number(data.size));
    },
    // It has no registers and takes no steps but those of scripts.
    secrets: {
      read(name, offset, length) {
        const { base } = system.cvms.find((one) => one?.name === name)!.data;
        return readBytes(system.memory, Number(base - RAM_BASE) + offset, length);
      },
      overwrite(name, offset, bytes) {
        const { base } = system.cvms.find((one) => one?.name === name)!.data;
        system = {
          ...system,
          memory: writeBytes(system.memory, Number(base - RAM_BASE) + offset, bytes),
        };
      },
      registers: () => [],
      setRegisters() {},
      machineSteps: () => 0,
    },
  };
}

/** Each thread wakes once in a step, with what it came to last; and not at all if it is dead by then (I-61). */
function lastOf(system: System, woken: Change["woken"]): StepReport["woken"] {
  let ends: StepReport["woken"] = [];
  const is = (one: ThreadName, other: ThreadName) => one.cvm === other.cvm && one.thread === other.thread;
  for (const end of woken) {
    ends =
      "moved" in end
        ? ends.map((one) => (is(one.thread, end.moved) ? { ...one, thread: end.to } : one))
        : [...ends.filter((one) => !is(one.thread, end.thread)), end];
  }
  const stateOf = ({ cvm, thread }: ThreadName) =>
    system.cvms.find((one) => one?.name === cvm)?.threads[thread]?.state ?? "dead";
  return ends.filter(({ thread }) => stateOf(thread) !== "dead");
}

/** The one transition function of the system: what the step does, and then who polls and has something ready. */
export function transition(system: System, step: Step, results: readonly StepReport[]): Change {
  if (step.by === null) return withPolls(happen(system, step.event));
  const { caller, why } = callerOf(system, step.by);
  if (caller === null) return withPolls(changed(system, { kind: "refused", why }));
  return withPolls(act(system, caller, step.action, results));
}

function withPolls(change: Change): Change {
  const { system, woken } = endPolls(change.system);
  return woken.length === 0 ? change : { ...change, system, woken: [...change.woken, ...woken] };
}

/** A thread in the domain it is in; null, and why, if it cannot act. */
function callerOf(
  system: System,
  by: ThreadName,
): { caller: Caller; why: null } | { caller: null; why: "no such thread" | "blocked" } {
  const owner = system.cvms.find((cvm) => cvm?.name === by.cvm) ?? null;
  const thread = owner?.threads[by.thread];
  if (owner === null || thread === undefined || thread.state === "dead" || owner.state !== "running") {
    return { caller: null, why: "no such thread" };
  }
  if (thread.state === "blocked") return { caller: null, why: "blocked" };
  const frame = innermost(thread);
  const cvm = findCvm(system, frame.domain)!;
  return { caller: { owner: owner.identity, thread, frame, cvm }, why: null };
}

function happen(system: System, event: Event): Change {
  switch (event.do) {
    case "create":
      return create(system, event.cvm);
    case "kill":
      return kill(system, event.cvm);
    case "reclaim":
      return reclaim(system, event.cvm);
    case "advance":
      return advance(system, event.ns);
  }
}

function act(system: System, caller: Caller, action: Action, results: readonly StepReport[]): Change {
  const meant = (value: Value) => resolve(system, caller, value, results);
  switch (action.do) {
    case "call":
    case "call-number": {
      const call = action.do === "call" ? callNamed(action.call) : callWithNumber(action.number);
      const args = Array.from({ length: 8 }, (_, at) =>
        at < action.args.length ? meant(action.args[at]!) : 0n,
      );
      return call === undefined ? failed(system, "ENOSYS") : call.perform(system, caller, args);
    }
    case "load":
      return load(system, caller, meant(action.address), action.size);
    case "store":
      return store(system, caller, meant(action.address), meant(action.value), action.size);
    case "fill":
      return fill(system, caller, meant(action.address), pattern(action.seed, action.length));
    case "place":
      return fill(system, caller, meant(action.address), Buffer.from(action.bytes, "hex"));
    case "narrow":
      return narrow(system, caller, { base: meant(action.address), size: meant(action.length) });
    case "body":
    case "go":
      return failed(system, "ENOSYS");
  }
}

/** Values are 64 bits wide, wherever they come from. */
function resolve(system: System, { cvm }: Caller, value: Value, results: readonly StepReport[]): bigint {
  switch (value.kind) {
    case "number":
      return BigInt.asUintN(64, value.value);
    case "at": {
      const named = value.cvm === null ? cvm : system.cvms.find((one) => one?.name === value.cvm);
      if (!named) return 0n;
      return BigInt.asUintN(64, named[value.part].base + value.offset);
    }
    case "result": {
      const outcome = results[value.step]?.outcome;
      return outcome?.kind === "returned" ? (outcome.values[value.index] ?? 0n) : 0n;
    }
  }
}

function load(system: System, caller: Caller, address: bigint, size: Size): Change {
  const bytes = readGuest(system, caller, address, BigInt(size));
  return bytes === null
    ? beyondBounds(system, caller, accessAt.load[size], [address])
    : returned(system, numberFrom(bytes));
}

function store(system: System, caller: Caller, address: bigint, value: bigint, size: Size): Change {
  const after = writeGuest(system, caller, address, littleEndian(value, size));
  return after === null
    ? beyondBounds(system, caller, accessAt.store[size], [address, value])
    : returned(after, 0n);
}

/** As many stores as it takes: if one is out of bounds, none is made, and the fault is that of a byte outside. */
function fill(system: System, caller: Caller, address: bigint, data: Uint8Array): Change {
  const after = writeGuest(system, caller, address, data);
  if (after !== null) return returned(after, 0n);
  const { base, size } = caller.frame.ddc;
  const outside = address < base ? address : base + size;
  return beyondBounds(system, caller, accessAt.store[1], [outside, 0n]);
}

/**
 * A plain access beyond the bounds of DDC: capability exception, length violation of DDC. Nothing was written (I-8).
 * `operands` are what a0 and a1 hold.
 */
function beyondBounds(system: System, caller: Caller, offset: number, operands: readonly bigint[]): Change {
  const { thread, cvm } = caller;
  const { base } = cvm.code;
  const registers = new Map([
    ...thread.kept,
    [RA, base + BigInt(accessAt.done)],
    [TP, BigInt(thread.number)],
  ]);
  for (const [index, operand] of operands.entries()) registers.set(A0 + index, operand);
  const [cause, value] = [0x1cn, (0x21n << 5n) | 1n];
  return raise(system, caller, { cause, value, pc: base + BigInt(offset), registers });
}

function narrow(system: System, { owner, thread, frame }: Caller, ddc: Frame["ddc"]): Change {
  if (!isInside(ddc.base, ddc.size, frame.ddc) || !isExact(ddc)) return failed(system, "EINVAL");
  const frames = thread.frames.with(-1, { ...frame, ddc });
  return returned(withThread(system, owner, { ...thread, frames }), 0n);
}

/** Byte i of a pattern. */
export function pattern(seed: number, length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, at) => (seed * 31 + at * 7 + (at >> 8) * 13 + 1) & 0xff);
}

function littleEndian(value: bigint, size: number): Uint8Array {
  return Uint8Array.from({ length: size }, (_, at) => Number((value >> BigInt(8 * at)) & 0xffn));
}

function numberFrom(bytes: Uint8Array): bigint {
  return bytes.reduceRight((value, byte) => (value << 8n) | BigInt(byte), 0n);
}
