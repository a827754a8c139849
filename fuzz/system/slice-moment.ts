/** What whoever watches a script in slices is shown. */
import type { Action, Event, SliceReport, ThreadName } from "../../model/system-contract.ts";

/** One slice, or one event, as it was. */
export interface SliceMoment {
  readonly at: number;
  readonly by: ThreadName | null;
  readonly slice: SliceReport | null;
  /** What the thread was about, and the domains that it is in afterwards. */
  readonly action: Action | null;
  readonly depth: number;
  readonly event: Event | null;
}
