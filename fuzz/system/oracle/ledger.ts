/**
 * What was declared in a script, by steps and reports alone: who lives where, who offered what to whom and who opened
 * it, what was taken back, which calls are under way with which buffers, and what bytes there must be. Placement is
 * read off the tables once, when a cVM is created: that is the Intravisor's to choose.
 *
 * A ledger follows what is reported; whether a report is right is for oracles to say, before the ledger takes it in.
 */
import { callWithNumber } from "../../../model/intravisor/calls.ts";
import type {
  Action,
  SliceReport,
  Step,
  StepReport,
  SystemView,
  ThreadName,
  Value,
} from "../../../model/system-contract.ts";
import { Declarations } from "./declarations.ts";
import {
  type DeclaredCaller,
  type DeclaredCvm,
  type DeclaredFrame,
  type DeclaredThread,
  identityOf,
  innermost,
  type Range,
} from "./declared.ts";
import { takeCall, takeWake } from "./ledger-calls.ts";
import { SECTOR, SECTORS, takeFault } from "./ledger-devices.ts";
import { adoptStates, entersObject, takeInside, takeLent } from "./ledger-inside.ts";
import { endCvm } from "./ledger-life.ts";
import { expireCalls } from "./ledger-parts.ts";
import type { Bytes } from "./shadow.ts";

export class Ledger extends Declarations {
  /** What a value of a step stands for. */
  meaning(value: Value, caller: DeclaredCaller, reports: readonly StepReport[]): bigint {
    switch (value.kind) {
      case "number":
        return BigInt.asUintN(64, value.value);
      case "at": {
        const cvm = value.cvm === null ? caller.cvm : this.named(value.cvm);
        if (cvm === null) return 0n;
        return BigInt.asUintN(
          64,
          BigInt(value.part === "code" ? cvm.code.base : cvm.data.base) + value.offset,
        );
      }
      case "result": {
        const outcome = reports[value.step]?.outcome;
        return outcome?.kind === "returned" ? (outcome.values[value.index] ?? 0n) : 0n;
      }
    }
  }

  /**
   * Takes in a step that was taken whole. `outline`: the tables after it. `bytes`: memory after it, of which that is taken
   * over which nobody but the system knows.
   */
  take(
    step: Step,
    { outcome, woken }: StepReport,
    reports: readonly StepReport[],
    outline: SystemView,
    bytes?: Bytes,
  ): void {
    if (changesTables(step, outcome) || woken.length > 0) this.version++;
    this.outline = outline;
    if (outcome.kind !== "refused") {
      if (step.by === null)
        this.#takeEvent(step.event, outcome.kind === "done" && outcome.value === 0n, outline);
      else this.#takeAction(step.by, step.action, outcome, reports, outline, bytes);
    }
    this.takeWoken(woken, outline);
  }

  /**
   * Takes in a slice. What the thread had asked for was served in it, or else code of the guest has run: what it may write
   * is as it is now.
   */
  takeSlice(
    {
      by,
      action,
      args,
    }: { readonly by: ThreadName; readonly action: Action | null; readonly args: readonly bigint[] },
    { end, served, woken, ddc }: SliceReport,
    outline: SystemView,
    bytes: Bytes,
  ): void {
    this.version++;
    this.outline = outline;
    const asked = this.threadOf(by)?.asked ?? null;
    if (served !== null && asked !== null) {
      const name = callWithNumber(asked.number)?.name;
      // Whoever returns to an object goes on in the same slice.
      if (name !== undefined && entersObject(name)) this.#takeVisit(by, name, asked.args, end, bytes);
      else if (name !== undefined) this.takeCall(by, name, asked.args, served);
    }
    if (end.kind === "entered" && action?.do === "call" && entersObject(action.call) && served === null)
      this.#takeVisit(by, action.call, args, end, bytes);
    const thread = this.threadOf(by);
    if (thread?.state === "ready" && action?.do === "call" && action.call === "sco_call")
      takeLent(innermost(thread).frame, args);
    if (thread !== null) thread.asked = end.kind === "asks" ? end : null;
    const isThere = thread !== null && thread.state !== "dead";
    if (isThere && end.kind === "faulted") {
      this.ranOwnCode(thread, outline, bytes);
      // Where the handler is shown what happened is reached by the DDC under which it did.
      const reach = ddc === null || (ddc.perms & STORE) === 0 ? NOWHERE : ddc;
      innermost(thread).frame.ddc = { base: Number(reach.base), size: Number(reach.top - reach.base) };
      this.takeFault(thread, bytes);
    } else if (isThere && (action?.do === "body" || action?.do === "go")) {
      this.ranOwnCode(thread, outline, bytes);
    } else if (isThere) this.#adoptDdc(thread, outline, bytes);
    this.takeWoken(woken, outline);
  }

