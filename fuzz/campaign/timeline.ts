/** How far a campaign was at one moment. */
export interface TimelinePoint {
  readonly elapsedMs: number;
  /** Programs, or scripts of cVMs. */
  readonly programs: number;
  readonly steps: number;
  /** Declared outcomes that were reached. */
  readonly reached: number;
  readonly findings: number;
}

const POINTS_MAX = 200;

/**
 * How a campaign went on, in at most 200 points: of a longer one every second, fourth, ... moment is kept, the first
 * and the last always.
 */
export class Timeline {
  #points: TimelinePoint[] = [];
  #last: TimelinePoint | null = null;
  /** One moment in so many is kept. */
  #every = 1;
  #moments = 0;

  add({ elapsedMs, programs, steps, reached, findings }: TimelinePoint): void {
    const point = { elapsedMs: Math.round(elapsedMs), programs, steps, reached, findings };
    this.#last = point;
    if (this.#moments++ % this.#every !== 0) return;
    this.#points.push(point);
    if (this.#points.length < POINTS_MAX - 1) return;
    this.#points = this.#points.filter((_, at) => at % 2 === 0);
    this.#every *= 2;
  }

  points(): readonly TimelinePoint[] {
    return this.#last === null || this.#points.at(-1) === this.#last
      ? [...this.#points]
      : [...this.#points, this.#last];
  }
}
