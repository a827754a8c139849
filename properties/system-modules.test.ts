import { everyModuleLoads } from "./loading.ts";

everyModuleLoads([
  "model/intravisor",
  "model/sco",
  "model/ksm",
  "impl/intravisor",
  "impl/sco",
  "impl/ksm",
  "fuzz/system/oracle",
]);
