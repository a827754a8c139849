/**
 * What a thread that was stopped in an object can reach: what is shared of the objects that its client has bound, the
 * states that the client has of them, its table of those, a stack, what was lent, and entries that lead out. In library
 * mode the object has what its client has for data, and sees no state of a compartment.
 */
import type { ProbedThread } from "../../../impl/intravisor/probe.ts";
import { CODE_PERMS, DATA_PERMS, isInside, lies, mayHold, PCC, rangeText, textOf } from "./allowed.ts";
import { type DeclaredFrame, type DeclaredThread, innermost } from "./declared.ts";
import type { DeclaredBinding } from "./declared-object.ts";
import type { Docket } from "./docket.ts";
import { execute, type HeldRegister, load, loadCap, seal, store, unseal } from "./held.ts";
import type { Ledger } from "./ledger.ts";
import { leadsIn } from "./object-entries.ts";
import type { Sight } from "./oracle.ts";
import { reachableRules as rules } from "./reachable-rules.ts";

const STATE_PERMS = load | store | loadCap;
const TABLE_PERMS = load | loadCap;
/** The object type of entries that anybody can make. */
const SENTRY = 0x3fffe;

/** What a client has bound, of the mode of an object. */
interface Around {
  readonly frame: DeclaredFrame;
  readonly probed: ProbedThread;
  readonly ledger: Ledger;
  readonly sight: Sight;
  /** Objects whose code may be held unsealed. */
  readonly entered: readonly DeclaredBinding[];
  readonly isLibrary: boolean;
}

/** Judges the registers of a thread that was stopped in an object. */
export function checkInside(
  thread: DeclaredThread,
  probed: ProbedThread,
  registers: readonly HeldRegister[],
  [ledger, sight, docket]: readonly [Ledger, Sight, Docket],
): void {
  const { frame } = innermost(thread);
  const isLibrary = frame.running.at(-1)!.mode === "library";
  const around = { frame, probed, ledger, sight, entered: frame.running, isLibrary };
  const who = { cvm: thread.cvm.name, number: thread.number };
  const broken = (held: HeldRegister) =>
    docket.broken(
      rules.registers,
      ...textOf(who, held),
      `in object ${frame.running.at(-1)!.object.number} for ${frame.cvm.name}`,
    );
  for (const held of registers) {
    if ((held.perms & (seal | unseal)) !== 0) docket.broken(rules.noSealing, ...textOf(who, held));
    else if (mayHoldInside(around, held)) docket.holds(rules.registers);
    else broken(held);
    if (held.register === PCC) checkCode(around, held, docket, who);
  }
}

function checkCode(
  { frame }: Around,
  held: HeldRegister,
  docket: Docket,
  who: { readonly cvm: string; readonly number: number },
): void {
  const texts = frame.running.map(({ object }) => object.text);
  const isRight = held.otype === null && texts.some((text) => lies(held, text));
  if (isRight && (held.perms & ~CODE_PERMS) === 0) docket.holds(rules.pcc);
  else docket.broken(rules.pcc, ...textOf(who, held), `code of objects: ${texts.map(rangeText).join(", ")}`);
}

/** What a thread on its way into an object or out of one may hold of objects, beside what is the Intravisor's. */
export function mayHoldOnTheWay(
  thread: DeclaredThread,
  probed: ProbedThread,
  held: HeldRegister,
  ledger: Ledger,
  sight: Sight,
): boolean {
  const { frame } = innermost(thread);
  const entered = bindingsOf(ledger, frame);
  const modes = new Set(entered.map(({ mode }) => mode === "library"));
  return [...modes].some((isLibrary) =>
    mayHoldInside({ frame, probed, ledger, sight, entered, isLibrary }, held),
  );
}

function mayHoldInside(around: Around, held: HeldRegister): boolean {
  if (held.base >= held.top) return true;
  if (held.otype !== null) return mayHoldSealed(around, held);
  const { frame, entered, isLibrary } = around;
  const has = (perms: number) => (held.perms & ~perms) === 0;
  if (has(CODE_PERMS) && entered.some(({ object }) => lies(held, object.text))) return true;
  const bound = bindingsOf(around.ledger, frame);
  if (has(load) && bound.some(({ object }) => lies(held, object.rodata))) return true;
  const seen = bound.filter(({ mode }) => (mode === "library") === isLibrary || !isLibrary);
  if (has(STATE_PERMS) && seen.some(({ state }) => lies(held, state))) return true;
  if (isTable(around, held) || isStack(around, held)) return true;
  return has(DATA_PERMS) && isClients(around, held);
}

/** What the client has lent; a library has all that the client can reach by its DDC. */
function isClients({ frame, isLibrary }: Around, held: HeldRegister): boolean {
  if (frame.isOwnCode) return mayHold(frame.cvm, frame, held);
  if (isLibrary && lies(held, frame.ddc)) return true;
  return frame.lent !== null && lies(held, frame.lent);
}

function isTable({ frame, sight: { probe }, isLibrary }: Around, held: HeldRegister): boolean {
  const { slot } = frame.cvm;
  const at = isLibrary ? probe.libraryTableOf(slot) : probe.tableOf(slot);
  return at !== 0 && (held.perms & ~TABLE_PERMS) === 0 && isInside(held, at, probe.places.tableBytes);
}

function isStack({ probed, sight: { probe } }: Around, held: HeldRegister): boolean {
  const { objectStackAt, pageSize } = probe.places;
  const at = probed.objectPage + objectStackAt;
  return (held.perms & ~DATA_PERMS) === 0 && isInside(held, at, pageSize - objectStackAt);
}

/** Entries of its own, the way back, and what its client has put in the place of imports. */
function mayHoldSealed({ frame, ledger, sight: { probe }, entered }: Around, held: HeldRegister): boolean {
  const { objectCodeBase, objectCodeSize } = probe.places;
  if (held.otype === SENTRY) {
    const isBack = held.base === objectCodeBase && held.top === objectCodeBase + objectCodeSize;
    return isBack || entered.some(({ object }) => lies(held, object.text));
  }
  const isCallback = isInside(held, frame.cvm.code.base, frame.cvm.code.size);
  return leadsIn(held, frame.cvm, ledger.objects, probe) || (isCallback && (held.perms & execute) === 0);
}

function bindingsOf({ objects }: Ledger, { cvm }: DeclaredFrame): DeclaredBinding[] {
  return [...objects].flatMap(({ bindings }) => bindings.filter((binding) => binding.cvm === cvm));
}
