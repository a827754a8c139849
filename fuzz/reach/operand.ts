/**
 * What an operand looked like before the step; each operand is in exactly one class. Capabilities are sorted by
 * the first line that fits. Integers have classes of their own, and so has the mode of the step.
 */
export const CLASSES = [
  // Capability operands.
  "null",
  "integer",
  "untagged",
  "sentry",
  "sealed",
  "out of bounds",
  "local",
  "restricted",
  "narrow",
  "root",
  // Integer operands.
  "zero",
  "minus one",
  "edge",
  "positive",
  "negative",
  // The mode of the step.
  "integer mode",
  "capability mode",
  "user integer mode",
  "user capability mode",
] as const;

export type OperandClass = (typeof CLASSES)[number];

/** The parts an operand can play in an instruction. */
export const ROLES = ["mode", "first", "second"] as const;

/** The place of a class in `CLASSES`. */
export function classIndex(name: OperandClass): number {
  return CLASSES.indexOf(name);
}

const INTEGER_MODE = classIndex("integer mode");

/** The class of the mode a step runs in, as a place in `CLASSES`. */
export function modeClass(isUser: boolean, isCapabilityMode: boolean): number {
  return INTEGER_MODE + (isUser ? 2 : 0) + (isCapabilityMode ? 1 : 0);
}
