/** What every part of the engine is built with. */
import type { ModuleBuilder } from "../wasm/module.ts";
import type { Layout } from "./layout.ts";

export interface Build {
  readonly module: ModuleBuilder;
  readonly layout: Layout;
}