  /** A thread went among objects in one slice, and is out of them again or in a callback. */
  #takeVisit(
    by: ThreadName,
    name: string,
    args: readonly bigint[],
    outcome: SliceReport["end"],
    bytes: Bytes,
  ): void {
    const thread = this.threadOf(by);
    if (thread === null || thread.state === "dead") return;
    if (outcome.kind === "preempted" || outcome.kind === "asks") return;
    takeInside(this, innermost(thread), { name, args, outcome }, bytes);
  }

  #adoptDdc(thread: DeclaredThread, outline: SystemView, bytes: Bytes): void {
    const { frame } = innermost(thread);
    const { isOwnCode } = frame;
    this.ranOwnCode(thread, outline, bytes);
    frame.isOwnCode = isOwnCode;
  }

  /** Takes in that waits ended. */
  takeWoken(woken: StepReport["woken"], outline: SystemView): void {
    for (const { thread: name, values } of woken) {
      const thread = this.threadOf(name);
      if (thread === null || thread.state === "dead") continue;
      const view = outline.cvms.find((cvm) => cvm.name === name.cvm)?.threads[name.thread];
      takeWake(this, thread, values, view?.domains.length ?? 0);
    }
  }

  /** Takes in that the code of a thread has trapped. */
  takeFault(thread: DeclaredThread, bytes?: Bytes): void {
    this.authority++;
    const shown = takeFault(this, thread);
    if (shown !== null && bytes !== undefined) this.memory.write(shown.base, bytes(shown.base, shown.size));
  }

  /** Takes in a host call, or one of the guest's own, with its arguments as they were observed. */
  takeCall(by: ThreadName, call: string, args: readonly bigint[], outcome: StepReport["outcome"]): void {
    const thread = this.threadOf(by);
    if (thread === null || thread.state === "dead") return;
    takeCall({ ledger: this, ...innermost(thread), args: [...args, ...NO_ARGUMENTS] }, call, outcome);
  }

  #takeEvent(event: Extract<Step, { by: null }>["event"], isDone: boolean, outline: SystemView): void {
    if (!isDone) return;
    if (event.do !== "advance") this.authority++;
    switch (event.do) {
      case "create":
        this.#create(event.cvm, outline);
        return;
      case "kill":
        endCvm(this, this.named(event.cvm)!);
        return;
      case "reclaim": {
        const cvm = this.named(event.cvm)!;
        this.cvms.delete(cvm.slot);
        this.memory.clear(cvm.data.base, cvm.data.size);
        return;
      }
      case "advance":
        this.time += event.ns;
        this.timers = this.timers.filter(({ at }) => at > this.time);
        expireCalls(this);
    }
  }

  #takeAction(
    by: ThreadName,
    action: Extract<Step, { action: unknown }>["action"],
    outcome: StepReport["outcome"],
    reports: readonly StepReport[],
    outline: SystemView,
    bytes?: Bytes,
  ): void {
    const thread = this.threadOf(by);
    if (thread === null || thread.state === "dead") return;
    const caller = innermost(thread);
    if (outcome.kind === "faulted") {
      this.takeFault(thread, bytes);
      return;
    }
    const meant = (value: Value) => this.meaning(value, caller, reports);
    const isDone = outcome.kind === "returned";
    switch (action.do) {
      case "call":
      case "call-number": {
        const name = action.do === "call" ? action.call : callWithNumber(action.number)?.name;
        const args = action.args.map(meant);
        if (name !== undefined && entersObject(name))
          takeInside(this, caller, { name, args, outcome }, bytes);
        else if (name !== undefined) this.takeCall(by, name, args, outcome);
        return;
      }
      case "store":
        if (isDone)
          this.memory.write(Number(meant(action.address)), bytesOf(meant(action.value), action.size));
        return;
      case "fill":
        if (isDone) this.memory.write(Number(meant(action.address)), pattern(action.length, action.seed));
        return;
      case "place":
        if (isDone) this.memory.write(Number(meant(action.address)), Buffer.from(action.bytes, "hex"));
        return;
      case "narrow":
        if (!isDone || outcome.values[0] !== 0n) return;
        this.authority++;
        caller.frame.ddc = { base: Number(meant(action.address)), size: Number(meant(action.length)) };
        return;
      case "load":
        return;
      case "body":
      case "go":
        this.ranOwnCode(thread, outline, bytes);
    }
  }

  #create(description: DeclaredCvm["description"], outline: SystemView): void {
    const view = outline.cvms.find(({ name }) => name === description.name);
    if (view === undefined) return;
    const { name, slot, generation } = view;
    const data = { base: Number(view.dataBase), size: description.size - description.codeSize };
    const cvm: DeclaredCvm = {
      name,
      slot,
      generation,
      identity: identityOf(slot, generation),
      description,
      code: { base: Number(view.base), size: description.codeSize },
      data,
      parent: description.parent === null ? null : this.named(description.parent.cvm),
      state: "running",
      threads: [],
      handles: new Map(),
      handleGenerations: new Map(),
      spent: new Set(),
      handler: 0n,
      disk: diskOf(description),
      packets: [],
      tickets: 0n,
    };
    this.generations.set(slot, generation);
    this.cvms.set(slot, cvm);
    this.startThread(cvm, 0);
    this.memory.clear(data.base, data.size);
  }

  /**
   * Code of the guest's own has run: DDC is what it made of it, as far as the tables tell, and whatever it may write is as
   * it is now.
   */
  ranOwnCode(thread: DeclaredThread, outline: SystemView, bytes?: Bytes): void {
    const { frame } = innermost(thread);
    const view = outline.cvms.find(({ name }) => name === thread.cvm.name)?.threads[thread.number];
    this.authority++;
    frame.isOwnCode = true;
    if (view !== undefined)
      frame.ddc = { base: Number(view.ddcBase), size: Number(view.ddcTop - view.ddcBase) };
    if (bytes !== undefined) this.adopt(frame, bytes);
  }

  /** Takes over what the domain of a frame may write. */
  adopt(frame: DeclaredFrame, bytes: Bytes): void {
    const writable: Range[] = [frame.cvm.data];
    if (frame.buffer !== null && (frame.buffer.rights & 2) !== 0) writable.push(frame.buffer);
    for (const handle of frame.cvm.handles.values()) {
      if (handle.kind === "grant" && handle.grant.isLive && (handle.rights & 2) !== 0)
        writable.push(handle.grant.range);
    }
    for (const { base, size } of writable) this.memory.write(base, bytes(base, size));
    adoptStates(this, frame.cvm, bytes);
  }
}

