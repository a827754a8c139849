/** Every instruction of the engine, in the order of decoding: where encodings overlap the earlier one wins. */
import type { Instruction } from "./operation.ts";
import { arithmetic } from "./ops-arithmetic.ts";
import { atomics } from "./ops-atomic.ts";
import { bitManipulation } from "./ops-bits.ts";
import { capabilityAtomics } from "./ops-cheri-atomic.ts";
import { deriveInstructions } from "./ops-cheri-derive.ts";
import { inspectInstructions } from "./ops-cheri-inspect.ts";
import { capabilityMemoryInstructions } from "./ops-cheri-memory.ts";
import { sealInstructions } from "./ops-cheri-seal.ts";
import { specialInstructions } from "./ops-cheri-special.ts";
import { jumps } from "./ops-jump.ts";
import { memoryInstructions } from "./ops-memory.ts";
import { reservedEncodings, systemInstructions } from "./ops-system.ts";

export const instructions: readonly Instruction[] = [
  ...reservedEncodings,
  ...jumps,
  ...deriveInstructions,
  ...arithmetic,
  ...bitManipulation,
  ...memoryInstructions,
  ...capabilityMemoryInstructions,
  ...atomics,
  ...capabilityAtomics,
  ...inspectInstructions,
  ...sealInstructions,
  ...specialInstructions,
  ...systemInstructions,
];
