import type { Patch } from "../../variant/variant.ts";

/** A change of a file of the Intravisor: `file-calls`. */
export function inImpl(file: string, from: string, to: string): Patch {
  return { file: `impl/intravisor/${file}.ts`, from, to };
}

/** A change of a file of its reference: `cp-file`. */
export function inModel(file: string, from: string, to: string): Patch {
  return { file: `model/intravisor/${file}.ts`, from, to };
}
