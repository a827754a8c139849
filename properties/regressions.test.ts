import { readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { createBench } from "../fuzz/campaign/bench.ts";
import { loadProgram, OBJECTORS } from "../fuzz/program/index.ts";

const folder = fileURLToPath(new URL("../corpora/regressions/", import.meta.url));
const files = readdirSync(folder).filter((name) => name.endsWith(".json"));

// Broken by any planted fault that such a program shows; what each guards is told in corpora/regressions/README.md.
const { lockstep } = await createBench([], OBJECTORS);

describe("model and engine agree on what they once differed on", () => {
  test.each(files)("%s", (file) => {
    const run = lockstep.program(loadProgram(`${folder}${file}`), () => {});
    expect(run.divergence).toBeNull();
    expect(run.steps).toBeGreaterThan(0);
  });
});
