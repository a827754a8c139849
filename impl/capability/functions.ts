/** All capability functions of a module: bounds, narrowing, authority, and the ones on register slots. */

import type { ModuleBuilder } from "../wasm/module.ts";
import { type AuthorityFunctions, defineAuthority } from "./authority.ts";
import { boundsDecoder } from "./bounds.ts";
import type { Format } from "./format.ts";
import { defineNarrowing, type NarrowingFunctions } from "./narrowing.ts";
import { defineRange, type RangeFunctions } from "./range.ts";
import { defineSlots, type SlotFunctions } from "./slots.ts";

/** Functions on capabilities. The interfaces say what each takes and answers. */
export interface CapabilityFunctions
  extends RangeFunctions,
    NarrowingFunctions,
    AuthorityFunctions,
    SlotFunctions {}

/** Adds the capability functions of a format to a module. */
export function defineCapability(module: ModuleBuilder, format: Format): CapabilityFunctions {
  const decode = boundsDecoder(format);
  const range = defineRange(module, format, decode);
  const narrowing = defineNarrowing(module, format);
  const given = { format, range, narrowing, decode };
  return { ...range, ...narrowing, ...defineAuthority(module, given), ...defineSlots(module, given) };
}