/** Whether a step may change a table: plain accesses do not, nor what is refused or fails at once. */
function changesTables(step: Step, outcome: StepReport["outcome"]): boolean {
  if (outcome.kind === "refused") return false;
  if (step.by === null || outcome.kind !== "returned") return true;
  const { action } = step;
  if (action.do === "load" || action.do === "store" || action.do === "fill") return false;
  return action.do !== "call" || !LOCAL.includes(action.call);
}

/** Calls that are the guest's own code. */
const LOCAL: readonly string[] = ["cp_file_pread", "cp_file_pwrite", "cp_buffer_read", "cp_buffer_write"];
/** Permission to store. */
const STORE = 8;
const NOWHERE = { base: 0n, top: 0n };

const NO_ARGUMENTS: readonly bigint[] = new Array<bigint>(8).fill(0n);

function diskOf({ disk }: DeclaredCvm["description"]): Uint8Array {
  const bytes = new Uint8Array(SECTORS * SECTOR);
  bytes.set(Buffer.from(disk ?? "", "hex").subarray(0, bytes.length));
  return bytes;
}

function bytesOf(value: bigint, size: number): Uint8Array {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, value, true);
  return bytes.subarray(0, size);
}

/** What `fill` stores. */
function pattern(length: number, seed: number): Uint8Array {
  return Uint8Array.from({ length }, (_, at) => seed * 31 + at * 7 + (at >> 8) * 13 + 1);
}
