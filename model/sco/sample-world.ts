/** A system with clients of objects, for tests: the reference, driven call by call. */

import { hexOf } from "../intravisor/bytes.ts";
import { errorNumbers } from "../intravisor/errors.ts";
import { createSystemModel } from "../intravisor/system.ts";
import type {
  Action,
  Event,
  ObjectView,
  Outcome,
  StepReport,
  SystemView,
  ThreadName,
  Value,
  Written,
} from "../system-contract.ts";

export type Given = bigint | Extract<Value, { kind: "at" }>;

export interface World {
  /** a0, a1, a2 of a call by a thread: "a" is thread 0 of cVM a, "a.2" thread 2. */
  readonly call: (by: string, call: string, ...args: Given[]) => readonly bigint[];
  readonly act: (by: string, action: Action) => Outcome;
  readonly event: (event: Event) => StepReport;
  /** Takes over bytes that the thread has written in its own code; what of it it cannot have. */
  readonly adopt: (by: string, written: readonly Written[]) => readonly string[];
  /** Brings the bytes into memory and creates the object. */
  readonly load: (cvm: string, bytes: Uint8Array) => bigint;
  /** Creates it and binds it. */
  readonly loadAndBind: (cvm: string, bytes: Uint8Array) => bigint;
  readonly view: () => SystemView;
  readonly objects: () => readonly ObjectView[];
}

/** An address in the data part of the acting cVM. */
export const data = (offset: bigint): Given => ({ kind: "at", cvm: null, part: "data", offset });
export const code = (offset: bigint): Given => ({ kind: "at", cvm: null, part: "code", offset });

/** a0 of a call that fails. */
export const minus = (error: keyof typeof errorNumbers): bigint => BigInt.asUintN(64, -errorNumbers[error]);

const quotas = { threads: 4, handles: 8, grants: 4, endpoints: 4, timers: 4 };
const FILE_AT = 0x8000n;

function threadOf(by: string): ThreadName {
  const [cvm, thread] = by.split(".");
  return { cvm: cvm!, thread: Number(thread ?? 0) };
}

export function worldOf(...cvms: string[]): World {
  const system = createSystemModel();
  const values = ({ outcome }: StepReport) => {
    if (outcome.kind !== "returned") throw new Error(`returned was expected, got ${outcome.kind}`);
    return outcome.values;
  };
  const act = (by: string, action: Action) => system.step({ by: threadOf(by), action }, []);
  const meant = (given: Given): Value =>
    typeof given === "bigint" ? { kind: "number", value: given } : given;
  const call = (cvm: string, name: string, ...args: Given[]) =>
    values(act(cvm, { do: "call", call: name, args: args.map(meant) }));
  const load = (cvm: string, bytes: Uint8Array) => {
    for (let at = 0; at < bytes.length; at += 0x8000) {
      const piece = hexOf(bytes.subarray(at, at + 0x8000));
      values(act(cvm, { do: "place", address: meant(data(FILE_AT + BigInt(at))), bytes: piece }));
    }
    return call(cvm, "sco_create", data(FILE_AT), BigInt(bytes.length))[0]!;
  };
  for (const name of cvms) {
    const [size, codeSize] = [0x100000, 0x4000];
    const cvm = { name, size, codeSize, image: "", parent: null, quotas };
    system.step({ by: null, event: { do: "create", cvm } }, []);
  }
  return {
    call,
    act: (cvm, action) => act(cvm, action).outcome,
    event: (event) => system.step({ by: null, event }, []),
    adopt: (by, written) => system.guest.adopt(threadOf(by), { written, isArbitrary: true }),
    load,
    loadAndBind(cvm, bytes) {
      const handle = load(cvm, bytes);
      call(cvm, "sco_bind", handle);
      return handle;
    },
    view: () => system.view(),
    objects: () => system.view().objects,
  };
}
