/** Percent of the lines of a folder that the suite, the command line and campaigns come to at least. */
export const floors: Readonly<Record<string, number>> = {
  "model/capability": 100,
  "model/isa": 99,
  "model/machine": 99,
  "model/intravisor": 99,
  "model/sco": 99,
  "model/ksm": 99,
  "impl/capability": 99,
  "impl/engine": 99,
  "impl/wasm": 99,
  "impl/intravisor": 97,
  "impl/sco": 96,
  "impl/ksm": 99,
  "fuzz/oracle": 98,
  "fuzz/system": 95,
  fuzz: 89,
  reports: 93,
};
