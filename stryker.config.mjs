// Mutation testing; `npm run mutation` says in CAPWRIGHT_MUTATION which files, and where to write.
const { mutate, report, concurrency } = JSON.parse(process.env.CAPWRIGHT_MUTATION ?? "{}");

export default {
  testRunner: "vitest",
  plugins: [
    "@stryker-mutator/vitest-runner",
    new URL("dist/fuzz/mutation/plugin.js", import.meta.url).pathname,
  ],
  vitest: { configFile: "vitest.mutation.config.ts", related: false },
  coverageAnalysis: "perTest",
  mutate,
  // Texts are names and messages: data.
  mutator: { excludedMutations: ["StringLiteral"] },
  // Leaves nothing out: see fuzz/mutation/plugin.ts.
  ignorers: ["casts"],
  reporters: ["json", "progress-append-only"],
  jsonReporter: { fileName: report },
  concurrency,
  // A slow run counts as a kill, so a busy machine must not make one. Endless loops end sooner, by the times a mutant
  // is come to.
  timeoutMS: 60_000,
  timeoutFactor: 4,
  tempDirName: "out/stryker",
  ignorePatterns: ["out", "dist", "coverage", "corpora/mutation"],
  allowConsoleColors: false,
};
