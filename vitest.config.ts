import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["{model,impl,fuzz,reports,properties}/**/*.test.ts"],
    globalSetup: "vitest.setup.ts",
    setupFiles: ["properties/seed.ts"],
    testTimeout: 120_000,
    pool: "forks",
    maxWorkers: "100%",
    // Emitting an engine takes longer than most files do; one in a process is enough.
    isolate: false,
  },
});
