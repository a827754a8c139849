/** A step of a cVM as it tells others something: the calls with their arguments, and what is open to others after it. */
import { callWithNumber } from "../../../../model/intravisor/calls.ts";
import type {
  Step,
  StepReport,
  SystemUnderTest,
  SystemView,
  ThreadName,
  Value,
} from "../../../../model/system-contract.ts";
import { errorOf } from "../../listing.ts";
import type { Ledger } from "../ledger.ts";
import { type Disclosure, disclosures, type Made, type Piece } from "./disclosure.ts";
import { isSecret } from "./sighting.ts";
import { clip, type Span, united } from "./span.ts";
import { cvmIn, type Subject, threadIn } from "./subject.ts";

type ActionStep = Extract<Step, { action: unknown }>;

/** A call that a step makes, and what that makes known. */
export interface Telling {
  readonly name: string;
  readonly row: Disclosure;
  readonly made: Made;
}

/** The cVM that a thread is in; null if there is no such thread, or it is dead. */
export function domainOf({ cvm, thread }: ThreadName, view: SystemView): string | null {
  return threadIn(view, cvm, thread)?.domains.at(-1) ?? null;
}

/** What a value stands for in the first world; `domain`: the cVM that the thread is in. */
export function meaningOf(
  value: Value,
  domain: string,
  view: SystemView,
  reports: readonly StepReport[],
): bigint {
  switch (value.kind) {
    case "number":
      return BigInt.asUintN(64, value.value);
    case "at": {
      const cvm = cvmIn(view, value.cvm ?? domain);
      if (cvm === undefined) return 0n;
      return BigInt.asUintN(64, (value.part === "code" ? cvm.base : cvm.dataBase) + value.offset);
    }
    case "result": {
      const outcome = reports[value.step]?.outcome;
      return outcome?.kind === "returned" ? (outcome.values[value.index] ?? 0n) : 0n;
    }
  }
}

const ARGUMENTS = 8;

/** The call that a step makes; null if it makes none that there is. */
export function tellingOf(
  { action }: ActionStep,
  domain: string,
  view: SystemView,
  reports: readonly StepReport[],
  one: SystemUnderTest,
): Telling | null {
  if (action.do !== "call" && action.do !== "call-number") return null;
  const name = action.do === "call" ? action.call : callWithNumber(action.number)?.name;
  if (name === undefined) return null;
  const row = disclosures[name];
  if (row === undefined) throw new Error(`defect: nothing says what ${name} makes known`);
  const args = Array.from({ length: ARGUMENTS }, (_, at) => {
    const value = action.args[at];
    return value === undefined ? 0n : meaningOf(value, domain, view, reports);
  });
  const words = (address: bigint, count: number) => wordsAt(one, view, domain, address, count);
  return { name, row, made: { args, moved: null, words } };
}

/** The same after it was made: what it moved is known. */
export function afterwards({ made, ...rest }: Telling, { outcome }: StepReport): Telling {
  if (outcome.kind !== "returned") return { made, ...rest };
  const [a0] = outcome.values;
  return { ...rest, made: { ...made, moved: errorOf(a0) === null ? a0 : 0n } };
}

function wordsAt(
  one: SystemUnderTest,
  view: SystemView,
  domain: string,
  address: bigint,
  count: number,
): readonly bigint[] | null {
  const cvm = cvmIn(view, domain)!;
  const size = cvm.size - cvm.codeSize;
  const offset = address - cvm.dataBase;
  if (offset < 0n || offset + BigInt(8 * count) > BigInt(size)) return null;
  const bytes = readFrom(one, domain, Number(offset), 8 * count);
  const data = new DataView(bytes.buffer, bytes.byteOffset);
  return Array.from({ length: count }, (_, at) => data.getBigUint64(8 * at, true));
}

const PAGE = 4096;

function readFrom(system: SystemUnderTest, cvm: string, offset: number, length: number): Uint8Array {
  if (isSecret(system)) return system.secrets.read(cvm, offset, length);
  const found = new Uint8Array(length);
  const pages = system.pages(cvm);
  for (let at = 0; at < length; at++) {
    found[at] = pages[Math.floor((offset + at) / PAGE)]?.[(offset + at) % PAGE] ?? 0;
  }
  return found;
}

export function spansOf(pieces: readonly Piece[] | undefined, within: Span): Span[] {
  const found: Span[] = [];
  for (const { address, length } of pieces ?? []) {
    const span = clip(address, length, within);
    if (span !== null) found.push(span);
  }
  return found;
}

const READABLE = 1;

/**
 * What others may read of the subject now: grants, buffers of calls under way, what a waiting call names; all of it as
 * those have given it who may. What a cVM gives away that is not its own is no declaration.
 */
export function openNow(
  ledger: Ledger,
  subject: Subject,
  waiting: ReadonlyMap<string, readonly Span[]>,
): readonly Span[] {
  const { data } = subject;
  if (data.from === data.to) return [];
  const found = subject.inner(ledger);
  const add = (base: number, size: number) => {
    const span = clip(BigInt(base), BigInt(size), data);
    if (span !== null) found.push(span);
  };
  for (const { rights, range, owner } of ledger.grants) {
    if (rights & READABLE && subject.mayKnow(owner.identity)) add(range.base, range.size);
  }
  for (const { frames } of ledger.living()) {
    for (const [depth, { buffer }] of frames.entries()) {
      if (buffer === null || !(buffer.rights & READABLE)) continue;
      if (subject.mayKnow(frames[depth - 1]!.cvm.identity)) add(buffer.base, buffer.size);
    }
  }
  for (const spans of waiting.values()) found.push(...spans);
  return united(found);
}
