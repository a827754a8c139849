import { everyModuleLoads } from "./loading.ts";

everyModuleLoads([
  "model/capability",
  "model/isa",
  "model/machine",
  "impl/capability",
  "impl/wasm",
  "impl/engine",
]);
