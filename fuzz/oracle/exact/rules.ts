/** Every rule by the name of its instruction. */
import { accessRules } from "./access.ts";
import { csrRules } from "./csr.ts";
import { deriveRules } from "./derive.ts";
import { inspectRules } from "./inspect.ts";
import { integerRules } from "./integer.ts";
import { jumpRules } from "./jump.ts";
import type { Rule } from "./rule.ts";
import { systemRules } from "./system.ts";

/** What must be true of each instruction's steps. */
export const rules: ReadonlyMap<string, Rule> = new Map([
  ...integerRules,
  ...inspectRules,
  ...deriveRules,
  ...jumpRules,
  ...accessRules,
  ...systemRules,
  ...csrRules,
]);
