/** What a step asks a thread to do, as what its code has to run: a stub with arguments, a body, or its own program. */
import type { Action, Authority, StepReport, Value } from "../../model/system-contract.ts";
import { perms } from "./forge.ts";
import { numberOf } from "./host-calls.ts";
import { type Cvm, domainOf, type Tables, type Thread } from "./tables.ts";

/** A stub, and what it is given. */
export interface StubErrand {
  readonly stub: string;
  readonly args: readonly bigint[];
  /** Number of the call that it makes; 0 if it makes none. */
  readonly number: bigint;
}

export type Errand =
  | ({ readonly run: "stub" } & StubErrand)
  /** Bytes that the host puts into memory that the guest may store to. */
  | { readonly run: "place"; readonly address: bigint; readonly bytes: Uint8Array }
  | { readonly run: "body"; readonly words: readonly number[] }
  | { readonly run: "program" };

/** Calls that the guest's own code does, without crossing. */
const stubOf: Readonly<Record<string, string>> = {
  cp_file_pread: "pread",
  cp_file_pwrite: "pwrite",
  cp_buffer_read: "bread",
  cp_buffer_write: "bwrite",
  sco_call: "scocall",
};

/** `ddc` is what the thread stores under. */
export function errandOf(
  tables: Tables,
  thread: Thread,
  action: Action,
  results: readonly StepReport[],
  ddc: Authority,
): Errand {
  const meant = (value: Value) => meaning(tables, thread, value, results);
  const stub = (name: string, ...args: bigint[]): Errand => ({ run: "stub", stub: name, args, number: 0n });
  // All of it or nothing: where some of it cannot be stored, that is the only thing that is tried.
  const beyond = (address: bigint, length: bigint): Errand | null => {
    if (length > 0n && address < ddc.base) return stub("store1", address, 0n);
    return length > 0n && address + length > ddc.top ? stub("store1", ddc.top, 0n) : null;
  };
  switch (action.do) {
    case "call": {
      const args = action.args.map(meant);
      const local = stubOf[action.call];
      return local === undefined
        ? { run: "stub", stub: "hostcall", args, number: numberOf(action.call) }
        : stub(local, ...args);
    }
    case "call-number":
      return { run: "stub", stub: "hostcall", args: action.args.map(meant), number: action.number };
    case "load":
      return stub(`load${action.size}`, meant(action.address));
    case "store":
      return stub(`store${action.size}`, meant(action.address), meant(action.value));
    case "narrow":
      return stub("narrow", meant(action.address), meant(action.length));
    case "fill": {
      const [address, length] = [meant(action.address), BigInt(action.length)];
      return beyond(address, length) ?? stub("fill", address, length, BigInt(action.seed));
    }
    case "place": {
      const [address, bytes] = [meant(action.address), Uint8Array.from(Buffer.from(action.bytes, "hex"))];
      const outside = (ddc.perms & perms.store) === 0 ? stub("store1", address, 0n) : null;
      return outside ?? beyond(address, BigInt(bytes.length)) ?? { run: "place", address, bytes };
    }
    case "body":
      return { run: "body", words: action.words };
    case "go":
      return { run: "program" };
  }
}

function meaning(tables: Tables, thread: Thread, value: Value, results: readonly StepReport[]): bigint {
  switch (value.kind) {
    case "number":
      return BigInt.asUintN(64, value.value);
    case "at": {
      const cvm = value.cvm === null ? domainOf(thread) : cvmNamed(tables, value.cvm);
      if (cvm === null) return 0n;
      return BigInt.asUintN(64, BigInt(value.part === "code" ? cvm.codeBase : cvm.dataBase) + value.offset);
    }
    case "result": {
      const outcome = results[value.step]?.outcome;
      return outcome?.kind === "returned" ? (outcome.values[value.index] ?? 0n) : 0n;
    }
  }
}

export function cvmNamed({ cvms }: Tables, name: string): Cvm | null {
  return cvms.find((cvm) => cvm?.name === name) ?? null;
}
