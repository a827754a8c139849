/** Makes the schedule of a failing script simple: no more entries than it takes, and long slices rather than short ones. */
import type { Step, Turn } from "../../model/system-contract.ts";

/** What is made small: steps and their schedule, as long as it fails. */
interface Scheduled {
  readonly best: readonly Step[];
  readonly schedule: readonly Turn[];
  /** Takes them over if they fail too. */
  offer(steps: readonly Step[], schedule: readonly Turn[]): boolean;
}

/** More machine steps than any step takes. */
const WHOLE = 1_000_000;

export function shrinkSchedule(search: Scheduled): void {
  if (search.schedule.length === 0 || offer(search, [])) return;
  dropTurns(search);
  mergeNeighbours(search);
  for (let at = search.schedule.length - 1; at >= 0; at--) {
    const turn = search.schedule[at];
    if (turn === undefined || turn.steps === WHOLE) continue;
    const lengths = [WHOLE, turn.steps >> 1].filter((steps) => steps > 0);
    for (const steps of lengths) if (offer(search, search.schedule.with(at, { ...turn, steps }))) break;
  }
}

/** Runs of entries go, shorter and shorter ones. */
function dropTurns(search: Scheduled): void {
  const { length } = search.schedule;
  for (let size = Math.ceil(length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let from = search.schedule.length - size; from > -size; from -= size) {
      const first = Math.max(0, from);
      offer(
        search,
        search.schedule.filter((_, at) => at < first || at >= first + size),
      );
    }
  }
}

/** Two slices of a thread on end become one: fewer switches. */
function mergeNeighbours(search: Scheduled): void {
  for (let at = search.schedule.length - 1; at > 0; at--) {
    const [before, turn] = [search.schedule[at - 1], search.schedule[at]];
    if (before === undefined || turn === undefined) continue;
    if (before.thread?.cvm !== turn.thread?.cvm || before.thread?.thread !== turn.thread?.thread) continue;
    const merged = { thread: turn.thread, steps: Math.min(WHOLE, before.steps + turn.steps) };
    offer(search, search.schedule.toSpliced(at - 1, 2, merged));
  }
}

function offer(search: Scheduled, schedule: readonly Turn[]): boolean {
  return search.offer(search.best, schedule);
}
