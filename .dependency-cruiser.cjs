/** The direction of knowledge between the folders; see README, "Where things are". */
module.exports = {
  forbidden: [
    {
      name: "no-cycles",
      severity: "error",
      from: {},
      to: { circular: true, dependencyTypesNot: ["type-only"] },
    },
    {
      name: "model-imports-nothing-of-ours",
      severity: "error",
      from: { path: "^model/" },
      to: { path: "^(impl|properties|fuzz|reports|corpora)/" },
    },
    {
      name: "impl-never-imports-model",
      comment: "Two independent readings are the point; the contract is types only.",
      severity: "error",
      from: { path: "^impl/" },
      to: { path: "^(model|properties|fuzz|reports)/", pathNot: "^model/(system-|ksm-)?contract\\.ts$" },
    },
    {
      name: "impl-takes-only-types-from-the-contract",
      severity: "error",
      from: { path: "^impl/" },
      to: { path: "^model/(system-|ksm-)?contract\\.ts$", dependencyTypesNot: ["type-only"] },
    },
    {
      name: "machines-know-no-host",
      comment: "Model and engine take time, randomness and input as arguments.",
      severity: "error",
      from: { path: "^(model|impl)/", pathNot: "\\.test\\.ts$" },
      to: { dependencyTypes: ["core", "npm"] },
    },
    {
      name: "fuzz-knows-no-properties",
      severity: "error",
      from: { path: "^fuzz/" },
      to: { path: "^properties/" },
    },
    {
      name: "reports-see-recorded-data-only",
      severity: "error",
      from: { path: "^reports/", pathNot: "\\.test\\.ts$" },
      to: { path: "^(model|impl|fuzz|properties)/", dependencyTypesNot: ["type-only"] },
    },
    {
      name: "product-code-imports-no-test-tools",
      severity: "error",
      from: { path: "^(model|impl|fuzz|reports)/", pathNot: "\\.test\\.ts$|^fuzz/bench/" },
      to: { path: "node_modules/(vitest|tinybench)/" },
    },
    { name: "resolvable", severity: "error", from: {}, to: { couldNotResolve: true } },
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.json" },
    exclude: { path: "^(dist|out|coverage)/" },
  },
};
