// One fixed seed for every property, so that a green run means the same thing on every machine.
// CAPWRIGHT_SEED explores other programs with the same suite.
import * as fc from "fast-check";

fc.configureGlobal({ seed: Number(process.env["CAPWRIGHT_SEED"] ?? 20260101), numRuns: 200 });
