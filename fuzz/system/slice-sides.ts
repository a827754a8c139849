/** The two systems of a script that runs in slices, and how they are compared. */
import type {
  GuestSlice,
  Lent,
  ReferenceSystem,
  SteppedSystem,
  SystemView,
  ThreadName,
  ThreadView,
  Written,
} from "../../model/system-contract.ts";
import type { FieldDifference } from "../program/finding.ts";
import { differences, isEqual, type SystemDivergence } from "./difference.ts";
import { changesInStates, writtenIn, writtenText } from "./slice-memory.ts";

export class Parted extends Error {
  readonly difference: SystemDivergence;

  constructor(difference: SystemDivergence) {
    super("the systems differ");
    this.difference = difference;
  }
}

/** @throws Parted where the two differ. */
export class Sides {
  readonly expect: ReferenceSystem;
  readonly actual: SteppedSystem;
  #at = 0;
  /** The outlines that were last found to be equal. */
  #equal: readonly SystemView[] = [];

  constructor(expect: ReferenceSystem, actual: SteppedSystem) {
    this.expect = expect;
    this.actual = actual;
  }

  /** The step under way: who judges the implementation tells it with what is broken. */
  get at(): number {
    return this.#at;
  }

  set at(at: number) {
    this.#at = at;
    if (isJudged(this.actual)) this.actual.at = at;
  }

  /** What a thread has done by itself is what a guest may do: the reference takes it over. */
  adopt(by: ThreadName, what: GuestSlice): void {
    if (this.stateOf(by) !== "ready") {
      if (what.written.length > 0) this.part("slice.written", "nothing", writtenText(what.written));
      return;
    }
    const violations = this.expect.guest.adopt(by, what);
    if (violations.length > 0) this.part("slice.guest", "what the guest may do", violations.join("; "));
  }

  /** What memory and states hold that the reference does not have. */
  written(): Written[] {
    const { written, odd } = changesInStates(this.expect.guest.states(), this.actual.states());
    if (odd.length > 0)
      this.part("view.objects", "no other capabilities", `one in a state at 0x${odd[0]!.toString(16)}`);
    return [...writtenIn(this.expect, this.actual), ...written];
  }

  /**
   * Threads that stood on their way into objects or out of them may have been brought to its end by what another did. Which
   * objects they are in then is for the implementation to choose, as long as they may be there.
   */
  followInside(): void {
    const { cvms, objects } = this.expect.outline();
    if (objects.length === 0) return;
    for (const { name, state, threads } of cvms) {
      if (state !== "running") continue;
      for (const { thread, state: doing } of threads) {
        const by = { cvm: name, thread };
        if (doing !== "ready") continue;
        const inside = this.actual.inside(by);
        if (!isEqual(inside, this.expect.guest.inside(by)))
          this.adopt(by, { written: [], isArbitrary: false, inside });
      }
    }
  }

  /** A thread of a cVM that runs, as the reference has it. */
  threadOf({ cvm, thread }: ThreadName): ThreadView | undefined {
    const found = this.expect.outline().cvms.find(({ name }) => name === cvm);
    return found?.state === "running" ? found.threads[thread] : undefined;
  }

  /** The domain that a thread is in; undefined if it is gone. */
  domainOf(by: ThreadName): string | undefined {
    return this.threadOf(by)?.domains.at(-1);
  }

  /** Whether a thread is there and can run; null if it is gone. */
  stateOf(by: ThreadName): "ready" | "blocked" | null {
    const state = this.threadOf(by)?.state ?? "dead";
    return state === "dead" ? null : state;
  }

  /** Whether a thread is under a DDC of its own, so that its plain accesses are determined. */
  hasPointers(by: ThreadName): boolean {
    return (this.threadOf(by)?.ddcTop ?? 0n) > 0n;
  }

  /** What a thread reaches under its DDC. */
  reachOf(by: ThreadName): Lent {
    const { ddcBase: base, ddcTop: top } = this.threadOf(by) ?? { ddcBase: 0n, ddcTop: 0n };
    return { base, size: top - base };
  }

  sameTables(): void {
    const [expect, actual] = [this.expect.outline(), this.actual.outline()];
    if (!isEqual(expect, actual, ...this.#equal)) this.same("view", expect, actual);
    this.#equal = [expect, actual];
  }

  /** Tables, and what memory holds. */
  sameState(): void {
    this.sameTables();
    const written = this.written();
    if (written.length > 0) this.part("view.data", "as the reference has it", writtenText(written));
  }

  same(field: string, expect: unknown, actual: unknown): void {
    const fields = differences(field, expect, actual);
    if (fields.length > 0) throw new Parted({ at: this.at, fields });
  }

  part(field: string, expect: string, actual: string): never {
    const fields: FieldDifference[] = [{ field, expect, actual }];
    throw new Parted({ at: this.at, fields });
  }
}

/** Whether it is one with oracles behind it, which like to know where in the script they are. */
function isJudged(system: SteppedSystem): system is SteppedSystem & { at: number } {
  return "at" in system;
}
