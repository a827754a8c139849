/** What whoever watches a script in slices is shown. */
import type { Action, Event, SliceReport, ThreadName } from "../../model/system-contract.ts";

/**
 * How a call into objects has come back: in one slice; in several, and as it was foretold; or after others had touched what
 * the objects saw.
 */
export type VisitEnd = "whole" | "foretold" | "disturbed";

/** One slice, or one event; or bytes that were put into memory, or the end of a call into objects, without a slice. */
export interface SliceMoment {
  readonly at: number;
  readonly by: ThreadName | null;
  readonly slice: SliceReport | null;
  /** What the thread was about, and the domains that it is in afterwards. */
  readonly action: Action | null;
  readonly depth: number;
  readonly event: Event | null;
  /** Number of the host call that was served; null if none was. */
  readonly served: bigint | null;
  /** The objects that the thread is in afterwards. */
  readonly inside: readonly number[];
  /** How the call into objects that is over now has come back: told by itself, behind the slice. Null if none is. */
  readonly visit: VisitEnd | null;
}
