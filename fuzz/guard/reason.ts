import type { Form } from "../generate/form.ts";
import type { Guard } from "./place.ts";

/** Why a guard is never decided one way while certain instructions execute. */
export interface Reason {
  readonly why: string;
  /** Fits the guard's owner and text, as in `use: !authority.tag`. */
  readonly guards: RegExp;
  /** The way it is never decided; null for neither. */
  readonly never: boolean | null;
  /** The instructions, by what the definition says. */
  readonly of: (form: Form, guard: Guard) => boolean;
  /** Whether it is so between instructions, too. */
  readonly alsoStep?: true;
}

/** The instructions whose names fit. */
export function named(names: RegExp): Reason["of"] {
  return ({ instruction }) => names.test(instruction.name);
}

export function isNarrow({ instruction }: Form): boolean {
  return instruction.length === 2;
}
