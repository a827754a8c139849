import * as z from "zod";
import type { Program } from "../../model/contract.ts";
import { parseJson, readText, writeWhole } from "./file.ts";
import { type Finding, findingDiskForm, findingSchema } from "./finding.ts";
import { jsonText } from "./hex.ts";
import { diskForm, programSchema } from "./program.ts";

export { readText, writeWhole } from "./file.ts";
export type {
  Difference,
  Evidence,
  FieldDifference,
  Finding,
  Objection,
  Objector,
  Origin,
} from "./finding.ts";
export { evidenceOf, OBJECTORS, ORACLES } from "./finding.ts";
export { injectedProgram, WORDS_MAX } from "./program.ts";

/**
 * Reads a program file.
 *
 * @throws BadInput naming the file and the line or path that cannot be used.
 */
export function loadProgram(path: string): Program {
  return loadProgramOrFinding(path).program;
}

/**
 * Reads a file that holds a program or a finding. `finding` is null for a bare program.
 *
 * @throws BadInput naming the file and the line or path that cannot be used.
 */
export function loadProgramOrFinding(path: string): { program: Program; finding: Finding | null } {
  const content = readText(path);
  const { format } = parseJson(content, kindSchema, path);
  if (format === "capwright-program") {
    return { program: parseJson(content, programSchema, path) as Program, finding: null };
  }
  const finding = parseJson(content, findingSchema, path);
  return { program: finding.program, finding };
}

/** Writes a program file whole, by a temporary name. */
export function saveProgram(path: string, program: Program): void {
  writeWhole(path, jsonText(diskForm(program)));
}

/** Writes a finding file whole, by a temporary name. */
export function saveFinding(path: string, finding: Finding): void {
  writeWhole(path, jsonText(findingDiskForm(finding)));
}

const kindSchema = z.looseObject({
  format: z.enum(
    ["capwright-program", "capwright-finding"],
    'expected "capwright-program" or "capwright-finding"',
  ),
});
