import type { MachineUnderTest } from "../../model/contract.ts";
import { decode, encode, instructionByName, type OperandValues } from "../../model/isa/index.ts";
import { createModel, type Model } from "../../model/machine/reference.ts";

/**
 * Executes one instruction as if it were another, under some condition: a faulty machine for tests of
 * shrinking.
 */
export interface Confusion {
  readonly name: string;
  /** Takes the operands of the same role. */
  readonly as: string;
  readonly when?: (machine: Model, operands: OperandValues) => boolean;
}

/** Operands that mean the same in different instructions. */
const ROLES: Readonly<Record<string, string>> = {
  cd: "destination",
  rd: "destination",
  cs1: "first",
  rs1: "first",
  base: "first",
  cs2: "second",
  rs2: "second",
  imm: "number",
  uimm: "number",
};

/** The reference with a confusion. What follows from it stays in its state. */
export function confusedMachine({ name, as, when }: Confusion): MachineUnderTest {
  const model = createModel();
  const other = instructionByName(as)!;
  const translate = (word: number): number => {
    const decoded = decode(word, model.capabilityMode());
    if (decoded?.instruction.name !== name || when?.(model, decoded.operands) === false) return word;
    const byRole = new Map(
      Object.entries(decoded.operands).map(([key, value]) => [ROLES[key] ?? key, value]),
    );
    const values = other.operands.map(
      (one) => [one.name, byRole.get(ROLES[one.name] ?? one.name) ?? 0] as const,
    );
    return encode(other, Object.fromEntries(values));
  };
  return { ...model, name: "confused", inject: (word) => ({ ...model.inject(translate(word)), word }) };
}
