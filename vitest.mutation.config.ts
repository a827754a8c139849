import { defineConfig } from "vitest/config";
import { BaseSequencer, type TestSpecification } from "vitest/node";
import { collected } from "./fuzz/mutation/collected.ts";

// The tests that are to kill mutants; `npm run mutation` says which, and in which order.
const { tests = [] } = JSON.parse(process.env["CAPWRIGHT_MUTATION"] ?? "{}") as { tests?: string[] };

class AsGiven extends BaseSequencer {
  override sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification) =>
      tests.findIndex((test) => moduleId.endsWith(`/${test}`));
    return Promise.resolve(files.toSorted((one, other) => rank(one) - rank(other)));
  }
}

export default defineConfig({
  test: {
    include: tests,
    reporters: [collected],
    setupFiles: ["properties/seed.ts"],
    testTimeout: 120_000,
    sequence: { sequencer: AsGiven },
  },
});
