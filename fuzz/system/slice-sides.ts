/** The two systems of a script that runs in slices, and how they are compared. */
import type {
  GuestSlice,
  ReferenceSystem,
  SteppedSystem,
  SystemView,
  ThreadName,
  ThreadView,
} from "../../model/system-contract.ts";
import type { FieldDifference } from "../program/finding.ts";
import { differences, isEqual, type SystemDivergence } from "./difference.ts";
import { writtenIn, writtenText } from "./slice-memory.ts";

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
  /** The step under way. */
  at = 0;
  /** The outlines that were last found to be equal. */
  #equal: readonly SystemView[] = [];

  constructor(expect: ReferenceSystem, actual: SteppedSystem) {
    this.expect = expect;
    this.actual = actual;
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

  /** A thread of a cVM that runs, as the reference has it. */
  threadOf({ cvm, thread }: ThreadName): ThreadView | undefined {
    const found = this.expect.outline().cvms.find(({ name }) => name === cvm);
    return found?.state === "running" ? found.threads[thread] : undefined;
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

  sameTables(): void {
    const [expect, actual] = [this.expect.outline(), this.actual.outline()];
    if (!isEqual(expect, actual, ...this.#equal)) this.same("view", expect, actual);
    this.#equal = [expect, actual];
  }

  /** Tables, and what memory holds. */
  sameState(): void {
    this.sameTables();
    const written = writtenIn(this.expect, this.actual);
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
