import { expect, test } from "vitest";
import { coverageRows, mutationRows } from "./scores.ts";

test("mutants count by folder; a survivor that no test ran on is told as not measured", () => {
  const mutant = (status: string, testsCompleted?: number) => ({
    status,
    mutatorName: "literal",
    ...(testsCompleted === undefined ? {} : { testsCompleted }),
  });
  const rows = mutationRows({
    schemaVersion: "1.0",
    files: {
      "model/isa/addi.ts": { mutants: [mutant("Killed", 3), mutant("Survived", 0), mutant("CompileError")] },
      "model/isa/sub/deep.ts": { mutants: [mutant("Timeout")] },
      "impl/engine.ts": { mutants: [mutant("Survived", 2), mutant("NoCoverage"), mutant("Pending", 0)] },
    },
  });
  expect(rows).toEqual([
    { name: "impl", good: 0, total: 2, note: "1 not measured" },
    { name: "model/isa", good: 2, total: 3, note: "1 not measured" },
    { name: "all", good: 2, total: 5, note: "2 not measured" },
  ]);
});

test("lines count by folder, relative to the root; the total is summed anew", () => {
  const share = (covered: number, total: number) => ({ covered, total });
  const file = (covered: number) => ({
    lines: share(covered, 10),
    branches: share(1, 2),
    functions: share(1, 1),
    statements: share(1, 1),
  });
  expect(
    coverageRows({ total: file(3), "/root/model/a.ts": file(9), "/root/model/b.ts": file(8) }, "/root"),
  ).toEqual([
    { name: "model", good: 17, total: 20, note: "branches 2 of 4" },
    { name: "all", good: 17, total: 20, note: "branches 2 of 4" },
  ]);
});
