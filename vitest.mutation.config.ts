import { defineConfig } from "vitest/config";
import { BaseSequencer, type Reporter, type TestModule, type TestSpecification } from "vitest/node";

// The tests that are to kill mutants; `npm run mutation` says which, and in which order.
const { tests = [] } = JSON.parse(process.env["CAPWRIGHT_MUTATION"] ?? "{}") as { tests?: string[] };

class AsGiven extends BaseSequencer {
  override sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification) =>
      tests.findIndex((test) => moduleId.endsWith(`/${test}`));
    return Promise.resolve(files.toSorted((one, other) => rank(one) - rank(other)));
  }
}

/** What Vitest keeps of a file, as far as it is needed here. */
interface FileTask {
  readonly filepath: string;
  readonly result?: { readonly state: string; readonly errors?: readonly unknown[] };
  readonly tasks: unknown[];
}

const NAME = "the file is collected";

/**
 * A test file that cannot be collected, because something that it or a `describe` does at once throws, has no tests, and
 * StrykerJS takes it that none failed. A reporter of Vitest that gives such a file one test, which has failed.
 */
const collected: Reporter = {
  onTestModuleEnd(module: TestModule) {
    const file = (module as unknown as { readonly task: FileTask }).task;
    if (module.errors().length === 0 || file.tasks.length > 0) return;
    file.tasks.push({ type: "test", name: NAME, mode: "run", file, suite: undefined, result: file.result });
  },
};

export default defineConfig({
  test: {
    include: tests,
    reporters: [collected],
    setupFiles: ["properties/seed.ts"],
    testTimeout: 120_000,
    sequence: { sequencer: AsGiven },
  },
});
