import type { Patch } from "../../variant/variant.ts";

/** A change of a file of the Intravisor: `file-calls`. */
export function inImpl(file: string, from: string, to: string): Patch {
  return { file: `impl/intravisor/${file}.ts`, from, to };
}

/** A change of a file of its reference: `cp-file`. */
export function inModel(file: string, from: string, to: string): Patch {
  return { file: `model/intravisor/${file}.ts`, from, to };
}

/** A change of a file about single-copy objects: `verifier`. */
export function inImplObjects(file: string, from: string, to: string): Patch {
  return { file: `impl/sco/${file}.ts`, from, to };
}

/** A change of a file of their reference: `verification`. */
export function inModelObjects(file: string, from: string, to: string): Patch {
  return { file: `model/sco/${file}.ts`, from, to };
}
