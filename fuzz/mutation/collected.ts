/**
 * A test file that cannot be collected, because something that it or a `describe` does at once throws, has no tests, and
 * StrykerJS takes it that none failed. A reporter of Vitest that gives such a file one test, which has failed.
 */
import type { Reporter, TestModule } from "vitest/node";

/** What Vitest keeps of a file, as far as it is needed here. */
interface FileTask {
  readonly filepath: string;
  readonly result?: { readonly state: string; readonly errors?: readonly unknown[] };
  readonly tasks: unknown[];
}

export const collected: Reporter = {
  onTestModuleEnd(module: TestModule) {
    const file = (module as unknown as { readonly task: FileTask }).task;
    if (module.errors().length === 0 || file.tasks.length > 0) return;
    file.tasks.push({ type: "test", name: NAME, mode: "run", file, suite: undefined, result: file.result });
  },
};

const NAME = "the file is collected";
