/** Percent of the lines of a folder that the suite, the command line and campaigns come to at least. */
export const floors: Readonly<Record<string, number>> = {
  "model/capability": 100,
  "model/isa": 99,
  "model/machine": 98,
  "model/intravisor": 95,
  "model/ksm": 95,
  "impl/capability": 98,
  "impl/engine": 97,
  "impl/wasm": 97,
  "impl/intravisor": 95,
  "impl/ksm": 95,
  "fuzz/oracle": 95,
  "fuzz/system": 90,
  fuzz: 85,
  reports: 85,
};
