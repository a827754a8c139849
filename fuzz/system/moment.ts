/** A step with what there was around it, and what may be said of one. */
import type { Step, StepReport, SystemView } from "../../model/system-contract.ts";

/** A step, and what there was before and after it. */
export interface Moment {
  readonly step: Step;
  readonly report: StepReport;
  readonly before: SystemView;
  readonly after: SystemView;
}

export interface CornerCase {
  readonly name: string;
  /** A new script begins: for those that remember. */
  readonly begin?: () => void;
  readonly isMet: (moment: Moment) => boolean;
}
