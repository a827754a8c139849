import { defineConfig } from "vitest/config";

// The tests that are to kill mutants; `npm run mutation` says which.
const { tests } = JSON.parse(process.env["CAPWRIGHT_MUTATION"] ?? "{}") as { tests?: string[] };

export default defineConfig({
  test: {
    include: tests ?? [],
    setupFiles: ["properties/seed.ts"],
    testTimeout: 120_000,
  },
});
