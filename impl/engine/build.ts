/** What every part of the engine is built with. */
import type { ModuleBuilder } from "../wasm/module.ts";
import type { FaultId } from "./fault.ts";
import type { Layout } from "./layout.ts";

export interface Build {
  readonly module: ModuleBuilder;
  readonly layout: Layout;
  /** True if the fault of this name is planted. Asked while emitting, so that sound code pays nothing. */
  fault(id: FaultId): boolean;
}
