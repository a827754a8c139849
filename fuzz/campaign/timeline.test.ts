import { expect, test } from "vitest";
import { Timeline, type TimelinePoint } from "./timeline.ts";

function timelineOf(moments: number): readonly TimelinePoint[] {
  const timeline = new Timeline();
  for (let at = 0; at < moments; at++) {
    timeline.add({ elapsedMs: at * 10.4, programs: at, steps: at * 100, reached: at, findings: 0 });
  }
  return timeline.points();
}

test("a short campaign keeps every moment", () => {
  expect(timelineOf(0)).toEqual([]);
  expect(timelineOf(3).map(({ programs }) => programs)).toEqual([0, 1, 2]);
  expect(timelineOf(3)[2]).toEqual({ elapsedMs: 21, programs: 2, steps: 200, reached: 2, findings: 0 });
});

test.each([150, 199, 200, 201, 1000, 12_345])(
  "%i moments are at most 200 points, evenly, with both ends",
  (moments) => {
    const programs = timelineOf(moments).map((point) => point.programs);
    expect(programs.length).toBeLessThanOrEqual(200);
    expect(programs.length).toBeGreaterThanOrEqual(Math.min(moments, 99));
    expect(programs[0]).toBe(0);
    expect(programs.at(-1)).toBe(moments - 1);
    const gaps = new Set(programs.slice(1, -1).map((one, at) => one - programs[at]!));
    expect(gaps.size).toBe(1);
  },
);
