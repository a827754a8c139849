/**
 * A call into objects that a thread makes in slices. What it comes to is known beforehand as long as nobody else touches
 * what the objects see: what its cVM has bound, its states, its handles, and what the objects were lent. If somebody does,
 * it may be anything that objects may do.
 */
import type { ClientState, Foretold, Lent, Outcome } from "../../model/system-contract.ts";
import { isEqual } from "./difference.ts";
import { changesInStates, writtenText } from "./slice-memory.ts";
import type { VisitEnd } from "./slice-moment.ts";
import type { Sides } from "./slice-sides.ts";
import type { ActionStep } from "./slice-step.ts";

/** Arguments of sco_call that say what is lent. */
const [LENT_AT, LENT_SIZE] = [6, 7];
const NOTHING: Lent = { base: 0n, size: 0n };

/** What the objects of a cVM can see. */
interface Seen {
  readonly tables: unknown;
  readonly states: readonly ClientState[];
  readonly lent: Uint8Array;
}

export class ObjectVisit {
  /** What objects may write besides states; null: what their client may, because some are libraries of its domain. */
  readonly lent: Lent | null;
  readonly #sides: Sides;
  readonly #step: ActionStep;
  #foretold: Foretold | null = null;
  #seen: Seen | null = null;
  /** Whether nobody has interfered. */
  #isAlone: boolean;
  #end: VisitEnd | null = null;

  constructor(sides: Sides, step: ActionStep) {
    this.#sides = sides;
    this.#step = step;
    const domain = sides.domainOf(step.by);
    const bindings = sides.expect.outline().objects.flatMap((object) => object.bindings);
    const isOfLibraries = bindings.some(({ cvm, mode }) => cvm === domain && mode === "library");
    this.lent = isOfLibraries ? null : lentBy(sides, step);
    this.#isAlone = !isOfLibraries;
  }

  /** How it has come back; null if it has not. */
  get end(): VisitEnd | null {
    return this.#end;
  }

  /** It has come back at once, and was compared. */
  isWhole(): void {
    this.#end = "whole";
  }

  /** Whether the reference knows what it comes to: under a DDC that it does not know, only if nothing is lent. */
  get isForeseen(): boolean {
    return this.#sides.hasPointers(this.#step.by) || lentArguments(this.#step).size === 0n;
  }

  /** Its thread is about to go on. */
  goesOn(): void {
    if (this.#isAlone && this.#seen !== null) this.#isAlone = isSame(this.#seen, this.#look());
  }

  /** Its thread was stopped for the first time, and nothing of what it did has been taken over yet. */
  begins(): void {
    if (this.lent !== null) this.#foretold ??= this.#sides.expect.guest.foretell(this.#step, this.lent);
  }

  /** What it did in a slice has been taken over. */
  stops(): void {
    if (this.#isAlone) this.#seen = this.#look();
  }

  /** It has come back. @throws Parted if it was foretold to come to something else. */
  ends(outcome: Outcome): void {
    this.#end = "disturbed";
    if (this.#foretold === null || !this.#isAlone || !this.isForeseen) return;
    const { outcome: expect, states, lent } = this.#foretold;
    this.#sides.same("report.outcome", expect, outcome);
    const { written, odd } = changesInStates(states, this.#mine(this.#sides.actual.states()));
    if (written.length > 0) this.#sides.part("view.objects", "states as foretold", writtenText(written));
    if (odd.length > 0) this.#sides.part("view.objects", "no other capabilities", `${odd.length} in states`);
    if (Buffer.compare(lent, this.#sides.expect.guest.bytes(this.lent ?? NOTHING)) !== 0)
      this.#sides.part("view.data", "what was lent as foretold", "something else");
    this.#end = "foretold";
  }

  #look(): Seen {
    const { guest } = this.#sides.expect;
    const { cvms, objects } = this.#sides.expect.outline();
    const name = this.#sides.domainOf(this.#step.by);
    const bound = objects.flatMap(({ number, hash, bindings }) =>
      bindings.filter(({ cvm }) => cvm === name).map(({ base }) => ({ number, hash, base })),
    );
    const handles = cvms.find((cvm) => cvm.name === name)?.handles;
    return {
      tables: { bound, handles },
      states: this.#mine(guest.states()),
      lent: guest.bytes(this.lent ?? NOTHING),
    };
  }

  #mine(states: readonly ClientState[]): ClientState[] {
    const name = this.#sides.domainOf(this.#step.by);
    return states.filter(({ cvm }) => cvm === name);
  }
}

/** What a call lends: nothing, if it is not the caller's to lend. */
function lentBy(sides: Sides, step: ActionStep): Lent {
  const thread = sides.threadOf(step.by);
  if (thread === undefined) return NOTHING;
  const { base, size } = lentArguments(step);
  const isOwn = base >= thread.ddcBase && base + size <= thread.ddcTop;
  return isOwn && size > 0n ? { base, size } : NOTHING;
}

function lentArguments({ action }: ActionStep): Lent {
  const args = action.do === "call" ? action.args : [];
  const [base, size] = [LENT_AT, LENT_SIZE].map((at) => {
    const arg = args[at];
    return arg?.kind === "number" ? BigInt.asUintN(64, arg.value) : 0n;
  }) as [bigint, bigint];
  return { base, size };
}

function isSame(one: Seen, other: Seen): boolean {
  return (
    isEqual(one.tables, other.tables) &&
    Buffer.compare(one.lent, other.lent) === 0 &&
    one.states.length === other.states.length &&
    one.states.every((state, at) => isSameState(state, other.states[at]!))
  );
}

/** The reference never changes the bytes of a state: it takes others. */
function isSameState(one: ClientState, other: ClientState): boolean {
  if (one.object !== other.object || one.base !== other.base) return false;
  const isUntouched = one.bytes === other.bytes || Buffer.compare(one.bytes, other.bytes) === 0;
  return isUntouched && isEqual(one.tags, other.tags);
}
