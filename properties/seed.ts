// What holds for every test of the suite.
import * as fc from "fast-check";
import { beforeEach, expect } from "vitest";

// One fixed seed for every property, so that a green run means the same thing on every machine. CAPWRIGHT_SEED
// explores other programs with the same suite. A precondition that discards four values in five fails its property:
// what it says would be tried on too little.
fc.configureGlobal({
  seed: Number(process.env["CAPWRIGHT_SEED"] ?? 20260101),
  numRuns: 200,
  maxSkipsPerRun: 4,
});

// A test in which nothing is asserted while it runs fails, also one whose assertions are never come to.
beforeEach(() => {
  expect.hasAssertions();
});
